"""The check ``trains``: limits on what the referee's training measured, decided seed by seed."""

from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.columns import mixed_column
from grader.checks.deciding import Decision
from grader.checks.exhibits import jsonable
from grader.checks.gates import broke, evidence_of, refused, ungraded
from grader.checks.learning import explained
from grader.checks.limits import accuracy, arms_of, limits_of, seeds_wanted
from grader.checks.mismatch import as_array
from grader.checks.wording import count, listing, percent
from grader.evidence import Happening, Refusal, Training, TrainingRun
from grader.exercise import Trains
from grader.verdict import Finding, failed, passed


def trains(case: Case) -> Finding:
    """Judge that the model learns as asked, seed by seed, and that scaling helps where asked."""
    settings = case.settings(Trains)
    for name in _students(settings):
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
    if not training.seeds or seeds_wanted(training, settings):
        return ungraded("The referee's training lacks seeds. Judge it again with all of them.")
    return _judged(training, settings)


def _students(settings: Trains) -> list[str]:
    """Return the observations that the student answers, where the reference does not take its place."""
    named = {"of": settings.of, "scaling": settings.scaling}
    return [name for key, name in named.items() if name and key not in settings.use_reference]


def _not_returned(case: Case, name: str) -> Finding | None:
    evidence = evidence_of(case, name)
    if isinstance(evidence, Finding):
        return evidence
    pairs = zip(call_texts(case.observations[name], name), evidence.outcomes, strict=True)
    return next(
        (broke(call, one.error) for call, one in pairs if one.happening is not Happening.RETURNED), None
    )


CONSTANT_HINT = "A constant column has deviation and range 0: divide by 1 there."


def _smuggled(case: Case, settings: Trains) -> Finding | None:
    """Refuse scaled features that are no monotone function of their own column: labels could ride in them.

    And those that are no numbers, which nothing can be learned from.
    """
    if not settings.scaling or "scaling" in settings.use_reference:
        return None
    given = (case.inputs or {}).get(settings.scaling, ())
    if not given:
        return None
    scaled = case.student.evidence[settings.scaling].outcomes[0].value
    if not isinstance(scaled, list | tuple) or len(scaled) != 2:
        return None
    for part, before, after in zip(("training", "test"), given[0], scaled, strict=False):
        lost = _not_finite(_as_trained_on(as_array(after)))
        if lost:
            return failed(
                f"The scaled {part} part is NaN or infinite in column {listing(lost)}; expected finite "
                "numbers.",
                hint=CONSTANT_HINT,
            )
        column = _mixed(as_array(before), as_array(after))
        if column is not None:
            return failed(
                f"Column {column} of the scaled {part} part is not a rescaling of column {column} that went "
                "in; expected each column to keep its order. Scale every column by itself, and put nothing "
                "else in."
            )
    return None


def _as_trained_on(array: Any) -> Any:
    """Return *array* as the referee gets it: what float32 has no room for becomes infinite."""
    if array is None or array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):
        return array.astype("float32")


def _not_finite(after: Any) -> list[str]:
    if after is None or after.dtype.kind != "f" or after.ndim < 2:
        return []
    flat = after.reshape(len(after), -1)
    return [str(column) for column in np.flatnonzero(~np.isfinite(flat).all(axis=0))]


def _mixed(before: Any, after: Any) -> int | None:
    if before is None or after is None or before.shape != after.shape or not before.size:
        # The referee has said what is wrong with the shapes.
        return None
    rows = len(before)
    return mixed_column(before.reshape(rows, -1), after.reshape(rows, -1))


def _judged(training: Training, settings: Trains) -> Finding:
    limits = limits_of(training, settings)
    exhibit = _exhibit(training, settings)
    measured = "; ".join([*_medians(training, settings), *map(str, limits)])
    lead = f"Medians over {count(len(training.seeds), 'seed')}: {measured}."
    missed = [limit.key for limit in limits if limit.decision is Decision.MISSED]
    if missed:
        # As a hint it reaches the student also where the check is hidden: it tells of the own model only.
        hint = " ".join(explained(training, settings, missed) or map(ADVICE.__getitem__, missed))
        return failed(lead, hint=hint, exhibit=exhibit)
    if any(limit.decision is Decision.OPEN for limit in limits):
        return replace(ungraded(f"{lead} {UNDECIDED}"), exhibit=exhibit)
    return passed(lead, exhibit=exhibit)


ADVICE = {
    "accuracy_at_least": "Look at the loss curve: flat means too small a learning rate, unscaled features "
    "or a dead activation; falling while test accuracy stays means too large a model.",
    "raw_accuracy_at_most": "The model does well without scaling, so it shows nothing: take scaling "
    "(Normalization, Rescaling, BatchNormalization) out of the model.",
    "gap_at_least": "Compare both curves: does scaling bring every feature to the same range, with no "
    "scaling in the model?",
    "behind_reference_at_most": "The same model learns better from other scaling: is every column brought to "
    "the same range, by numbers of the training part, in the test part too?",
    "epochs_at_most": "The loss falls too slowly: are all features of ordinary size (around 1), and is there "
    "an activation whose gradient vanishes?",
    "speedup_at_least": "Scaling hardly shortens the training: is every column scaled by itself?",
}
UNDECIDED = (
    "Too few more seeds meet a limit than miss it, or the other way round, so the numbers do not decide, and "
    "neither may chance: a person looks at the curves."
)


def _medians(training: Training, settings: Trains) -> list[str]:
    if not training.held_out:
        return []
    return [
        f"test accuracy, {arm}: {percent(median(map(accuracy, training.of(arm))))}"
        for arm in arms_of(settings)
    ]


def _exhibit(training: Training, settings: Trains) -> dict[str, Any]:
    limits = {limit.key: getattr(settings, limit.key) for limit in limits_of(training, settings)}
    if settings.target_loss is not None:
        limits["target_loss"] = settings.target_loss
    curves = {arm: [_curve(run, training) for run in training.of(arm)] for arm in arms_of(settings)}
    return {"kind": "curves", "arms": curves, "thresholds": limits}


def _curve(run: TrainingRun, training: Training) -> dict[str, Any]:
    # Reports call them test accuracies, which those of rows that were trained on are not.
    return {
        "seed": run.seed,
        "accuracies": [jsonable(value) for value in run.accuracies] if training.held_out else [],
        "losses": [jsonable(value) for value in run.losses],
    }
