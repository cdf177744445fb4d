"""What happened in a training, in a sentence: diverged, saturated, dead, slow, learned by heart."""

from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from statistics import median

from grader.checks.limits import judged_arm
from grader.checks.wording import count, percent
from grader.evidence import Sign, Training, TrainingRun
from grader.exercise import Trains

Runs = tuple[TrainingRun, ...]
#: Limits that a model misses which did not learn as it should.
LEARNING = frozenset({"accuracy_at_least", "epochs_at_most", "behind_reference_at_most"})
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


def explained(training: Training, settings: Trains, missed: Iterable[str]) -> list[str]:
    """Return what the runs and the signs tell of a training that *missed* these limits, the gravest first.

    Nothing when the judged arm may have learned as it should, and another limit was missed.
    """
    if LEARNING.isdisjoint(missed):
        return []
    arm = judged_arm(settings)
    runs = training.of(arm)
    grave = [*_diverged(runs, settings), *_saturated(training, settings), *_dead(training, settings)]
    return grave or [said for tell in PACE for said in tell(runs, settings)][:1]


def _whose(sign: Sign, settings: Trains) -> str:
    """Return the layer in words; of the reference's model nothing is told."""
    return "a hidden layer" if "of" in settings.use_reference else sign.layer


def _scales_itself(settings: Trains) -> bool:
    """Whether the submission scaled what the judged arm was trained on."""
    return settings.scaling is not None and "scaling" not in settings.use_reference


def _diverged(runs: Runs, settings: Trains) -> Iterator[str]:
    arm, cause = judged_arm(settings), "unscaled inputs, " if _scales_itself(settings) else ""
    lost = [run for run in runs if not all(map(isfinite, run.losses))]
    if lost:
        yield (
            f"The loss became NaN or infinite in {len(lost)} of {count(len(runs), 'run')}, {arm}, first in "
            f"epoch {min(map(_first_lost, lost))}: look for {cause}a logarithm of 0, or an output layer "
            "without softmax."
        )


def _first_lost(run: TrainingRun) -> int:
    return next(epoch for epoch, loss in enumerate(run.losses, 1) if not isfinite(loss))


def _saturated(training: Training, settings: Trains) -> Iterator[str]:
    own = "Bring every column to about -1 to 1." if _scales_itself(settings) else "Its weights are too large."
    cause = "The features are too large for it." if settings.scaling is None else own
    for sign in _signs(training, judged_arm(settings)):
        if sign.activation != "relu" and sign.start >= MANY_SATURATED:
            yield (
                f"Before the first step {percent(sign.start)} of the answers of {_whose(sign, settings)} "
                f"({sign.activation}) are saturated, where the gradient is nearly 0. {cause}"
            )


def _dead(training: Training, settings: Trains) -> Iterator[str]:
    for sign in _signs(training, judged_arm(settings)):
        if sign.activation == "relu" and sign.end >= MANY_DEAD:
            yield (
                f"After training {percent(sign.end)} of the units of {_whose(sign, settings)} (relu) give 0 "
                "for every row, so nothing is learned through them: one step was too large, as large "
                "features make it."
            )


def _signs(training: Training, arm: str) -> list[Sign]:
    return [sign for sign in training.signs if sign.arm == arm]


def _learned_nothing(runs: Runs, settings: Trains) -> Iterator[str]:
    arm = judged_arm(settings)
    falls = [1 - run.losses[-1] / run.losses[0] for run in runs if run.losses and run.losses[0]]
    if falls and median(falls) < HARDLY:
        yield f"The training loss, {arm}, hardly fell from the first epoch to the last: nothing was learned."


def _by_heart(runs: Runs, settings: Trains) -> Iterator[str]:
    arm = judged_arm(settings)
    known, new = median(run.train_accuracy for run in runs), median(run.accuracy for run in runs)
    if known - new >= BY_HEART:
        yield (
            f"It knows the training rows ({percent(known)}) better than new ones ({percent(new)}), {arm}: it "
            "learned them by heart, or the test part was scaled otherwise."
        )


def _still_falling(runs: Runs, settings: Trains) -> Iterator[str]:
    arm, epochs = judged_arm(settings), settings.recipe.epochs
    # One that was stopped early had more epochs than it took.
    late = [_late_fall(run.losses) for run in runs if len(run.losses) == epochs >= LATE]
    if late and median(late) >= STILL_FALLING:
        yield (
            f"The training loss, {arm}, was still falling in the last epoch: the model learns too slowly for "
            f"the {count(epochs, 'epoch')} that it has."
        )


def _late_fall(losses: tuple[float, ...]) -> float:
    before = losses[-1 - len(losses) // LATE]
    return 1 - losses[-1] / before if before else 0.0


PACE: tuple[Callable[[Runs, Trains], Iterator[str]], ...] = (_learned_nothing, _by_heart, _still_falling)
