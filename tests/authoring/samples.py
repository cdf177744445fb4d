"""Hand-made answers: trainings and measures of numbers that a test chooses."""

from collections.abc import Mapping, Sequence

from grader.authoring.measures import REFERENCE, Measure, Sample, Threshold, Trained, measures_of
from grader.checks.wording import percent
from grader.evidence import Training, TrainingRun
from grader.exercise import Trains

CLEAR, POOR = [0.95, 0.97, 0.99] * 20, [0.3, 0.4, 0.5] * 20


def training(*, losses: Sequence[float] = (1.0, 0.5), **arms: Sequence[float]) -> Training:
    """Make the runs of each arm, seeds counted from 1."""
    return Training(
        runs=tuple(
            TrainingRun(
                arm=arm, seed=seed, accuracy=accuracy, losses=tuple(losses), accuracies=(0.3, accuracy)
            )
            for arm, accuracies in arms.items()
            for seed, accuracy in enumerate(accuracies, 1)
        )
    )


def settings(**given: object) -> Trains:
    """Make a check's settings."""
    return Trains.model_validate({"of": "net", "data": "wine", **given})


def measure(
    reference: Sequence[float] = CLEAR,
    key: str = "accuracy_at_least",
    value: float = 0.85,
    **mistakes: Sequence[float],
) -> Measure:
    """Make one limit with lead 3 and at most 21 seeds; mistakes are given by name."""
    return Measure(
        threshold=Threshold(key=key, value=value, lead=3, seeds_at_most=21),
        what="test accuracy",
        reference=Sample(name=REFERENCE, values=tuple(reference)),
        mistakes=tuple(Sample(name=name, values=tuple(values)) for name, values in mistakes.items()),
        show=percent,
    )


def measured(
    asked: Trains,
    reference: Training,
    mistakes: Mapping[str, Training],
    caught: Mapping[str, str] | None = None,
) -> tuple[Measure, ...]:
    """Measure trainings under all limits of *asked*; *caught* names the check that catches a mistake."""
    by = caught or {}
    return measures_of(
        asked,
        reference,
        [
            Trained(name=name, training=one, caught_by=(by[name],) if name in by else ())
            for name, one in mistakes.items()
        ],
    )
