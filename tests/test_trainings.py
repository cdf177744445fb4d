"""Whose fault it is when a training cannot be had, and what is trained once only."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from grader.errors import ExerciseError, WorkerDied
from grader.evidence import (
    Evidence,
    ExportedModel,
    Facts,
    Happening,
    Outcome,
    Refusal,
    Sign,
    Training,
    TrainingRun,
)
from grader.exercise import Check, Exercise, Trains
from grader.readers.datasets import read_dataset
from grader.readers.training_data import check_training_data
from grader.sandbox.referee import Referee
from grader.trainings import Trainings

DATASETS = Path(__file__).parents[1] / "datasets"
TOO_SLOW = Refusal(happening=Happening.TIMED_OUT, reason="not done within 120 s")


def sequential(name: str) -> ExportedModel:
    """Return an empty model called *name*."""
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": name, "layers": []}}
    return ExportedModel(config=config)


MODEL = sequential("one")


class FakeReferee:
    """Answers from a list of accuracies, one a seed, for every arm; refuses or dies where told to."""

    def __init__(
        self, accuracies: list[float], *, refuse_from: int = 99, dies_explaining: bool = False
    ) -> None:
        """Answer with *accuracies*, but for seeds from *refuse_from* on."""
        self.accuracies, self.refuse_from, self.dies_explaining = accuracies, refuse_from, dies_explaining
        self.asked: list[Mapping[str, Any]] = []

    def training(self, _model: ExportedModel, message: Mapping[str, Any]) -> Training | Refusal:
        """Answer one question."""
        self.asked.append(message)
        if message["signs"]:
            if self.dies_explaining:
                raise WorkerDied("the machine ran out of memory")
            arms = message["arms"]
            return Training(
                runs=(),
                signs=tuple(
                    Sign(arm=arm, layer="Dense 1", activation="relu", start=0.0, end=1.0) for arm in arms
                ),
            )
        if max(message["seeds"]) >= self.refuse_from:
            return TOO_SLOW
        return Training(
            runs=tuple(
                TrainingRun(arm=arm, seed=seed, accuracy=self.accuracies[seed - 1])
                for seed in message["seeds"]
                for arm in message["arms"]
            )
        )


def gave(value: Any) -> Evidence:
    """Return evidence of one call that returned *value*."""
    return Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=value),))


def check(**settings: Any) -> Check:
    """Make a training check on the wines, with a scaling."""
    asked = Trains(**{"of": "model", "data": "wine", "scaling": "wine", "accuracy_at_least": 0.5, **settings})
    return Check(id="trains[model]", name="trains", settings=asked, visible=False)


def scaled() -> tuple[Any, Any]:
    """Return the wines, divided by a thousand."""
    wine = read_dataset(DATASETS, "wine")
    return wine.part("train")[0] / 1000, wine.part("test")[0] / 1000


def trained(
    referee: FakeReferee, asked: Check, student: Mapping[str, Any], own: Mapping[str, Any] | None = None
) -> Training | Refusal | None:
    """Have what the *student* gave trained, next to the reference's *own*."""
    reference = Facts(evidence={name: gave(value) for name, value in own.items()}) if own else None
    evidence = {name: gave(value) for name, value in student.items()}
    return Trainings(DATASETS).of(asked, evidence, reference, cast("Referee", referee))


def test_a_clear_answer_takes_few_seeds_and_a_close_one_more() -> None:
    """The first lot, then as many as could decide."""
    clear, close = FakeReferee([0.9] * 21), FakeReferee([0.9, 0.9, 0.1, 0.9, 0.9] + [0.9] * 16)
    student = {"model": MODEL, "wine": scaled()}

    trained(clear, check(), student)
    trained(close, check(), student)

    assert [message["seeds"] for message in clear.asked] == [[1, 2, 3]]
    assert [message["seeds"] for message in close.asked] == [[1, 2, 3], [4, 5]]


