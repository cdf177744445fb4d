"""Random words planted where no submission may read them, and found again in whatever came out of it."""

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

PREFIX = "canary-"
PLACEHOLDER = re.compile(r"@(input: )?([a-z' ]+)@")


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

    def read(self, texts: Iterator[str]) -> set[str]:
        """Return the places whose secrets stand in *texts*."""
        return _places(self._secrets, texts)

    def shown(self, texts: Iterator[str]) -> set[str]:
        """Return the places whose canaries, secret or input, stand in *texts*."""
        return _places({**self._inputs, **self._secrets}, texts)


def _places(planted: Mapping[str, str], texts: Iterator[str]) -> set[str]:
    suspects = [text for text in texts if PREFIX in text]
    return {place for place, canary in planted.items() if any(canary in text for text in suspects)}


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in *value*, a tree as the codec gives it; an array's bytes as text, too."""
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
            waiting += one
        elif not isinstance(one, int | float | complex | None):
            yield repr(one)
