"""How many points ``grader ci`` wants to see."""

import math
import re
from dataclasses import dataclass

from grader.errors import UsageError

WRITTEN = re.compile(r"(\d+(?:\.\d+)?)(%?)")
# Sums of points are rounded to four decimals.
SLACK = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A number of points, or a share of all there are."""

    amount: float
    is_share: bool

    def points(self, worth: float) -> float:
        """Return how many of *worth* points are wanted. Raises ``UsageError`` for more than there are."""
        if self.is_share:
            return self.amount * worth
        if self.amount > worth + SLACK:
            raise UsageError(
                f"--fail-below {self.amount:g} is more than the {worth:g} points there are: nobody would pass"
            )
        return self.amount

    def is_reached(self, score: float, worth: float) -> bool:
        """Whether *score* of *worth* points is enough."""
        return score >= self.points(worth) - SLACK


def read_bar(text: str) -> Bar:
    """Read ``7.5`` or ``60%``."""
    found = WRITTEN.fullmatch(text.strip())
    amount = float(found[1]) if found else math.nan
    if not found or (found[2] and amount > 100):
        raise UsageError(f"--fail-below {text}: expected points such as 7.5, or a percentage from 0% to 100%")
    return Bar(amount=amount / 100 if found[2] else amount, is_share=bool(found[2]))