def test_what_is_missed_is_explained_by_the_judged_arm() -> None:
    """The other arm is trained no second time."""
    referee = FakeReferee([0.1] * 21)

    told = trained(referee, check(), {"model": MODEL, "wine": scaled()})

    assert isinstance(told, Training)
    assert [list(message["arms"]) for message in referee.asked] == [["raw", "scaled"], ["scaled"]]
    assert [sign.arm for sign in told.signs] == ["scaled"]


def test_what_only_explains_costs_nothing() -> None:
    """Also when the referee dies of it."""
    told = trained(FakeReferee([0.1] * 21, dies_explaining=True), check(), {"model": MODEL, "wine": scaled()})

    assert isinstance(told, Training)
    assert (len(told.runs), told.signs) == (6, ())


@pytest.mark.parametrize(
    ("own", "use_reference"),
    [
        ({"model": None, "wine": scaled()}, ["of"]),
        ({"model": MODEL, "wine": scaled()[0]}, ["scaling"]),
        (None, ["of"]),
        (None, ["scaling"]),
    ],
)
def test_what_the_reference_did_not_give_is_no_students_fault(
    own: Mapping[str, Any] | None, use_reference: list[str]
) -> None:
    """Ungraded, where the same of the student's own would be a zero."""
    student = {"model": MODEL, "wine": scaled()}

    told = trained(FakeReferee([0.9] * 21), check(use_reference=use_reference), student, own)

    assert isinstance(told, Refusal)
    assert (told.happening, told.ours) == (Happening.LOST, True)


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ({"model": None, "wine": scaled()}, "where a Keras model was expected"),
        ({"model": MODEL, "wine": scaled()[0]}, "where the scaler should return two arrays"),
    ],
)
def test_what_the_student_did_not_give_is_told(student: Mapping[str, Any], said: str) -> None:
    """With what was found."""
    told = trained(FakeReferee([0.9] * 21), check(), student)

    assert isinstance(told, Refusal)
    assert not told.ours
    assert said in told.reason


@pytest.mark.parametrize(
    ("use_reference", "refuse_from", "ours"),
    [([], 1, False), (["of"], 1, True), ([], 4, True)],
)
def test_a_training_that_is_too_slow(use_reference: list[str], refuse_from: int, ours: bool) -> None:  # noqa: FBT001
    """Of the student's model, unless seeds before it were in time: then the machine was busy."""
    both = {"model": MODEL, "wine": scaled()}
    referee = FakeReferee([0.9, 0.9, 0.1] + [0.9] * 18, refuse_from=refuse_from)

    told = trained(referee, check(use_reference=use_reference), both, both)

    assert isinstance(told, Refusal)
    assert told.ours is ours


def test_what_took_too_long_is_not_tried_again() -> None:
    """Equal answers get the same mark, and a class that copied one waits for it once."""
    referee, trainings = FakeReferee([0.9] * 21, refuse_from=1), Trainings(DATASETS)
    evidence = {"model": gave(MODEL), "wine": gave(scaled())}

    told = [trainings.of(check(), evidence, None, cast("Referee", referee)) for _ in range(3)]

    assert told == [TOO_SLOW] * 3
    assert len(referee.asked) == 1


def test_seeds_that_a_busy_machine_stopped_are_tried_again() -> None:
    """Other seeds of the model were in time: that refusal is ours, and is not remembered."""
    referee, trainings = FakeReferee([0.9, 0.9, 0.1] + [0.9] * 18, refuse_from=4), Trainings(DATASETS)
    evidence = {"model": gave(MODEL), "wine": gave(scaled())}
    first = trainings.of(check(), evidence, None, cast("Referee", referee))
    referee.refuse_from = 99
    second = trainings.of(check(), evidence, None, cast("Referee", referee))

    assert isinstance(first, Refusal)
    assert first.ours
    assert isinstance(second, Training)


