"""Whether two values are the same, and where they first differ."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from grader.checks.exhibits import array_window
from grader.checks.mismatch import (
    DTYPE_FAMILIES,
    Aspect,
    Mismatch,
    family,
    kind_text,
    paired,
    plain,
    same_number,
)
from grader.checks.wording import both, count, listing, short

Mismatches = Iterator[Mismatch]
Array = np.ndarray[Any, Any]


class Place(NamedTuple):
    """Where in a value we are, and how closely we look."""

    strict: bool
    path: str


def first_mismatch(found: Any, expected: Any, *, strict: bool = False) -> Mismatch | None:
    """Return the gravest difference between two values, the first of its aspect; ``None`` if the same."""
    return min(mismatches(found, expected, strict=strict), key=lambda one: one.aspect, default=None)


def mismatches(found: Any, expected: Any, *, strict: bool, path: str = "") -> Mismatches:
    """Yield every difference, at most one an array. NaN equals NaN."""
    given = found, expected
    if not strict:
        found, expected = paired(found, expected)
    if family(expected) == "object":
        raise TypeError(f"{kind_text(expected)} as an expected value cannot be compared; use another check")
    if not _same_kind(found, expected, strict=strict):
        yield kind_mismatch(found, expected, path)
    elif walk := _WALKS.get(family(expected)):
        yield from walk(found, expected, Place(strict, path))
    else:
        # As they were given: a NumPy scalar is shown with the digits of its dtype.
        yield from _scalar(*given, Place(strict, path))


def kind_mismatch(found: Any, expected: Any, path: str) -> Mismatch:
    """Return the difference between a value of one kind and a value of another."""
    shown = "None (is a `return` missing?)" if found is None else f"{kind_text(found)}, {short(found, 100)}"
    text = f"found {shown}; expected {kind_text(expected)}"
    return Mismatch(aspect=Aspect.KIND, path=path, text=text)


def _same_kind(found: Any, expected: Any, *, strict: bool) -> bool:
    if family(found) != family(expected):
        return False
    if not strict:
        return True
    if isinstance(found, Mapping):
        return True
    return type(found) is type(expected)


def _scalar(found: Any, expected: Any, place: Place) -> Mismatches:
    left, right = plain(found), plain(expected)
    if not (same_number(left, right) if family(expected) == "number" else left == right):
        text = both(_unboxed(found), _unboxed(expected), 100)
        yield Mismatch(aspect=Aspect.VALUE, path=place.path, text=text)


def _unboxed(value: Any) -> Any:
    """Return the scalar in an array without dimensions, which keeps its dtype; others as they are."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _sequence(found: Any, expected: Any, place: Place) -> Mismatches:
    if len(found) != len(expected):
        text = (
            f"found {count(len(found), 'item')}, {short(found, 100)}; expected {count(len(expected), 'item')}"
        )
        yield Mismatch(aspect=Aspect.SHAPE, path=place.path, text=text)
        return
    for index, (one, other) in enumerate(zip(found, expected, strict=True)):
        yield from mismatches(one, other, strict=place.strict, path=f"{place.path}[{index}]")


def _mapping(found: Any, expected: Any, place: Place) -> Mismatches:
    yield from key_mismatches(found, expected, place.path)
    for key in expected:
        if key in found:
            yield from mismatches(
                found[key], expected[key], strict=place.strict, path=key_path(place.path, key)
            )


def key_mismatches(found: Any, expected: Any, path: str) -> Mismatches:
    """Yield the difference between the keys of two mappings."""
    missing = [short(key, 40) for key in expected if key not in found]
    extra = [short(key, 40) for key in found if key not in expected]
    words = [f"without the {_keys(missing)}"] if missing else []
    words += [f"with the unexpected {_keys(extra)}"] if extra else []
    if words:
        yield Mismatch(aspect=Aspect.SHAPE, path=path, text=f"found a dict {' and '.join(words)}")


def _keys(names: list[str]) -> str:
    return f"{'key' if len(names) == 1 else 'keys'} {listing(names)}"


def key_path(path: str, key: Any) -> str:
    """Return the path of *key* under *path*, with double quotes round text."""
    return f'{path}["{key[:40]}"]' if isinstance(key, str) else f"{path}[{short(key, 40)}]"


def _set(found: Any, expected: Any, place: Place) -> Mismatches:
    if found != expected:
        text = f"found {short(found, 100)}; expected {short(expected, 100)}"
        yield Mismatch(aspect=Aspect.VALUE, path=place.path, text=text)


def _array(found: Array, expected: Array, place: Place) -> Mismatches:
    if dtype_family(found) != dtype_family(expected):
        yield kind_mismatch(found, expected, place.path)
    elif found.shape != expected.shape:
        yield shape_mismatch(found, expected, place.path)
    elif place.strict and found.dtype != expected.dtype:
        text = f"found dtype {found.dtype}; expected {expected.dtype}"
        yield Mismatch(aspect=Aspect.DTYPE, path=place.path, text=text)
    else:
        yield from _elements(found, expected, place.path)


def dtype_family(array: Array) -> str:
    """Return ``number``, ``truth`` or ``text``."""
    return DTYPE_FAMILIES.get(array.dtype.kind, "object")


def shape_mismatch(found: Array, expected: Array, path: str) -> Mismatch:
    """Return the difference between arrays of different shapes."""
    text = f"found shape {found.shape}; expected shape {expected.shape}"
    return Mismatch(aspect=Aspect.SHAPE, path=path, text=text)


def _elements(found: Array, expected: Array, path: str) -> Mismatches:
    wrong = found != expected
    if dtype_family(found) == "number":
        wrong &= ~(np.isnan(found) & np.isnan(expected))
    if not wrong.any():
        return
    place = tuple(int(index) for index in np.argwhere(wrong)[0])
    differing = f"{int(wrong.sum()):,} of {count(found.size, 'element')} differ"
    yield Mismatch(
        aspect=Aspect.VALUE,
        path=path + "".join(f"[{index}]" for index in place),
        text=f"{both(found[place], expected[place])} ({differing})",
        wrong=int(wrong.sum()),
        total=found.size,
        window=array_window(found, expected, place),
    )


_WALKS: dict[str, Any] = {
    "sequence": _sequence,
    "mapping": _mapping,
    "set": _set,
    "array": _array,
}
