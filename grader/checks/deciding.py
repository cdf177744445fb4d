"""The rule by which seeds decide: the side that first leads by so many has it.

Wald's sequential probability ratio test for a symmetric pair of hypotheses (A. Wald, *Sequential Tests of
Statistical Hypotheses*, Annals of Mathematical Statistics 16, 1945): each seed that meets a limit is a step
up, each that misses it a step down, and the first of ``+lead`` and ``-lead`` that is reached decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What the seeds say of a limit."""

    HOLDS = "holds"
    MISSED = "missed"
    OPEN = "open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """How often a limit is found to hold, to be missed, or left open; and the mean number of seeds."""

    holds: float
    missed: float
    open: float
    seeds: float


def decide(met: Iterable[bool], lead: int) -> Decision:
    """Return what the seeds' answers *met*, in their order, decide; later ones change nothing."""
    ahead = 0
    for one in met:
        ahead += 1 if one else -1
        if abs(ahead) == lead:
            return Decision.HOLDS if ahead > 0 else Decision.MISSED
    return Decision.OPEN


def needed(met: Iterable[bool], lead: int) -> int:
    """Return how many more seeds could decide at the earliest; 0 when it is decided."""
    answers = list(met)
    ahead = sum(1 if one else -1 for one in answers)
    return 0 if decide(answers, lead) is not Decision.OPEN else lead - abs(ahead)


def rates(share: float, lead: int, at_most: int) -> Rates:
    """Return what becomes of a limit that each seed meets with probability *share*, by exact enumeration.

    Assumes that seeds are independent.
    """
    standing = {0: 1.0}
    holds = missed = seeds = 0.0
    for _ in range(at_most):
        seeds += sum(standing.values())
        after: dict[int, float] = {}
        for ahead, weight in standing.items():
            for step, chance in ((1, share), (-1, 1.0 - share)):
                after[ahead + step] = after.get(ahead + step, 0.0) + weight * chance
        holds += after.pop(lead, 0.0)
        missed += after.pop(-lead, 0.0)
        standing = after
    return Rates(holds=holds, missed=missed, open=sum(standing.values()), seeds=seeds)
