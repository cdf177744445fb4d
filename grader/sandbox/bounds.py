"""How much one frame may ask of whoever reads it: in bytes, in values, and in keys to compare.

A frame is small and what it says is not: 32 MiB of ``[],[],[],`` are a gigabyte of lists, and keys whose
hashes collide are each compared with all the others.
"""

from collections.abc import Iterable
from typing import Any

from grader.errors import CodecError

MAX_FRAME = 64 * 2**20
MAX_DEPTH = 48
MAX_DIGITS = 4000
#: Commas and opening brackets, those in text among them: each value but the first costs one.
MAX_PARTS = 2_000_000
#: Keys other than text that a mapping or set may hold, and parts of such a key; text has a secret hash.
MAX_KEY_LEAVES = 16
MAX_PLAIN_KEYS = 2000
#: Comparisons that all keys of a frame can cost together: half a second.
MAX_KEY_WORK = 2**26


def bound_parts(text: bytes) -> None:
    """Raise ``CodecError`` when *text*, JSON not yet parsed, holds more values than are read."""
    if sum(map(text.count, (b",", b"[", b"{"))) > MAX_PARTS:
        raise CodecError(f"a value of more than {MAX_PARTS:,} parts")


def bound_keys(keys: Iterable[Any]) -> int:
    """Return how many comparisons *keys* can cost. Raises ``CodecError`` for too many or too large ones."""
    plain = [key for key in keys if not isinstance(key, str)]
    if len(plain) > MAX_PLAIN_KEYS:
        raise CodecError(f"a mapping or set with more than {MAX_PLAIN_KEYS} keys that are not text")
    leaves = max(map(_leaves, plain), default=0)
    if leaves > MAX_KEY_LEAVES:
        raise CodecError(f"a key of more than {MAX_KEY_LEAVES} parts")
    return len(plain) ** 2 * leaves


def _leaves(key: Any) -> int:
    return sum(map(_leaves, key)) if isinstance(key, tuple | frozenset) else 1


def clean(text: str) -> str:
    """Return *text* with a question mark for each lone surrogate, which no file and no terminal takes."""
    return text.encode("utf-8", "replace").decode()
