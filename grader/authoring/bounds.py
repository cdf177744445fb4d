"""What some seeds tell of all seeds: one-sided bounds of a share, and of the decisions that follow from it.

The bounds of a share are those of C. J. Clopper and E. S. Pearson (*The Use of Confidence or Fiducial Limits
Illustrated in the Case of the Binomial*, Biometrika 26, 1934). They are exact: whatever the true share is,
the bound is on the right side of it in at least 95 of 100 calibrations.
"""

from functools import lru_cache
from math import exp, fsum, lgamma, log

from grader.checks.deciding import rates

DOUBT = 0.05
#: Halvings of the interval from 0 to 1; the bound is then known to more digits than are shown.
HALVINGS = 50


@lru_cache(maxsize=4096)
def lowest_share(met: int, of: int) -> float:
    """Return the share that is reached with 95 % confidence when *met* of *of* seeds meet a limit."""
    if met == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        # So many or more would be seen too rarely: the share is larger.
        low, high = (middle, high) if _at_least(met, of, middle) < DOUBT else (low, middle)
    return low


def highest_share(met: int, of: int) -> float:
    """Return the share that is not exceeded with 95 % confidence when *met* of *of* seeds meet a limit."""
    return 1.0 - lowest_share(of - met, of)


@lru_cache(maxsize=4096)
def false_fail(met: int, of: int, lead: int, seeds_at_most: int) -> float:
    """Return how often at most an answer of which *met* of *of* seeds meet the limit is failed."""
    return rates(lowest_share(met, of), lead, seeds_at_most).missed


@lru_cache(maxsize=4096)
def false_pass(met: int, of: int, lead: int, seeds_at_most: int) -> float:
    """Return how often at most an answer of which *met* of *of* seeds meet the limit is let through."""
    return rates(highest_share(met, of), lead, seeds_at_most).holds


@lru_cache(maxsize=4096)
def left_open(met: int, of: int, lead: int, seeds_at_most: int) -> float:
    """Return how often at most an answer of which *met* of *of* seeds meet the limit is left to a person.

    For one that more than half of all seeds let through; the nearer to half, the more often.
    """
    return rates(max(lowest_share(met, of), 0.5), lead, seeds_at_most).open


def expected_seeds(met: int, of: int, lead: int, seeds_at_most: int) -> float:
    """Return the mean number of seeds until this limit is decided, at the share that was seen."""
    return rates(met / of, lead, seeds_at_most).seeds


def _at_least(met: int, of: int, share: float) -> float:
    """Return the probability of *met* or more successes in *of* trials with probability *share* each."""
    return fsum(_exactly(number, of, share) for number in range(met, of + 1))


def _exactly(met: int, of: int, share: float) -> float:
    # By logarithms: the binomial coefficient of a thousand trials is beyond a float.
    chosen = lgamma(of + 1) - lgamma(met + 1) - lgamma(of - met + 1)
    return exp(chosen + met * log(share) + (of - met) * log(1.0 - share))
