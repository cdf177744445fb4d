"""A distribution on one line of a terminal: a bar for each column, on an axis that several lines share."""

from collections.abc import Sequence
from dataclasses import dataclass

BARS = "▁▂▃▄▅▆▇█"
#: For terminals that know no other characters.
PLAIN_BARS = ".:-=+*#@"


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Which value stands in which of *columns* columns."""

    low: float
    high: float
    columns: int
    plain: bool = False

    def column(self, value: float) -> int:
        """Return the column of *value*, counted from 0."""
        span = self.high - self.low
        return round((value - self.low) / span * (self.columns - 1)) if span > 0 else 0

    def strip(self, values: Sequence[float], threshold: float) -> str:
        """Return a line with a bar for the values of each column, and a mark where *threshold* is."""
        counts = [0] * self.columns
        for value in values:
            counts[self.column(value)] += 1
        bars, most = PLAIN_BARS if self.plain else BARS, max(counts)
        line = [bars[-(-count * len(bars) // most) - 1] if count else " " for count in counts]
        place = self.column(threshold)
        line[place] = line[place].replace(" ", "|" if self.plain else "│")
        return "".join(line)

    def scale(self, threshold: float, low: str, middle: str, high: str) -> str:
        """Return the line beneath: *low* and *high* at the ends, *middle* under *threshold* where it fits."""
        mark = f"{'^' if self.plain else '▲'} {middle}"
        place = self.column(threshold)
        # Near the right end the words stand before the mark.
        if place + len(mark) > self.columns:
            mark = f"{middle} {mark[0]}"
            place = max(place - len(mark) + 1, 0)
        line = list(" " * self.columns)
        line[place : place + len(mark)] = mark
        for text, start in ((low, 0), (high, self.columns - len(high))):
            if all(sign == " " for sign in line[max(start - 1, 0) : start + len(text) + 1]):
                line[start : start + len(text)] = text
        return "".join(line)


def axis_of(samples: Sequence[Sequence[float]], threshold: float, columns: int, *, plain: bool) -> Axis:
    """Return the axis that holds all *samples* and *threshold*."""
    values = [threshold, *(value for sample in samples for value in sample)]
    return Axis(low=min(values), high=max(values), columns=columns, plain=plain)
