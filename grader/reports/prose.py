r"""Texts that students may have had a hand in, made harmless; nothing here is HTML or rich markup.

What cannot be seen is shown as an escape, such as ``\x1b`` or ``\u202e``: whoever reads a report should
see that something was tried. Colours alone go without a trace; Keras puts them into honest messages.
"""

import re
from collections.abc import Iterator

COLOUR = re.compile(r"(?:\x1b\[|\x9b)[0-9;:]*m")
# Controls but tab and newline, what turns the direction of writing, what takes no room, lone surrogates.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
    # Joiners hold together emoji, and letters in Persian and Hindi; beside ASCII they only hide.
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
# What makes a CI runner do something, such as ``::error::`` and ``##[error]``: GitHub reads it after spaces,
# and a terminal's lines are wrapped anywhere. Backticks are taken out when code is set off.
COMMAND = re.compile(r":(?=`*:`*[A-Za-z][^\n]*?:`*:)|#(?=`*#[\w.`]*\[)")
CODE = re.compile(r"(`+)(.+?)\1(?!`)", re.DOTALL)


def visible(text: str) -> str:
    """Return *text* with an escape for each character that could not be seen, but for tabs and newlines."""
    if text.isprintable():  # nearly always, and fast
        return text
    return UNSEEN.sub(lambda match: ascii(match[0])[1:-1], text.replace("\r\n", "\n"))


def clean(text: str) -> str:
    """Return *text* ready to be shown anywhere: visible, without colours, and no command to a CI runner."""
    return _no_command(_uncoloured(text))


def one_line(text: str, limit: int = 200) -> str:
    """Return *text* clean, on one line, and at most *limit* characters long."""
    joined = _no_command(" ".join(_uncoloured(text).split()))
    return joined if len(joined) <= limit else f"{joined[: limit - 1]}…"


def _uncoloured(text: str) -> str:
    return text if text.isprintable() else visible(COLOUR.sub("", text))


def _no_command(text: str) -> str:
    return COMMAND.sub(r"\g<0> ", text) if ":" in text or "#" in text else text


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Split clean *text* at its ``code`` in backticks; yields each piece and whether it is code."""
    place = 0
    text = clean(text)
    for match in CODE.finditer(text):
        yield text[place : match.start()], False
        yield match[2], True
        place = match.end()
    yield text[place:], False
