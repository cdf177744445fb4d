"""One way in which a value is not the expected one, and the kinds that values come in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from grader.checks.wording import count
from grader.evidence import ExportedModel, Opaque


class Aspect(IntEnum):
    """What differs; the smaller is named first, because the later ones often follow from it."""

    KIND = 1
    SHAPE = 2
    DTYPE = 3
    VALUE = 4


ADVICE: dict[Aspect, str] = {
    Aspect.KIND: "Return, or raise, what the exercise asks for here.",
    Aspect.SHAPE: "Print the shape, or the length, after each step and find the step where it goes wrong.",
    Aspect.DTYPE: "Convert with .astype(...), or start from arrays of the right dtype.",
    Aspect.VALUE: "Work this case through by hand and compare step by step.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mismatch:
    """A difference at *path* (such as ``[2]``), in words.

    For numbers within a tolerance ``wrong`` of ``total`` elements differ, ``excess`` grows
    with the worst error. ``window`` is an exhibit of the array round that element.
    """

    aspect: Aspect
    path: str
    text: str
    wrong: int = 1
    total: int = 1
    excess: float = 1.0
    window: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Render the text with its place."""
        return f"at {self.path}: {self.text}" if self.path else self.text

    @property
    def advice(self) -> str:
        """What to do next."""
        return ADVICE[self.aspect]


def family(value: Any) -> str:
    """Return the kind of *value* in one word; values of different families are never equal."""
    for kinds, name in FAMILIES:
        if isinstance(value, kinds):
            return name
    return "object"


FAMILIES: tuple[tuple[Any, str], ...] = (
    (type(None), "nothing"),
    ((bool, np.bool_), "truth"),
    ((int, float, complex, np.number), "number"),
    (str, "text"),
    (bytes, "bytes"),
    ((list, tuple), "sequence"),
    ((set, frozenset), "set"),
    (Mapping, "mapping"),
    (np.ndarray, "array"),
)

DTYPE_FAMILIES = {"b": "truth", "i": "number", "u": "number", "f": "number", "c": "number", "U": "text"}


def kind_text(value: Any) -> str:
    """Return the kind of *value* in words, such as ``a tuple of 3 items``."""
    match value:
        case np.ndarray():
            return f"an array of shape {value.shape}, {value.dtype}"
        case np.generic():
            return f"a NumPy {value.dtype} scalar"
        case list() | tuple() | set() | frozenset() | Mapping():
            return f"a {_NAMES.get(type(value), 'dict')} of {count(len(value), 'item')}"
        case Opaque():
            return f"an object of type {value.type[:100]}"
    return _NAMES.get(type(value), f"a {type(value).__name__}")


_NAMES: dict[type, str] = {
    type(None): "None",
    ExportedModel: "a Keras model",
    bool: "a truth value (bool)",
    int: "an integer (int)",
    float: "a number (float)",
    str: "a string (str)",
    list: "list",
    tuple: "tuple",
    set: "set",
    frozenset: "set",
    dict: "dict",
}


def plain(value: Any) -> Any:
    """Return a NumPy scalar or an array without dimensions as a Python value; others as they are."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return value


def as_array(value: Any) -> np.ndarray[Any, Any] | None:
    """Return a list of numbers, or lists of them of equal length, as an array; ``None`` for others."""
    if isinstance(value, np.ndarray):
        return value
    if not isinstance(value, list | tuple) or _leaf_families(value) not in ({"number"}, {"truth"}):
        return None
    try:
        array = np.array(value)
    except (ValueError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _leaf_families(value: Any) -> set[str]:
    """Return the families of everything inside nested lists and tuples."""
    families: set[str] = set()
    waiting = [value]
    while waiting and len(families) < 2:  # two are a mixture already
        item = waiting.pop()
        if isinstance(item, list | tuple):
            waiting.extend(item)
        else:
            families.add(family(item))
    return families


def paired(found: Any, expected: Any) -> tuple[Any, Any]:
    """Return both values in forms that can be compared: scalars plain, a list as an array beside an array."""
    found, expected = plain(found), plain(expected)
    if isinstance(found, np.ndarray) == isinstance(expected, np.ndarray):
        return found, expected
    arrays = as_array(found), as_array(expected)
    return (found, expected) if arrays[0] is None or arrays[1] is None else arrays


def same_number(found: Any, expected: Any) -> bool:
    """Return whether two numbers are equal; NaN equals NaN."""
    return bool(found == expected) or (bool(found != found) and bool(expected != expected))  # noqa: PLR0124
