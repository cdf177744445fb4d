"""What is said of a training that missed a limit."""

from typing import Any

import pytest

from grader.checks.learning import explained
from grader.evidence import Sign, Training, TrainingRun
from grader.exercise import Recipe, Trains

NAN = float("nan")
SIX = Recipe(epochs=6)
SCALED = Trains(of="net", data="wine", scaling="scale", accuracy_at_least=0.9, recipe=SIX)
RAW = Trains(of="net", data="wine", accuracy_at_least=0.9, recipe=SIX)
MISSED = ["accuracy_at_least"]


def run(losses: list[float], **more: Any) -> TrainingRun:
    """Make a run of the scaled arm."""
    return TrainingRun(**{"arm": "scaled", "seed": 1, "accuracy": 0.5, "losses": tuple(losses), **more})


def sign(activation: str, start: float, end: float, arm: str = "scaled") -> Sign:
    """Make the sign of one layer."""
    return Sign(arm=arm, layer="Dense 1", activation=activation, start=start, end=end)


LEARNED = [1.0, 0.5, 0.3, 0.3, 0.3, 0.3]


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (Training(runs=(run([1.0, NAN]),)), "NaN or infinite in 1 of 1 run, scaled, first in epoch 2"),
        (Training(runs=(run([1.0, float("inf")]),)), "NaN or infinite"),
        (
            Training(runs=(run(LEARNED),), signs=(sign("sigmoid", 0.8, 0.2),)),
            "80.0 % of the answers",
        ),
        (Training(runs=(run(LEARNED),), signs=(sign("tanh", 0.5, 0.2),)), "(tanh) are saturated"),
        (Training(runs=(run(LEARNED),), signs=(sign("relu", 0.1, 0.95),)), "give 0 for every row"),
        (Training(runs=(run([1.1] * 6),)), "hardly fell"),
        (Training(runs=(run([1.0, 0.9, 0.8, 0.7, 0.6, 0.5]),)), "still falling in the last epoch"),
        (Training(runs=(run(LEARNED, accuracy=0.6, train_accuracy=0.99),)), "by heart"),
    ],
)
def test_each_kind_is_told(training: Training, said: str) -> None:
    """In one sentence, with its figures."""
    (sentence,) = explained(training, SCALED, MISSED)

    assert said in sentence


@pytest.mark.parametrize(
    "training",
    [
        Training(runs=(run(LEARNED),)),
        Training(runs=(run(LEARNED),), signs=(sign("sigmoid", 0.49, 1.0), sign("relu", 0.9, 0.5))),
        Training(runs=(run(LEARNED),), signs=(sign("sigmoid", 1.0, 1.0, arm="raw"),)),
        Training(runs=(run([0.0, 0.0]),)),
        Training(runs=(run([]),)),
    ],
)
def test_nothing_is_made_up(training: Training) -> None:
    """What the evidence does not show is not said; the raw arm is meant to fail."""
    assert explained(training, SCALED, MISSED) == []


def test_the_gravest_comes_alone() -> None:
    """A loss that is NaN makes how fast it fell beside the point; what caused it stays."""
    training = Training(runs=(run([1.0, NAN]),), signs=(sign("sigmoid", 0.9, 0.9),))

    diverged, saturated = explained(training, SCALED, MISSED)

    assert "NaN" in diverged
    assert "saturated" in saturated


def test_without_a_scaling_the_raw_arm_is_judged() -> None:
    """It is the only one, and then the features are the exercise's."""
    raw = run([1.1] * 6, arm="raw")

    (sentence,) = explained(Training(runs=(raw,)), RAW, MISSED)

    assert "The training loss, raw, hardly fell" in sentence


SATURATED = Training(runs=(run(LEARNED),), signs=(sign("sigmoid", 0.8, 0.2),))


@pytest.mark.parametrize("missed", [["raw_accuracy_at_most"], ["gap_at_least"], ["speedup_at_least"], []])
def test_a_limit_on_something_else_is_not_explained_so(missed: list[str]) -> None:
    """The judged arm may have learned as it should, and be slow to the very end all the same."""
    slow = Training(runs=(run([1.0, 0.9, 0.8, 0.7, 0.6, 0.5]),))

    assert explained(slow, SCALED, missed) == explained(SATURATED, SCALED, missed) == []


@pytest.mark.parametrize(
    ("use_reference", "said"),
    [
        ([], ("of Dense 1 (sigmoid)", "Bring every column")),
        (["scaling"], ("of Dense 1 (sigmoid)", "Its weights are too large")),
        (["of"], ("of a hidden layer (sigmoid)", "Bring every column")),
    ],
)
def test_advice_is_about_what_the_submission_gave(use_reference: list[Any], said: tuple[str, str]) -> None:
    """Scaling by the reference is not the student's to mend, its model not the student's to know."""
    settings = Trains(
        of="net", data="wine", scaling="scale", accuracy_at_least=0.9, use_reference=use_reference
    )

    (sentence,) = explained(SATURATED, settings, MISSED)

    assert all(words in sentence for words in said)


def test_a_run_that_was_stopped_early_was_not_too_short() -> None:
    """It had more epochs than it took."""
    stopped = Training(runs=(run([1.0, 0.9, 0.8, 0.7, 0.6]),))

    assert explained(stopped, SCALED, MISSED) == []
