"""Material for reports: cases side by side, and a window on an array round its worst element."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

WINDOW = 8
CASES = 20

Numbers = np.ndarray[Any, Any]


def values_exhibit(cases: Sequence[Mapping[str, Any]], window: Mapping[str, Any]) -> dict[str, Any]:
    """Return at most 20 of *cases*, wrong ones before right ones but in their order, and the *window*."""
    ranked = sorted(range(len(cases)), key=lambda place: bool(cases[place]["right"]))
    shown = [cases[place] for place in sorted(ranked[:CASES])]
    return {"kind": "values", "cases": shown} | ({"array": dict(window)} if window else {})


def array_window(found: Numbers, expected: Numbers, worst: Sequence[int]) -> dict[str, Any]:
    """Return at most 8x8 elements of two arrays of one shape round the index *worst*.

    Of an array of more than two axes the last two longer than 1 are shown, at *worst*'s place in the others.
    """
    if found.size == 0 or found.ndim == 0:
        return {}
    rows, columns = _shown_axes(found.shape)
    origin = {
        axis: max(0, min(worst[axis] - WINDOW // 2, found.shape[axis] - WINDOW)) for axis in (rows, columns)
    }
    part = tuple(
        slice(origin[axis], origin[axis] + WINDOW) if axis in origin else slice(place, place + 1)
        for axis, place in enumerate(worst)
    )
    # Numbers of two dtypes are told apart only with all their digits.
    own = found.dtype == expected.dtype
    return {
        "kind": "array",
        "found": _rows(found[part], rows, columns, own_digits=own),
        "expected": _rows(expected[part], rows, columns, own_digits=own),
        "worst": [worst[rows] if rows != columns else 0, worst[columns]],
        "origin": [origin[rows] if rows != columns else 0, origin[columns]],
    }


def _shown_axes(shape: Sequence[int]) -> tuple[int, int]:
    """Return the axes of rows and columns; the same axis twice when there is but one."""
    long = [axis for axis, size in enumerate(shape) if size > 1] or [len(shape) - 1]
    return (long[-2], long[-1]) if len(long) > 1 else (long[-1], long[-1])


def _rows(part: Numbers, rows: int, columns: int, *, own_digits: bool) -> list[list[Any]]:
    height = part.shape[rows] if rows != columns else 1
    numbers = part.reshape(height, part.shape[columns])
    listed = _own_digits(numbers) if own_digits else numbers.tolist()
    return [[jsonable(item) for item in row] for row in listed]


def _own_digits(part: Numbers) -> Any:
    """Return the numbers of *part* with no more digits than their dtype has: 3.7, not 3.700000047683716."""
    is_narrow = part.dtype.kind == "f" and part.itemsize < np.dtype(float).itemsize
    return part.astype(str).astype(float).tolist() if is_narrow else part.tolist()


def jsonable(item: Any) -> Any:
    """Return a number as JSON can carry it; NaN, infinities and complex numbers as text."""
    if isinstance(item, complex) or (isinstance(item, float) and not np.isfinite(item)):
        return str(item)
    return item
