"""What to change in a limit whose margin is too thin: its value, its lead, both, or the number of seeds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor

from grader.authoring.bounds import false_fail, false_pass
from grader.authoring.measures import MOST_WRONG, Measure, Sample, Threshold

MOST_LEAD = 10
#: More trainings than an author should be sent away to wait for.
MOST_SEEDS = 300
#: Below the lowest share where no mistake says how far to go, when all seeds measured the same.
LEAST_ROOM = 0.01
Gap = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing to do that would do: another value, another lead, or both; or to prove with more seeds."""

    value: float | None = None
    lead: int | None = None
    seeds: int | None = None


def changes(measure: Measure, duty: Sequence[Sample]) -> list[Change]:
    """Return what would do, each by itself, so that the reference passes and every mistake of *duty* fails.

    A change of both value and lead is proposed only where neither alone would do.
    """
    rule = measure.threshold
    value = better_value(measure, duty, rule.lead)
    lead = next((lead for lead in _leads(rule) if works(measure, duty, replace(rule, lead=lead))), None)
    alone = [Change(seeds=seeds)] if (seeds := seeds_needed(measure, duty)) else []
    # Where more seeds would do, the value is right as it is.
    alone += [Change(value=value)] if value is not None and not seeds else []
    alone += [Change(lead=lead)] if lead is not None else []
    return alone or list(_both(measure, duty))[:1]


def works(measure: Measure, duty: Sequence[Sample], rule: Threshold) -> bool:
    """Return whether *rule* is seldom enough wrong of the reference and of every mistake of *duty*."""
    fails = rule.false_fail(measure.reference.values)
    return fails <= measure.allowed and all(rule.false_pass(one.values) <= MOST_WRONG for one in duty)


def better_value(measure: Measure, duty: Sequence[Sample], lead: int) -> float | None:
    """Return the value in the middle of the widest gap between reference and mistakes that would do."""
    for low, high in sorted(_gaps(measure, duty), key=lambda gap: gap[0] - gap[1]):
        value = _between(low, high, measure)
        rule = replace(measure.threshold, value=value, lead=lead)
        if 0 <= value <= measure.most and works(measure, duty, rule):
            return value
    return None


def seeds_needed(measure: Measure, duty: Sequence[Sample]) -> int | None:
    """Return how many seeds would prove the limit as it is; ``None`` when one already speaks against it."""
    rule, of = measure.threshold, len(measure.reference.values)
    if rule.met(measure.reference.values) < of or any(rule.met(one.values) for one in duty):
        return None
    for seeds in range(of + 1, MOST_SEEDS + 1):
        fails = false_fail(seeds, seeds, rule.lead, rule.seeds_at_most)
        passes = false_pass(0, seeds, rule.lead, rule.seeds_at_most) if duty else 0.0
        if fails <= measure.allowed and passes <= MOST_WRONG:
            return seeds
    return None


def _both(measure: Measure, duty: Sequence[Sample]) -> Iterator[Change]:
    for lead in _leads(measure.threshold):
        value = better_value(measure, duty, lead)
        if value is not None:
            yield Change(value=value, lead=lead)


def _leads(rule: Threshold) -> range:
    return range(rule.lead + 1, min(MOST_LEAD, rule.seeds_at_most) + 1)


def _gaps(measure: Measure, duty: Sequence[Sample]) -> list[Gap]:
    """Return the gaps between all values; without mistakes, room beyond the reference's worst seed."""
    own = measure.reference.values
    if not duty:
        return [_room(measure)]
    values = sorted({*own, *(value for one in duty for value in one.values)})
    return list(pairwise(values))


def _room(measure: Measure) -> Gap:
    """Return a gap whose middle is as far beyond the worst seed as that is from the median."""
    sample = measure.reference
    least = LEAST_ROOM * measure.most
    if measure.threshold.at_least:
        room = max(sample.median - sample.lowest, least)
        return max(sample.lowest - 2 * room, 0.0), sample.lowest
    room = max(sample.highest - sample.median, least)
    return sample.highest, min(sample.highest + 2 * room, measure.most)


def _between(low: float, high: float, measure: Measure) -> float:
    """Return a short number about in the middle, such that what lies at either end stays on its side."""
    middle = (low + high) / 2
    if measure.whole:
        return float(ceil(middle) if measure.threshold.at_least else floor(middle))
    rounded = (round(middle, decimals) for decimals in (2, 3, 4))
    return next((value for value in rounded if low < value < high), middle)
