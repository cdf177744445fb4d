"""Whether numbers went through a scaler column by column and row by row, so that nothing is carried along."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# float32 arithmetic on features of any magnitude; a label hidden below this cannot be learned from.
TOLERANCE = 1e-4


def mixed_column(before: Array, after: Array) -> int | None:
    """Return the first column of *after* that is no monotone function of the same column of *before*.

    Both are (rows, columns). Equal inputs must give equal outputs, whether in the training or test part.
    """
    for column in range(before.shape[1]):
        if not _monotone(before[:, column].astype(float), after[:, column].astype(float)):
            return column
    return None


def _monotone(before: Array, after: Array) -> bool:
    slack = TOLERANCE * (float(np.ptp(after)) if after.size else 0.0)
    levels, group = np.unique(before, return_inverse=True)
    low, high = np.full(levels.size, np.inf), np.full(levels.size, -np.inf)
    np.minimum.at(low, group, after)
    np.maximum.at(high, group, after)
    if (high - low > slack).any():
        return False
    # Against the highest (lowest) so far, not the neighbour: slack must not add up over many rows.
    rising = (low >= np.maximum.accumulate(high) - slack).all()
    falling = (high <= np.minimum.accumulate(low) + slack).all()
    return bool(rising or falling)


def same_rows(one: Array, other: Array) -> bool:
    """Return whether two arrays of one shape are equal up to rounding, relative to each column's range."""
    if one.size == 0:
        return True
    slack = TOLERANCE * np.maximum(np.ptp(one, axis=0), np.ptp(other, axis=0)) + 1e-7
    return bool((np.abs(one - other) <= slack).all())
