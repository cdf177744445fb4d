"""The check ``trains``: medians over seeds of accuracies that the referee measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, isnan
from statistics import median
from typing import Any

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.columns import mixed_column
from grader.checks.exhibits import jsonable
from grader.checks.gates import broke, evidence_of, refused, ungraded
from grader.checks.mismatch import as_array
from grader.checks.wording import count, percent
from grader.evidence import Happening, Refusal, Training, TrainingRun
from grader.exercise import Trains
from grader.verdict import Finding, failed, passed

# Test accuracies are quotients of small integers; a limit met exactly must not fail by rounding.
SLACK = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """One decision: what was measured, the limit in words, whether it holds, and what to look at if not."""

    what: str
    found: float
    asked: str
    holds: bool
    advice: str

    def __str__(self) -> str:
        """Render as ``test accuracy, scaled: at least 95.0 % asked, found 92.0 %, not met``."""
        return (
            f"{self.what}: {self.asked} asked, found {percent(self.found)}{'' if self.holds else ', not met'}"
        )


def trains(case: Case) -> Finding:
    """Judge that the model learns as asked, by the median over seeds, and that scaling helps where asked."""
    settings = case.settings(Trains)
    for name in filter(None, (settings.of, settings.scaling)):
        stop = _not_returned(case, name)
        if stop:
            return stop
    smuggled = _smuggled(case, settings)
    if smuggled:
        return smuggled
    training = case.student.trainings.get(case.check.id)
    if training is None:
        return ungraded("The referee has not trained this model. Judge it again with its training.")
    if isinstance(training, Refusal):
        return refused(training)
    gaps = [arm for arm in arms(settings) if {run.seed for run in _runs(training, arm)} < set(settings.seeds)]
    if gaps:
        return ungraded(f"The referee's training lacks seeds in: {', '.join(gaps)}.")
    return _judged(training, settings)


def arms(settings: Trains) -> tuple[str, ...]:
    """Return the arms that are trained: ``raw``, and ``scaled`` where there is a scaling."""
    return ("raw", "scaled") if settings.scaling else ("raw",)


def _not_returned(case: Case, name: str) -> Finding | None:
    evidence = evidence_of(case, name)
    if isinstance(evidence, Finding):
        return evidence
    pairs = zip(call_texts(case.observations[name]), evidence.outcomes, strict=True)
    return next(
        (broke(call, one.error) for call, one in pairs if one.happening is not Happening.RETURNED), None
    )


def _smuggled(case: Case, settings: Trains) -> Finding | None:
    """Refuse scaled features that are no monotone function of their own column: labels could ride in them."""
    given = (case.inputs or {}).get(settings.scaling or "", ())
    if not settings.scaling or not given:
        return None
    scaled = case.student.evidence[settings.scaling].outcomes[0].value
    if not isinstance(scaled, list | tuple) or len(scaled) != 2:
        return None
    for part, before, after in zip(("training", "test"), given[0], scaled, strict=False):
        column = _mixed(as_array(before), as_array(after))
        if column is not None:
            return failed(
                f"Column {column} of the scaled {part} part is not a rescaling of column {column} that went "
                "in; expected each column to keep its order. Scale every column by itself, and put nothing "
                "else in."
            )
    return None


def _mixed(before: Any, after: Any) -> int | None:
    if before is None or after is None or before.shape != after.shape or not before.size:
        # The referee has said what is wrong with the shapes.
        return None
    rows = len(before)
    return mixed_column(before.reshape(rows, -1), after.reshape(rows, -1))


def _runs(training: Training, arm: str) -> tuple[TrainingRun, ...]:
    return tuple(run for run in training.runs if run.arm == arm)


def _judged(training: Training, settings: Trains) -> Finding:
    limits = list(_limits(training, settings))
    exhibit = _exhibit(training, settings)
    measured = "; ".join([*_plain(training, settings), *map(str, limits)])
    lead = f"Medians over {count(len(settings.seeds), 'seed')}: {measured}."
    broken = [limit.advice for limit in limits if not limit.holds]
    if not broken:
        return passed(lead, exhibit=exhibit)
    return failed(" ".join(filter(None, [lead, _not_a_number(training), *broken])), exhibit=exhibit)


def _plain(training: Training, settings: Trains) -> list[str]:
    return [f"test accuracy, {arm}: {percent(_median(training, arm))}" for arm in arms(settings)]


def _limits(training: Training, settings: Trains) -> Iterator[Limit]:
    arm = arms(settings)[-1]
    raw, judged = _median(training, "raw"), _median(training, arm)
    if settings.accuracy_at_least is not None:
        yield _at_least(f"test accuracy, {arm}", judged, settings.accuracy_at_least, ACCURACY_ADVICE)
    if settings.raw_accuracy_at_most is not None:
        yield _at_most("test accuracy, raw", raw, settings.raw_accuracy_at_most, RAW_ADVICE)
    if settings.gap_at_least is not None:
        yield _at_least("gap between scaled and raw", _gap(training), settings.gap_at_least, GAP_ADVICE)


ACCURACY_ADVICE = (
    "Look at the loss curve: flat means too small a learning rate, unscaled features or a dead activation; "
    "falling while test accuracy stays means too large a model."
)
RAW_ADVICE = (
    "The model does well without scaling, so it shows nothing: take scaling (Normalization, Rescaling, "
    "BatchNormalization) out of the model."
)
GAP_ADVICE = (
    "Compare both curves: does scaling bring every feature to the same range, with no scaling in the model?"
)


def _at_least(what: str, found: float, limit: float, advice: str) -> Limit:
    holds = found >= limit - SLACK
    return Limit(what=what, found=found, asked=f"at least {percent(limit)}", holds=holds, advice=advice)


def _at_most(what: str, found: float, limit: float, advice: str) -> Limit:
    holds = found <= limit + SLACK
    return Limit(what=what, found=found, asked=f"at most {percent(limit)}", holds=holds, advice=advice)


def _median(training: Training, arm: str) -> float:
    return median(_accuracy(run) for run in _runs(training, arm))


def _accuracy(run: TrainingRun) -> float:
    """Return the run's accuracy; one that is no number counts as 0."""
    return 0.0 if isnan(run.accuracy) else run.accuracy


def _gap(training: Training) -> float:
    """Return the median over seeds of scaled minus raw accuracy; 0.0 where there is no scaled arm."""
    raw = {run.seed: _accuracy(run) for run in _runs(training, "raw")}
    return median([_accuracy(run) - raw[run.seed] for run in _runs(training, "scaled")] or [0.0])


def _not_a_number(training: Training) -> str:
    lost = [run for run in training.runs if not all(map(isfinite, run.losses))]
    if not lost:
        return ""
    return (
        f"The loss became NaN or infinite in {len(lost)} of {count(len(training.runs), 'run')}: look for "
        "unscaled inputs, a logarithm of 0, or an output layer without softmax."
    )


def _exhibit(training: Training, settings: Trains) -> dict[str, Any]:
    names = ("accuracy_at_least", "raw_accuracy_at_most", "gap_at_least")
    limits = {name: getattr(settings, name) for name in names if getattr(settings, name) is not None}
    curves = {arm: [_curve(run) for run in _runs(training, arm)] for arm in arms(settings)}
    return {"kind": "curves", "arms": curves, "thresholds": limits}


def _curve(run: TrainingRun) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "accuracies": [jsonable(value) for value in run.accuracies],
        "losses": [jsonable(value) for value in run.losses],
    }
