"""Whether a check's margin is wide enough, and which mistakes it is there to catch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.authoring.measures import MOST_WRONG, Measure, Sample
from grader.authoring.proposals import Change, changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Thin:
    """A margin that is too thin, and what would widen it.

    ``mistakes`` are those that slip through; without any, the limit fails the reference. ``duty`` is what the
    proposed change has to catch.
    """

    measure: Measure
    mistakes: tuple[str, ...]
    duty: tuple[Sample, ...]
    changes: tuple[Change, ...]


def slipping(checks: Sequence[Sequence[Measure]]) -> set[str]:
    """Return the mistakes that nothing catches for sure: no other check, and no limit of any of *checks*."""
    best: dict[str, float] = {}
    for measure in (measure for measures in checks for measure in measures):
        for one in measure.mistakes:
            if not one.caught_by:
                best[one.name] = min(best.get(one.name, 1.0), measure.false_pass(one.name))
    return {name for name, often in best.items() if often > MOST_WRONG}


def thin_margins(measures: Sequence[Measure], slipping: set[str]) -> list[Thin]:
    """Return what is too thin in one check; *slipping* are the mistakes that nothing catches."""
    unfair = [measure for measure in measures if not measure.is_fair]
    return [*(_unfair(measure, measures) for measure in unfair), *_lax(measures, slipping)]


def duty_of(measure: Measure, measures: Sequence[Measure]) -> tuple[Sample, ...]:
    """Return the mistakes that *measure* has to catch: no other of *measures* does, and no other check."""
    others = [other for other in measures if other is not measure]
    return tuple(
        one
        for one in measure.mistakes
        if not one.caught_by and all(other.false_pass(one.name) > MOST_WRONG for other in others)
    )


def _unfair(measure: Measure, measures: Sequence[Measure]) -> Thin:
    """Return what would let the reference through; a mistake that slips anyway must not stand against it."""
    duty = duty_of(measure, measures)
    found = changes(measure, duty)
    if not found:
        duty = _caught_now(measure, duty)
        found = changes(measure, duty)
    return Thin(measure=measure, mistakes=(), duty=duty, changes=tuple(found))


def _lax(measures: Sequence[Measure], slipping: set[str]) -> list[Thin]:
    """Return one change against all that slip through if there is one, else one for each mistake."""
    here = [one.name for one in (measures[0].mistakes if measures else ()) if one.name in slipping]
    if not here:
        return []
    together = _caught(measures, here)
    return [together] if together.changes else [_caught(measures, [name]) for name in here]


def _caught(measures: Sequence[Measure], names: Sequence[str]) -> Thin:
    """Return the limit that can be made to catch *names* with the least change; the nearest when none can."""
    tried = [_widened(measure, measures, names) for measure in measures]
    able = [thin for thin in tried if thin.changes]
    if able:
        return min(able, key=_effort)
    return min(tried, key=lambda thin: max(thin.measure.false_pass(name) for name in names))


def _widened(measure: Measure, measures: Sequence[Measure], names: Sequence[str]) -> Thin:
    by_name: Mapping[str, Sample] = {one.name: one for one in measure.mistakes}
    kept = _caught_now(measure, duty_of(measure, measures))
    duty = (*kept, *(by_name[name] for name in names))
    return Thin(measure=measure, mistakes=tuple(names), duty=duty, changes=tuple(changes(measure, duty)))


def _caught_now(measure: Measure, duty: Sequence[Sample]) -> tuple[Sample, ...]:
    return tuple(one for one in duty if measure.false_pass(one.name) <= MOST_WRONG)


def _effort(thin: Thin) -> int:
    """Return how much the first change asks of a grading: more seeds for each student, or none."""
    return thin.changes[0].lead or 0
