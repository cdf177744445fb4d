"""Random words planted where no submission may read them, and found again in whatever came out of it."""

import base64
import codecs
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

PREFIX = "canary-"
PLACEHOLDER = re.compile(r"@(input: )?([a-z' ]+)@")
#: Of a text, what is searched for words with something between their characters.
MOST_SQUEEZED = 2**21
BETWEEN = re.compile(r"\\x|0x|[\s:,;'\"%\0-]")
NUMBERS = re.compile(r"\d{2,3}(?:\D{1,4}\d{2,3}){10,}")


class Canaries:
    """What was planted where. An *input* is handed to the submission and may only not be shown to anyone."""

    def __init__(self) -> None:
        """Begin with none."""
        self._secrets: dict[str, str] = {}
        self._inputs: dict[str, str] = {}

    def secret(self, place: str) -> str:
        """Return the canary of *place*, which no submission may see."""
        return self._secrets.setdefault(place, f"{PREFIX}{secrets.token_hex(12)}")

    def hidden_input(self, place: str) -> str:
        """Return the canary of *place*, which a submission is called with."""
        return self._inputs.setdefault(place, f"{PREFIX}{secrets.token_hex(12)}")

    def fill(self, text: str) -> str:
        """Return *text* with a canary for each ``@place@`` and ``@input: place@``."""
        return PLACEHOLDER.sub(
            lambda found: self.hidden_input(found[2]) if found[1] else self.secret(found[2]), text
        )

    def read(self, texts: Iterable[str]) -> set[str]:
        """Return the places whose secrets stand in *texts*, plain or disguised."""
        return _places(self._secrets, texts)

    def shown(self, texts: Iterable[str]) -> set[str]:
        """Return the places whose canaries, secret or input, stand in *texts*."""
        return _places({**self._inputs, **self._secrets}, texts)


def forms(word: str) -> frozenset[str]:
    """Return *word* as somebody would write it who does not want it to be found.

    In base64 a word has three forms, by what stands before it; what depends on its neighbours is left out.
    """
    raw = word.encode()
    coded = (base64.b64encode(bytes(shift) + raw).decode() for shift in range(3))
    cut = (text[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6] for shift, text in enumerate(coded))
    plain = (word, word[::-1], codecs.encode(word, "rot13"), raw.hex(), raw.hex().upper())
    return frozenset((*plain, *cut))


#: All canaries begin alike: what has none of these has no canary.
MARKS = forms(PREFIX)
SQUEEZED_MARKS = frozenset(BETWEEN.sub("", mark) for mark in MARKS)


def _places(planted: Mapping[str, str], texts: Iterable[str]) -> set[str]:
    suspects = [suspect for text in texts for suspect in _suspects(text)]
    if not suspects:
        return set()
    return {place for place, canary in planted.items() if _stands(canary, suspects)}


def _suspects(text: str) -> Iterator[str]:
    """Yield *text*, also without what stands between, or as numbers, if a canary could be in it."""
    if any(mark in text for mark in MARKS):
        yield text
    squeezed = BETWEEN.sub("", text[:MOST_SQUEEZED])
    if any(mark in squeezed for mark in SQUEEZED_MARKS):
        yield squeezed
    for found in NUMBERS.finditer(text[:MOST_SQUEEZED]):
        said = _said([int(number) for number in re.findall(r"\d+", found[0])])
        if any(mark in said for mark in MARKS):
            yield said


def _stands(canary: str, suspects: Sequence[str]) -> bool:
    looks = {*forms(canary), *(BETWEEN.sub("", form) for form in forms(canary))}
    return any(look in text for text in suspects for look in looks)


def _said(numbers: Sequence[int]) -> str:
    return "".join(chr(number) for number in numbers if 0 < number < 256)


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in *value*, a tree as the codec gives it; bytes and numbers as text, too."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, np.ndarray | np.generic):
            yield one.tobytes().replace(b"\0", b"").decode("latin-1")
        elif isinstance(one, Mapping):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            yield from _spelt(one)
            waiting += one
        elif not isinstance(one, int | float | complex | None):
            yield repr(one)


def _spelt(items: Iterable[Any]) -> Iterator[str]:
    """Yield what *items* spell together: numbers, or pieces of a text."""
    several = list(items)
    if len(several) > 1 and all(isinstance(item, int) for item in several):
        yield _said(several)
    elif len(several) > 1 and all(isinstance(item, str) for item in several):
        yield "".join(several)
