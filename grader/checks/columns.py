"""Whether numbers went through a scaler column by column and row by row, so that nothing is carried along."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# float32 arithmetic on features of any magnitude; a label hidden below this cannot be learned from.
TOLERANCE = 1e-4
ULPS = 64 * float(np.finfo("float32").eps)


def mixed_column(before: Array, after: Array) -> int | None:
    """Return the first column of *after* that is no monotone function of the same column of *before*.

    Both are (rows, columns). Equal inputs must give equal outputs, whether in the training or test part.
    """
    for column in range(before.shape[1]):
        if not _monotone(before[:, column].astype(float), after[:, column].astype(float)):
            return column
    return None


def _monotone(before: Array, after: Array) -> bool:
    base = TOLERANCE * float(_middle(after)) if after.size else 0.0
    levels, group = np.unique(before, return_inverse=True)
    low, high = np.full(levels.size, np.inf), np.full(levels.size, -np.inf)
    np.minimum.at(low, group, after)
    np.maximum.at(high, group, after)
    if (high - low > base + _rounding(high, low)).any():
        return False
    # Against the highest (lowest) so far, not the neighbour: slack must not add up over many rows.
    highest, lowest = np.maximum.accumulate(high), np.minimum.accumulate(low)
    rising = (low >= highest - base - _rounding(low, highest)).all()
    falling = (high <= lowest + base + _rounding(high, lowest)).all()
    return bool(rising or falling)


def _middle(columns: Array) -> Array:
    """Return how far the middle half of each column spreads: a few rows cannot widen it, however far off."""
    return np.asarray(np.ptp(np.percentile(columns, (25, 75), axis=0), axis=0))


def _rounding(one: Array, other: Array) -> Array:
    """Return what float32 may have rounded off two numbers that should be equal."""
    return np.asarray(ULPS * np.maximum(np.abs(one), np.abs(other)))


def same_rows(one: Array, other: Array) -> bool:
    """Return whether two arrays of one shape are equal up to rounding, relative to each column's range."""
    if one.size == 0:
        return True
    slack = TOLERANCE * np.maximum(_middle(one), _middle(other)) + 1e-7 + _rounding(one, other)
    return bool((np.abs(one - other) <= slack).all())


#: Of a column's own scale. Statistics of the training wines differ by 0.02 to 0.09 from those of all wines;
#: columns that were not scaled apart, by much more than 1.
EXACT, NEAR = 0.01, 1.0


def _between(percent: int, columns: Array) -> Array:
    return np.asarray(np.ptp(np.percentile(columns, (percent, 100 - percent), axis=0), axis=0))


LOCATIONS: tuple[Callable[[Array], Array], ...] = (
    lambda columns: columns.mean(axis=0),
    lambda columns: np.median(columns, axis=0),
    lambda columns: columns.min(axis=0),
    lambda columns: columns.max(axis=0),
)
SCALES: tuple[Callable[[Array], Array], ...] = (
    lambda columns: columns.std(axis=0),
    lambda columns: np.ptp(columns, axis=0),
    lambda columns: np.abs(columns).max(axis=0),
    lambda columns: np.abs(columns - columns.mean(axis=0)).mean(axis=0),
    *(partial(_between, low) for low in (1, 2, 5, 10, 25)),
)

#: By which a column may be divided that is not moved.
SIZES: tuple[Callable[[Array], Array], ...] = (
    *LOCATIONS[:2],
    lambda columns: np.sqrt((columns**2).mean(axis=0)),
    *SCALES,
)


def scaled_by_others(before: Array, after: Array) -> bool:
    """Return whether *after* is nearly, but not quite, *before* scaled by its own statistics.

    Both are a training part, (rows, columns). Scaled by themselves, all columns agree in where they lie and
    how far they spread, exactly; scaled by other rows too, nearly. So it needs no second call, to which a
    scaler could give an answer that it kept. What is no straight line of its column is left alone.
    """
    varied = np.ptp(before, axis=0) > 0
    one, other = before[:, varied].astype(float), after[:, varied].astype(float)
    if min(one.shape) < 2 or not np.ptp(other, axis=0).all() or not _is_straight(one, other):
        return False
    unit = float(np.median(other.std(axis=0)))
    if _spread(LOCATIONS[0](other), unit) > NEAR or _spread(SCALES[0](other), unit) > NEAR:
        return False
    if _through_zero(one, other):
        return not _agree(SIZES, other, unit)
    return not (_agree(LOCATIONS, other, unit) and _agree(SCALES, other, unit))


def _agree(statistics: Iterable[Callable[[Array], Array]], columns: Array, unit: float) -> bool:
    return any(_spread(statistic(columns), unit) < EXACT for statistic in statistics)


def _spread(values: Array, unit: float) -> float:
    return float(np.ptp(values)) / unit


def _is_straight(before: Array, after: Array) -> bool:
    low, high = np.argmin(before, axis=0), np.argmax(before, axis=0)
    columns = np.arange(before.shape[1])
    slopes = (after[high, columns] - after[low, columns]) / (before[high, columns] - before[low, columns])
    line = after[low, columns] + (before - before[low, columns]) * slopes
    return bool((np.abs(line - after) <= TOLERANCE * np.ptp(after, axis=0)).all())


def _through_zero(before: Array, after: Array) -> bool:
    """Return whether every column was only multiplied."""
    factors = (after * before).sum(axis=0) / (before * before).sum(axis=0)
    return bool((np.abs(factors * before - after) <= TOLERANCE * np.abs(after).max(axis=0)).all())
