"""Whether two values hold the same numbers within a tolerance, and where they differ most."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.checks.exhibits import array_window
from grader.checks.mismatch import Aspect, Mismatch, as_array, family, plain
from grader.checks.sameness import (
    dtype_family,
    key_mismatches,
    key_path,
    kind_mismatch,
    mismatches,
    shape_mismatch,
)
from grader.checks.wording import both, count
from grader.exercise import Close

Array = np.ndarray[Any, Any]


def farthest_mismatch(found: Any, expected: Any, settings: Close) -> Mismatch | None:
    """Return the gravest difference: a wrong kind, shape or dtype, or else the worst number of all."""
    known = list(_distances(found, expected, settings, ""))
    if not known:
        return None
    gravest = min(known, key=lambda one: (one.aspect, -one.excess))
    return _with_counts(gravest, known) if gravest.aspect is Aspect.VALUE else gravest


def _with_counts(worst: Mismatch, known: list[Mismatch]) -> Mismatch:
    wrong, total = sum(one.wrong for one in known), sum(one.total for one in known)
    text = worst.text
    if total > 1:
        text += (
            f" ({wrong:,} of {count(total, 'element')} are off by more than the tolerance; this is the worst)"
        )
    return Mismatch(
        aspect=worst.aspect, path=worst.path, text=text, wrong=wrong, total=total, window=worst.window
    )


def _distances(found: Any, expected: Any, settings: Close, path: str) -> Iterator[Mismatch]:
    if settings.dtype is not None and family(expected) in {"array", "number"}:
        yield from _dtypes(found, settings.dtype, path)
    arrays = as_array(_boxed(found)), as_array(_boxed(expected))
    if arrays[0] is not None and arrays[1] is not None:
        yield from _arrays(arrays[0], arrays[1], settings, path)
    elif family(found) != family(expected):
        yield kind_mismatch(found, expected, path)
    else:
        yield from _inside(found, expected, settings, path)


def _boxed(value: Any) -> Any:
    """Return a lone number as an array without dimensions, anything else as it is."""
    number = plain(value)
    if family(number) != "number":
        return value
    array = np.asarray(value if isinstance(value, np.generic | np.ndarray) else number)
    return array if array.dtype.kind in "iufc" else np.array(_as_float(number))


def _as_float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _dtypes(found: Any, wanted: str, path: str) -> Iterator[Mismatch]:
    name = str(getattr(found, "dtype", "")) or f"none ({type(found).__name__})"
    if name != wanted:
        yield Mismatch(aspect=Aspect.DTYPE, path=path, text=f"found dtype {name}; expected {wanted}")


def _inside(found: Any, expected: Any, settings: Close, path: str) -> Iterator[Mismatch]:
    match family(expected):
        case "sequence" if len(found) == len(expected):
            for place, pair in enumerate(zip(found, expected, strict=True)):
                yield from _distances(*pair, settings, f"{path}[{place}]")
        case "mapping":
            yield from key_mismatches(found, expected, path)
            for key in expected:
                if key in found:
                    yield from _distances(found[key], expected[key], settings, key_path(path, key))
        case _:
            yield from mismatches(found, expected, strict=False, path=path)


def _arrays(found: Array, expected: Array, settings: Close, path: str) -> Iterator[Mismatch]:
    if dtype_family(found) != dtype_family(expected):
        yield kind_mismatch(found, expected, path)
    elif found.shape != expected.shape:
        yield shape_mismatch(found, expected, path)
    elif dtype_family(expected) != "number":
        yield from mismatches(found, expected, strict=False, path=path)
    else:
        yield from _numbers(found, expected, settings, path)


def _numbers(found: Array, expected: Array, settings: Close, path: str) -> Iterator[Mismatch]:
    excess = _excess(found, expected, settings)
    wrong = int((excess > 1).sum())
    if not wrong:
        return
    place = tuple(int(index) for index in np.unravel_index(int(excess.argmax()), excess.shape))
    yield Mismatch(
        aspect=Aspect.VALUE,
        path=path + "".join(f"[{index}]" for index in place),
        text=both(found[place], expected[place]),
        wrong=wrong,
        total=found.size,
        excess=float(excess[place]),
        window=array_window(found, expected, place),
    )


def _excess(found: Array, expected: Array, settings: Close) -> Array:
    """Return 0 for an element within the tolerance, else 2 + its error; infinity for NaN beside a number."""
    left, right = (array.astype(complex if array.dtype.kind == "c" else float) for array in (found, expected))
    with np.errstate(all="ignore"):
        error = np.abs(left - right)
        allowed = settings.atol + settings.rtol * np.abs(right)
        # Nothing is near infinity, though the formula would let every number pass.
        excess = np.where(error <= allowed, 0.0, np.where(error < np.inf, 2.0 + error, np.inf))
        excess = np.where(np.isfinite(left) & np.isfinite(right), excess, np.inf)
    return np.where((left == right) | (np.isnan(left) & np.isnan(right)), 0.0, excess)
