"""A thin margin in words: what was found, what was expected, and what to change in which file."""

from collections.abc import Sequence
from dataclasses import replace

from grader.authoring.margins import Thin
from grader.authoring.measures import MOST_WRONG, Measure, Sample
from grader.authoring.places import Places
from grader.authoring.proposals import Change
from grader.checks.wording import listing
from grader.errors import Flaw
from grader.exercise import Check, Exercise
from grader.expectation import MOST_SEEDS

#: A bound below this is written as "less than".
LEAST_SHOWN = 1e-6


def flaw_of(thin: Thin, exercise: Exercise, check: Check, places: Places) -> Flaw:
    """Return *thin* as a flaw at the limit's line."""
    found = _lets_through(thin) if thin.mistakes else _fails(thin.measure)
    allowed = MOST_WRONG if thin.mistakes else thin.measure.allowed
    expected = f"at most {often(allowed)}: {_advice(thin)}"
    return places.at_check(exercise, check, thin.measure.threshold.key, found, expected)


def open_flaw(measure: Measure, exercise: Exercise, check: Check, places: Places) -> Flaw:
    """Return as a flaw that *measure* leaves too many answers as good as the reference to a person."""
    found = (
        f"a limit that may leave an answer as good as the reference to a person in "
        f"{often(measure.left_open)} of gradings ({_met(measure, measure.reference)})"
    )
    enough = seeds_enough(measure)
    advice = f"raise seeds_at_most to {enough}" if enough else "change the limit or the recipe"
    expected = f"at most {often(measure.allowed_open)}: {advice}"
    return places.at_check(exercise, check, measure.threshold.key, found, expected)


def seeds_enough(measure: Measure) -> int | None:
    """Return the smallest ``seeds_at_most`` that leaves few enough to a person."""
    rule, values = measure.threshold, measure.reference.values
    for seeds in range(rule.seeds_at_most + 1, MOST_SEEDS + 1):
        if replace(rule, seeds_at_most=seeds).left_open(values) <= measure.allowed_open:
            return seeds
    return None


def often(share: float) -> str:
    """Return a small share of gradings in percent, with three digits: 0.102 % is more than 0.1 %."""
    return f"under {100 * LEAST_SHOWN:g} %" if share < LEAST_SHOWN else f"{100 * share:.3g} %"


def _fails(measure: Measure) -> str:
    return (
        f"a limit that may fail an answer as good as the reference in {often(measure.false_fail)} of "
        f"gradings ({_met(measure, measure.reference)})"
    )


def _lets_through(thin: Thin) -> str:
    by_name = {one.name: one for one in thin.measure.mistakes}
    told = [
        f"{name!r} that no check catches for sure: this limit may let it through in "
        f"{often(thin.measure.false_pass(name))} of gradings ({_met(thin.measure, by_name[name])})"
        for name in thin.mistakes
    ]
    return listing(told)


def _met(measure: Measure, sample: Sample) -> str:
    return f"{measure.threshold.met(sample.values)} of {len(sample.values)} seeds meet it"


def _advice(thin: Thin) -> str:
    if not thin.changes:
        return _nothing_parts_them(thin)
    return ", or ".join(_said(change, thin) for change in thin.changes)


def _said(change: Change, thin: Thin) -> str:
    if change.seeds is not None:
        seeds = len(thin.measure.reference.values)
        return f"{seeds} seeds are too few to prove it, give --seeds {change.seeds}"
    said = []
    if change.value is not None:
        rule = thin.measure.threshold
        word = "raise" if change.value > rule.value else "lower"
        said.append(f"{word} {rule.key} to {change.value:g} ({_evidence(thin)})")
    if change.lead is not None:
        said.append(f"raise lead to {change.lead}")
    return " and ".join(said)


def _evidence(thin: Thin) -> str:
    """Return the nearest seeds on both sides."""
    measure, seeds = thin.measure, len(thin.measure.reference.values)
    own, show = measure.reference, measure.show
    if measure.threshold.at_least:
        reached = f"the reference reached at least {show(own.lowest)} in {seeds} seeds"
        best = max(thin.duty, key=lambda one: one.highest, default=None)
        return reached + (f", {best.name!r} at most {show(best.highest)}" if best else "")
    reached = f"the reference stayed at or below {show(own.highest)} in {seeds} seeds"
    best = min(thin.duty, key=lambda one: one.lowest, default=None)
    return reached + (f", {best.name!r} at or above {show(best.lowest)}" if best else "")


def _nothing_parts_them(thin: Thin) -> str:
    measure = thin.measure
    if not thin.duty:
        return (
            f"no value of {measure.threshold.key} is proved by these seeds (the reference measured "
            f"{_span(measure, measure.reference)}): change the recipe, so that it learns more steadily"
        )
    overlap = "; ".join(f"{one.name!r} {_span(measure, one)}" for one in _nearest(thin.duty, measure))
    return (
        f"no threshold separates them: the reference measured {_span(measure, measure.reference)}, "
        f"{overlap}. "
        "Change the recipe (fewer epochs or a smaller learning_rate where both arrive, more where neither "
        "does), or let another check catch the mistake"
    )


def _nearest(duty: Sequence[Sample], measure: Measure) -> list[Sample]:
    """Return the three mistakes that come nearest to the reference."""
    return sorted(duty, key=lambda one: one.median, reverse=measure.threshold.at_least)[:3]


def _span(measure: Measure, sample: Sample) -> str:
    return f"{measure.show(sample.lowest)} to {measure.show(sample.highest)}"
