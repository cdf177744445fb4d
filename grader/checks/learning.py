"""What happened in a training, in a sentence: diverged, saturated, dead, slow, learned by heart."""

from collections.abc import Callable, Iterator
from math import isfinite
from statistics import median

from grader.checks.limits import RAW, judged_arm
from grader.checks.wording import count, percent
from grader.evidence import Sign, Training, TrainingRun
from grader.exercise import Trains

Runs = tuple[TrainingRun, ...]
#: Of the answers of a layer before the first step.
MANY_SATURATED = 0.5
#: Of the units of a layer after training.
MANY_DEAD = 0.9
#: Of the first epoch's loss: less is no learning.
HARDLY = 0.05
#: Of its value, over the last fifth of the epochs: a loss that still falls so has not arrived.
STILL_FALLING, LATE = 0.1, 5
#: Between training and test accuracy.
BY_HEART = 0.15


def explained(training: Training, settings: Trains) -> list[str]:
    """Return what the runs and the signs tell of a training that missed a limit, the gravest first."""
    arm = judged_arm(settings)
    runs = training.of(arm)
    grave = [*_diverged(runs, arm), *_saturated(training, arm), *_dead(training, arm)]
    return grave or [said for tell in PACE for said in tell(runs, arm)][:1]


def _diverged(runs: Runs, arm: str) -> Iterator[str]:
    lost = [run for run in runs if not all(map(isfinite, run.losses))]
    if lost:
        yield (
            f"The loss became NaN or infinite in {len(lost)} of {count(len(runs), 'run')}, {arm}, first in "
            f"epoch {min(map(_first_lost, lost))}: look for unscaled inputs, a logarithm of 0, or an output "
            "layer without softmax."
        )


def _first_lost(run: TrainingRun) -> int:
    return next(epoch for epoch, loss in enumerate(run.losses, 1) if not isfinite(loss))


def _saturated(training: Training, arm: str) -> Iterator[str]:
    cause = "The features are too large for it." if arm == RAW else "Bring every column to about -1 to 1."
    for sign in _signs(training, arm):
        if sign.activation != "relu" and sign.start >= MANY_SATURATED:
            yield (
                f"Before the first step {percent(sign.start)} of the answers of {sign.layer} "
                f"({sign.activation}) are saturated, where the gradient is nearly 0. {cause}"
            )


def _dead(training: Training, arm: str) -> Iterator[str]:
    for sign in _signs(training, arm):
        if sign.activation == "relu" and sign.end >= MANY_DEAD:
            yield (
                f"After training {percent(sign.end)} of the units of {sign.layer} (relu) give 0 for every "
                "row, so nothing is learned through them: one step was too large, as large features make it."
            )


def _signs(training: Training, arm: str) -> list[Sign]:
    return [sign for sign in training.signs if sign.arm == arm]


def _learned_nothing(runs: Runs, arm: str) -> Iterator[str]:
    falls = [1 - run.losses[-1] / run.losses[0] for run in runs if run.losses and run.losses[0]]
    if falls and median(falls) < HARDLY:
        yield f"The training loss, {arm}, hardly fell from the first epoch to the last: nothing was learned."


def _by_heart(runs: Runs, arm: str) -> Iterator[str]:
    known, new = median(run.train_accuracy for run in runs), median(run.accuracy for run in runs)
    if known - new >= BY_HEART:
        yield (
            f"It knows the training rows ({percent(known)}) better than new ones ({percent(new)}), {arm}: it "
            "learned them by heart, or the test part was scaled otherwise."
        )


def _still_falling(runs: Runs, arm: str) -> Iterator[str]:
    late = [_late_fall(run.losses) for run in runs if len(run.losses) >= LATE]
    if late and median(late) >= STILL_FALLING:
        yield (
            f"The training loss, {arm}, was still falling in the last epoch: the model learns too slowly for "
            f"the {count(len(runs[0].losses), 'epoch')} that it has."
        )


def _late_fall(losses: tuple[float, ...]) -> float:
    before = losses[-1 - len(losses) // LATE]
    return 1 - losses[-1] / before if before else 0.0


PACE: tuple[Callable[[Runs, str], Iterator[str]], ...] = (_learned_nothing, _by_heart, _still_falling)
