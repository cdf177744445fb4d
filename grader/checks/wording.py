"""Values and numbers put into words, bounded: a student's value may be of any size and shape."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from grader.evidence import ExportedModel, Opaque

LIMIT = 200
DEEPEST = 6
MOST_ITEMS = 24
MOST_DIGITS = 60


def short(value: Any, limit: int = LIMIT) -> str:
    """Return *value* as Python would write it, in at most *limit* characters."""
    return cut(_text(value, 0), limit)


def both(found: Any, expected: Any, limit: int = LIMIT) -> str:
    """Return ``found 3; expected 4``; what would look alike is written with its dtype and all its digits."""
    texts = [short(value, limit) for value in (found, expected)]
    if texts[0] == texts[1]:
        texts = [_in_full(value) for value in (found, expected)]
    return f"found {texts[0]}; expected {texts[1]}"


def _in_full(value: Any) -> str:
    return f"{value.item()!r} ({value.dtype})" if isinstance(value, np.generic) else short(value)


def cut(text: str, limit: int = LIMIT) -> str:
    """Return *text*, its end replaced by an ellipsis when it is longer than *limit*."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(value: Any, depth: int) -> str:
    if depth > DEEPEST:
        return "…"
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return str(write(value, depth))
    return cut(repr(value))


def _array(value: np.ndarray[Any, Any], _depth: int) -> str:
    numbers = np.array2string(value, threshold=12, edgeitems=2, precision=6, separator=", ")
    return f"array of shape {value.shape}, {value.dtype}: {' '.join(numbers.split())}"


def _scalar(value: np.generic, depth: int) -> str:
    # As many digits as its dtype has: those of a float32 as a float are noise.
    return str(value) if isinstance(value, np.inexact) else _text(value.item(), depth)


def _integer(value: int, _depth: int) -> str:
    # Python refuses to write out integers of thousands of digits.
    digits = int(value.bit_length() * math.log10(2)) + 1
    return str(value) if digits <= MOST_DIGITS else f"an integer of about {digits} digits"


def _string(value: str, _depth: int) -> str:
    return repr(cut(value))


def _list(value: list[Any], depth: int) -> str:
    return f"[{_items(value, depth)}]"


def _tuple(value: tuple[Any, ...], depth: int) -> str:
    return f"({_items(value, depth)},)" if len(value) == 1 else f"({_items(value, depth)})"


def _set(value: frozenset[Any], depth: int) -> str:
    return f"{{{', '.join(sorted(_some(value, depth)))}}}" if value else "set()"


def _mapping(value: Mapping[Any, Any], depth: int) -> str:
    pairs = [f"{_text(key, depth + 1)}: {_text(value[key], depth + 1)}" for key in list(value)[:MOST_ITEMS]]
    return f"{{{', '.join([*pairs, *_more(value)])}}}"


def _model(value: ExportedModel, _depth: int) -> str:
    return f"a model ({cut(value.type)})"


def _opaque(value: Opaque, _depth: int) -> str:
    return f"an object of type {cut(value.type)}: {cut(value.text)}"


def _items(values: Iterable[Any], depth: int) -> str:
    return ", ".join(_some(values, depth))


def _some(values: Iterable[Any], depth: int) -> list[str]:
    known = list(values)
    return [_text(value, depth + 1) for value in known[:MOST_ITEMS]] + _more(known)


def _more(values: Any) -> list[str]:
    return ["…"] if len(values) > MOST_ITEMS else []


_WRITERS: tuple[tuple[Any, Any], ...] = (
    (np.ndarray, _array),
    (np.generic, _scalar),
    (bool, lambda value, _depth: str(value)),
    (int, _integer),
    (str, _string),
    (list, _list),
    (tuple, _tuple),
    ((set, frozenset), _set),
    (Mapping, _mapping),
    (ExportedModel, _model),
    (Opaque, _opaque),
)


def count(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 layer`` or ``3 layers``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """Return 0.975 as ``97.5 %``."""
    return "NaN" if math.isnan(share) else f"{100 * share:.1f} %"


def listing(words: Iterable[str], most: int = 6) -> str:
    """Return *words* in a row, with the number of those left out."""
    known = list(words)
    rest = [f"{len(known) - most} more"] if len(known) > most else []
    return ", ".join([*known[:most], *rest])
