"""A training check's limits, seed by seed: what each run measured, and whether that meets the limit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from statistics import median

from grader.checks.deciding import Decision, decide, needed
from grader.checks.wording import count, percent
from grader.evidence import Training, TrainingRun
from grader.exercise import Trains

RAW, SCALED, REFERENCE = "raw", "scaled", "reference"
# Test accuracies are quotients of small integers; a limit met exactly must not fail by rounding.
SLACK = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """One limit: its key in YAML, what each seed measured, which seeds meet it, and what that decides."""

    key: str
    what: str
    asked: str
    found: Mapping[int, float]
    met: Mapping[int, bool]
    decision: Decision
    show: Callable[[float], str]

    def __str__(self) -> str:
        """Render as ``test accuracy, scaled: at least 95.0 % asked, found 92.0 %, met by 0 of 3 seeds``."""
        of = count(len(self.met), "seed")
        middle = self.show(median(self.found.values()))
        return f"{self.what}: {self.asked} asked, found {middle}, met by {sum(self.met.values())} of {of}"


def judged_arm(settings: Trains) -> str:
    """Return the arm whose accuracy counts: ``scaled`` where there is a scaling."""
    return SCALED if settings.scaling else RAW


def arms_of(settings: Trains) -> tuple[str, ...]:
    """Return the arms that *settings* ask for."""
    scaled = (SCALED,) if settings.scaling else ()
    return (RAW, *scaled, *((REFERENCE,) if settings.behind_reference_at_most is not None else ()))


def limits_of(training: Training, settings: Trains) -> list[Limit]:
    """Return every limit that *settings* have, held against all seeds of *training*."""
    return list(_limits(training, settings))


def seeds_wanted(training: Training, settings: Trains) -> list[int]:
    """Return the seeds to train next: as many as could decide at the earliest, none when nothing is open."""
    done = len(training.seeds)
    if not done:
        return list(settings.seeds[: settings.lead])
    limits = limits_of(training, settings)
    if any(limit.decision is Decision.MISSED for limit in limits):
        return []
    more = max((needed(limit.met.values(), settings.lead) for limit in limits), default=0)
    return list(settings.seeds[done : done + more])


def undecided_or_failed(training: Training, settings: Trains) -> bool:
    """Return whether some limit is missed or open."""
    return any(limit.decision is not Decision.HOLDS for limit in limits_of(training, settings))


def epochs_to(run: TrainingRun, target: float) -> int | None:
    """Return the first epoch, counted from 1, whose training loss is at most *target*."""
    return next((epoch for epoch, loss in enumerate(run.losses, 1) if loss <= target), None)


def accuracy(run: TrainingRun) -> float:
    """Return the run's accuracy; one that is no number counts as 0."""
    return run.accuracy if isfinite(run.accuracy) else 0.0


def _limits(training: Training, settings: Trains) -> Iterator[Limit]:
    arm = judged_arm(settings)
    by_arm = {name: {run.seed: run for run in training.of(name)} for name in arms_of(settings)}
    measured = {name: {seed: accuracy(run) for seed, run in runs.items()} for name, runs in by_arm.items()}
    ask = _Asking(training, settings.lead)
    if settings.accuracy_at_least is not None:
        yield ask.at_least(
            "accuracy_at_least", f"test accuracy, {arm}", measured[arm], settings.accuracy_at_least
        )
    if settings.raw_accuracy_at_most is not None:
        yield ask.at_most(
            "raw_accuracy_at_most", "test accuracy, raw", measured[RAW], settings.raw_accuracy_at_most
        )
    if settings.gap_at_least is not None:
        gaps = _difference(measured[arm], measured[RAW])
        yield ask.at_least("gap_at_least", "gap between scaled and raw", gaps, settings.gap_at_least)
    if settings.behind_reference_at_most is not None:
        behind = _difference(measured[REFERENCE], measured[arm])
        what = "behind the reference's scaling"
        yield ask.at_most("behind_reference_at_most", what, behind, settings.behind_reference_at_most)
    yield from _of_speed(settings, by_arm, ask)


def _of_speed(
    settings: Trains, by_arm: Mapping[str, Mapping[int, TrainingRun]], ask: "_Asking"
) -> Iterator[Limit]:
    if settings.target_loss is None:
        return
    never = settings.recipe.epochs + 1
    taken = {
        arm: {seed: float(epochs_to(run, settings.target_loss) or never) for seed, run in runs.items()}
        for arm, runs in by_arm.items()
    }
    arm, target = judged_arm(settings), f"loss {settings.target_loss:g}"
    if settings.epochs_at_most is not None:
        what = f"epochs to {target}, {arm}"
        yield ask.at_most("epochs_at_most", what, taken[arm], settings.epochs_at_most, _epochs_text(never))
    if settings.speedup_at_least is not None:
        # A run that never arrives took longer than the budget: the quotient is then a lower bound.
        faster = {seed: taken[RAW][seed] / epochs for seed, epochs in taken[arm].items()}
        what = f"epochs to {target}, raw over {arm}"
        yield ask.at_least("speedup_at_least", what, faster, settings.speedup_at_least, _times)


def _times(value: float) -> str:
    return f"{value:.3g}-fold"


def _epochs_text(never: int) -> Callable[[float], str]:
    return lambda value: f"more than {never - 1}" if value >= never else f"{value:g}"


def _difference(left: Mapping[int, float], right: Mapping[int, float]) -> dict[int, float]:
    """Return *left* minus *right*, seed by seed: a paired comparison."""
    return {seed: value - right[seed] for seed, value in left.items() if seed in right}


@dataclass(frozen=True, slots=True)
class _Asking:
    training: Training
    lead: int

    def at_least(
        self,
        key: str,
        what: str,
        found: Mapping[int, float],
        limit: float,
        show: Callable[[float], str] = percent,
    ) -> Limit:
        met = {seed: value >= limit - SLACK for seed, value in found.items()}
        return self._limit(key, what, f"at least {show(limit)}", found, met, show)

    def at_most(
        self,
        key: str,
        what: str,
        found: Mapping[int, float],
        limit: float,
        show: Callable[[float], str] = percent,
    ) -> Limit:
        met = {seed: value <= limit + SLACK for seed, value in found.items()}
        return self._limit(key, what, f"at most {show(limit)}", found, met, show)

    def _limit(  # noqa: PLR0913, PLR0917 - the parts of a record
        self,
        key: str,
        what: str,
        asked: str,
        found: Mapping[int, float],
        met: Mapping[int, bool],
        show: Callable[[float], str],
    ) -> Limit:
        decision = decide((met[seed] for seed in sorted(met)), self.lead)
        return Limit(key=key, what=what, asked=asked, found=found, met=met, decision=decision, show=show)
