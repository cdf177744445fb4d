"""Expected values that a public file may carry without showing them: a slow, salted hash of the value.

A seal hides an answer from a glance, not from a search: an answer out of a thousand is found by trying
a thousand. It is made for self-checks in the student's notebook; marks come from the private file.
"""

import hashlib
import hmac
import json
import math
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

WORK = 2**14
SALT_BYTES = 16
BLOCK = 8
DIGITS = 6
MOST_ELEMENTS = 10_000


def seal(value: Any) -> str:
    """Return ``scrypt:<n>:<salt hex>:<hash hex>`` of *value*. Raises ``TypeError`` for an object."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"scrypt:{WORK}:{salt.hex()}:{_digest(_text(value), salt, WORK).hex()}"


def matches_seal(value: Any, seal: str) -> bool:
    """Return whether *value* is the one that was sealed; a value with no plain form is not."""
    _, work, salt, expected = seal.split(":")
    try:
        text = _text(value)
    except TypeError:
        return False
    return hmac.compare_digest(_digest(text, bytes.fromhex(salt), int(work)).hex(), expected)


def _text(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


# A class mostly gives the same few answers, and the hash is slow on purpose.
@lru_cache(maxsize=4096)
def _digest(text: str, salt: bytes, work: int) -> bytes:
    room = 256 * BLOCK * work
    return hashlib.scrypt(text.encode(), salt=salt, n=work, r=BLOCK, p=1, maxmem=room)


def _plain(value: Any) -> Any:
    """Return *value* as JSON: a tuple is a list, a whole float an integer, floats have six digits."""
    if isinstance(value, np.ndarray) and value.size > MOST_ELEMENTS:
        raise TypeError(f"an array of {value.size} elements is not sealed")
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    for kinds, convert in _CONVERTERS:
        if isinstance(value, kinds):
            return convert(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be sealed")


def _float(value: float) -> Any:
    if not math.isfinite(value):
        return {"float": str(value)}
    if value.is_integer():
        return int(value)
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _complex(value: complex) -> Any:
    return {"complex": [_float(value.real), _float(value.imag)]}


def _set(value: frozenset[Any]) -> Any:
    return {"set": sorted((_plain(item) for item in value), key=_order)}


def _mapping(value: Mapping[Any, Any]) -> Any:
    return {"mapping": sorted(([_plain(key), _plain(item)] for key, item in value.items()), key=_order)}


def _order(item: Any) -> str:
    return json.dumps(item, sort_keys=True)


_CONVERTERS: tuple[tuple[Any, Any], ...] = (
    ((bool, str, type(None)), lambda value: value),
    (int, lambda value: value),
    (float, _float),
    (complex, _complex),
    (bytes, lambda value: {"bytes": value.hex()}),
    ((list, tuple), lambda value: [_plain(item) for item in value]),
    ((set, frozenset), _set),
    (Mapping, _mapping),
)
