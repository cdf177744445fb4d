"""What the reference and the known mistakes measured under one limit of a training check, seed by seed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from grader.authoring.bounds import expected_seeds, false_fail, false_pass, left_open
from grader.checks.limits import SLACK, limits_of
from grader.evidence import Training
from grader.exercise import Trains

#: Of gradings: how often a limit may be wrong of the reference, or of a mistake that it must catch.
MOST_WRONG = 1 / 1000
#: Of gradings: how often all limits of a check together may leave the reference to a person.
MOST_OPEN = 1 / 100
REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """A limit's value, and the rule that decides it: its key in YAML, ``lead`` and ``seeds_at_most``."""

    key: str
    value: float
    lead: int
    seeds_at_most: int

    @property
    def at_least(self) -> bool:
        """Whether more is better; otherwise the limit is a highest value."""
        return self.key.endswith("_at_least")

    def met(self, values: Sequence[float]) -> int:
        """Return how many of *values* meet the threshold, as grading counts them."""
        if self.at_least:
            return sum(value >= self.value - SLACK for value in values)
        return sum(value <= self.value + SLACK for value in values)

    def false_fail(self, values: Sequence[float]) -> float:
        """Return how often at most an answer with these *values* is failed."""
        return false_fail(self.met(values), len(values), self.lead, self.seeds_at_most)

    def left_open(self, values: Sequence[float]) -> float:
        """Return how often at most an answer with these *values* is left to a person."""
        return left_open(self.met(values), len(values), self.lead, self.seeds_at_most)

    def false_pass(self, values: Sequence[float]) -> float:
        """Return how often at most an answer with these *values* is let through."""
        return false_pass(self.met(values), len(values), self.lead, self.seeds_at_most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """An answer that was trained over many seeds; ``caught_by`` names what catches it besides the limits."""

    name: str
    training: Training
    caught_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What one answer measured under one limit, a value for each seed."""

    name: str
    values: tuple[float, ...]
    caught_by: tuple[str, ...] = ()

    @property
    def lowest(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def median(self) -> float:
        """The value in the middle."""
        return median(self.values)

    @property
    def highest(self) -> float:
        """The largest value."""
        return max(self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One limit of a check: its threshold, and the samples on both sides of it.

    ``allowed`` is the share of gradings in which it may fail the reference: all limits of a check together
    may do so in one of a thousand. ``most`` is the largest value that the limit can have in YAML, ``whole``
    says that it counts.
    """

    threshold: Threshold
    what: str
    reference: Sample
    mistakes: tuple[Sample, ...]
    show: Callable[[float], str]
    allowed: float = MOST_WRONG
    most: float = 1.0
    whole: bool = False

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The reference's and the mistakes'."""
        return (self.reference, *self.mistakes)

    @property
    def false_fail(self) -> float:
        """How often at most the reference is failed."""
        return self.threshold.false_fail(self.reference.values)

    @property
    def is_fair(self) -> bool:
        """Whether it fails the reference as rarely as it must."""
        return self.false_fail <= self.allowed

    @property
    def left_open(self) -> float:
        """How often at most the reference is left to a person."""
        return self.threshold.left_open(self.reference.values)

    @property
    def allowed_open(self) -> float:
        """The share of gradings in which the limit may do so."""
        return self.allowed * MOST_OPEN / MOST_WRONG

    def false_pass(self, mistake: str) -> float:
        """Return how often at most *mistake* is let through."""
        return next(self.threshold.false_pass(one.values) for one in self.mistakes if one.name == mistake)

    def without(self, names: Collection[str]) -> "Measure":
        """Return the measure without the mistakes with *names*."""
        return replace(self, mistakes=tuple(one for one in self.mistakes if one.name not in names))

    def seeds(self, sample: Sample) -> float:
        """Return how many seeds it takes on average to decide this limit for *sample*."""
        rule = self.threshold
        return expected_seeds(rule.met(sample.values), len(sample.values), rule.lead, rule.seeds_at_most)


def measures_of(settings: Trains, reference: Training, mistakes: Sequence[Trained]) -> tuple[Measure, ...]:
    """Return each limit that *settings* have, with what every answer measured."""
    limits = limits_of(reference, settings)
    theirs = {
        one.name: {limit.key: limit.found for limit in limits_of(one.training, settings)} for one in mistakes
    }
    return tuple(
        Measure(
            threshold=_threshold(settings, limit.key),
            what=limit.what,
            reference=Sample(name=REFERENCE, values=_in_order(limit.found)),
            mistakes=tuple(
                Sample(name=one.name, values=_in_order(theirs[one.name][limit.key]), caught_by=one.caught_by)
                for one in mistakes
            ),
            show=limit.show,
            allowed=MOST_WRONG / len(limits),
            most=_most(settings, limit.key),
            whole=limit.key == "epochs_at_most",
        )
        for limit in limits
    )


def _threshold(settings: Trains, key: str) -> Threshold:
    value = float(getattr(settings, key))
    return Threshold(key=key, value=value, lead=settings.lead, seeds_at_most=settings.seeds_at_most)


def _in_order(found: Mapping[int, float]) -> tuple[float, ...]:
    return tuple(found[seed] for seed in sorted(found))


def _most(settings: Trains, key: str) -> float:
    epochs = settings.recipe.epochs
    return {"epochs_at_most": float(epochs), "speedup_at_least": epochs + 1.0}.get(key, 1.0)
