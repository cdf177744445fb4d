"""Two sequences laid side by side at the least cost (Needleman and Wunsch, 1970)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Pair = tuple[int | None, int | None]

GAP = 1.0


def align(found: Sequence[Item], expected: Sequence[Item], cost: Callable[[Item, Item], float]) -> list[Pair]:
    """Return pairs of places in *found* and *expected*; ``None`` stands for an item the other side lacks.

    *cost* is what it takes to accept one item for another; leaving an item alone takes 1.
    """
    table = _costs(found, expected, cost)
    row, column = len(found), len(expected)
    pairs: list[Pair] = []
    while row or column:
        here = table[row][column]
        # From the end a gap comes first, so that of two equal neighbours the later one counts as extra.
        if row and here == table[row - 1][column] + GAP:
            row -= 1
            pairs.append((row, None))
        elif column and here == table[row][column - 1] + GAP:
            column -= 1
            pairs.append((None, column))
        else:
            row, column = row - 1, column - 1
            pairs.append((row, column))
    return pairs[::-1]


def _costs(
    found: Sequence[Item], expected: Sequence[Item], cost: Callable[[Item, Item], float]
) -> list[list[float]]:
    table = [[GAP * column for column in range(len(expected) + 1)]]
    for row, one in enumerate(found, 1):
        above, line = table[-1], [GAP * row]
        for column, other in enumerate(expected, 1):
            accepted = above[column - 1] + cost(one, other)
            line.append(min(accepted, above[column] + GAP, line[-1] + GAP))
        table.append(line)
    return table
