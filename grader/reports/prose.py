"""Texts that students may have had a hand in, made harmless; nothing here is HTML or rich markup."""

import re
from collections.abc import Iterator

ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?")
# Control characters but tab and newline, and those that turn the direction of writing round.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
CODE = re.compile(r"(`+)(.+?)\1(?!`)", re.DOTALL)


def clean(text: str) -> str:
    """Return *text* without terminal escapes, control characters and lone surrogates."""
    if text.isprintable():  # nearly always, and fast
        return text
    return SURROGATE.sub("\ufffd", CONTROL.sub("", ANSI.sub("", text)))


def one_line(text: str, limit: int = 200) -> str:
    """Return *text* clean, on one line, and at most *limit* characters long."""
    joined = " ".join(clean(text).split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1]}…"


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Split clean *text* at its ``code`` in backticks; yields each piece and whether it is code."""
    place = 0
    text = clean(text)
    for match in CODE.finditer(text):
        yield text[place : match.start()], False
        yield match[2], True
        place = match.end()
    yield text[place:], False