def test_a_fault_of_ours_is_tried_again() -> None:
    """The machine may be less busy."""
    referee, trainings = FakeReferee([0.9] * 21), Trainings(DATASETS)
    referee.training = lambda _model, message: (  # type: ignore[method-assign]
        referee.asked.append(message) or replace(TOO_SLOW, ours=True)
    )
    evidence = {"model": gave(MODEL), "wine": gave(scaled())}

    for _ in range(2):
        trainings.of(check(), evidence, None, cast("Referee", referee))

    assert len(referee.asked) == 2


def test_equal_answers_are_trained_once() -> None:
    """Whatever their layers are called; other numbers are another answer."""
    referee, trainings = FakeReferee([0.9] * 21), Trainings(DATASETS)
    renamed = sequential("other")
    train, test = scaled()

    for model, wine in ((MODEL, (train, test)), (renamed, (train, test)), (MODEL, (train * 2, test))):
        evidence = {"model": gave(model), "wine": gave(wine)}
        trainings.of(check(), evidence, None, cast("Referee", referee))

    assert len(referee.asked) == 2


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"class_weight": [1.0, 2.0]}, "found 2 class weights; expected one for each of 3 classes"),
        ({"validation_split": 0.999}, "found a validation_split of 0.999 of 133 rows"),
        ({"validation_split": 0.99999}, "expected rows on both sides of it"),
    ],
)
def test_a_recipe_that_does_not_fit_the_data_is_the_authors(recipe: dict[str, Any], said: str) -> None:
    """It is told before anything is graded."""
    asked = check(recipe=recipe)
    exercise = cast("Exercise", type("Some", (), {"id": "some", "checks": (asked,)})())

    with pytest.raises(ExerciseError) as told:
        check_training_data(exercise, DATASETS)

    assert said in str(told.value)


def test_data_without_a_split_are_trained_as_a_whole() -> None:
    """What is measured on rows that were trained on does not call itself a test accuracy."""
    referee = FakeReferee([0.9] * 21)
    train, test = read_dataset(DATASETS, "fruit").for_training()
    asked = Trains(of="model", data="fruit", target_loss=0.5, epochs_at_most=5)
    told = trained(referee, check().model_copy(update={"settings": asked}), {"model": MODEL})

    assert isinstance(told, Training)
    assert not told.held_out
    assert train[0].tolist() == test[0].tolist() == [[15, 1], [18, 3], [12, 2], [10, 5]]
    assert referee.asked[0]["arms"]["raw"]["train"].shape == referee.asked[0]["arms"]["raw"]["test"].shape
    assert referee.asked[0]["labels"]["train"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "limit",
    [
        {"accuracy_at_least": 0.5},
        {"accuracy_at_least": None, "raw_accuracy_at_most": 0.5},
        {"accuracy_at_least": None, "gap_at_least": 0.5},
        {"accuracy_at_least": None, "behind_reference_at_most": 0.5},
    ],
)
def test_an_accuracy_on_data_without_a_split_is_refused(limit: dict[str, Any]) -> None:
    """There are no rows that were not trained on."""
    exercise = cast("Exercise", type("Some", (), {"id": "some", "checks": (check(data="fruit", **limit),)})())

    with pytest.raises(ExerciseError, match="on data that are not split; expected data with a test part"):
        check_training_data(exercise, DATASETS)


def test_a_loss_on_data_without_a_split_is_fine() -> None:
    """It is measured on what was trained on, wherever that comes from."""
    asked = check(data="fruit", accuracy_at_least=None, target_loss=0.5, speedup_at_least=2)
    exercise = cast("Exercise", type("Some", (), {"id": "some", "checks": (asked,)})())

    check_training_data(exercise, DATASETS)

    assert not read_dataset(DATASETS, "fruit").is_split


def test_data_as_they_should_be() -> None:
    """Nothing is said of what fits."""
    asked = check(recipe={"class_weight": [1.0, 2.0, 3.0], "validation_split": 0.2})
    exercise = cast("Exercise", type("Some", (), {"id": "some", "checks": (asked,)})())

    check_training_data(exercise, DATASETS)

    assert np.isfinite(scaled()[0]).all()
