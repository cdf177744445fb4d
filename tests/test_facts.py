"""What is trained for, and what is not worth it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from grader.evidence import (
    Evidence,
    ExportedModel,
    Facts,
    Happening,
    LayerTable,
    Outcome,
    Training,
    TrainingRun,
)
from grader.exercise import Exercise
from grader.facts import derive
from grader.sandbox.referee import Referee
from grader.trainings import Trainings

DATASETS = Path(__file__).parents[1] / "datasets"
TRAINS = {"of": "net", "data": "digits", "accuracy_at_least": 0.5}
OBSERVE = {"net": {"call": "build_model"}, "other": {"call": "f"}, "missing": {"call": "g"}}
Make = Callable[..., Exercise]
SHAPE = {"output_shape": {"of": "net", "expect": [None, 10]}}


class FakeReferee:
    """Finds one output shape, and trains well."""

    def __init__(self, units: int) -> None:
        """Find *units* outputs."""
        self.units, self.trained = units, 0

    def layer_table(self, _model: ExportedModel) -> LayerTable:
        """Answer with a table without rows."""
        size = (None, self.units)
        return LayerTable(rows=(), input_shape=(None, 8, 8, 1), output_shape=size, parameters=0, trainable=0)

    def training(self, _model: ExportedModel, message: Mapping[str, Any]) -> Training:
        """Count, and answer."""
        self.trained += 1
        return Training(
            runs=tuple(TrainingRun(arm="raw", seed=seed, accuracy=1.0) for seed in message["seeds"])
        )


def facts_of(asked: Exercise, referee: FakeReferee) -> Facts:
    """Return the facts of a model, and of a function that raised."""
    evidence = {
        "net": Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=ExportedModel(config={})),)),
        "other": Evidence(outcomes=(Outcome(happening=Happening.RAISED),)),
    }
    return derive(asked, evidence, cast("Referee", referee), Trainings(DATASETS))


@pytest.mark.parametrize(("units", "trained"), [(10, 1), (9, 0)])
def test_a_check_that_will_be_skipped_is_not_trained_for(exercise: Make, units: int, trained: int) -> None:
    """A model of another shape costs no training where its shape is needed."""
    referee = FakeReferee(units)

    facts = facts_of(
        exercise(OBSERVE, [SHAPE, {"trains": {**TRAINS, "needs": ["output_shape[net]"]}}]), referee
    )

    assert (referee.trained, list(facts.trainings)) == (trained, ["trains[net]"] * trained)


def test_what_a_needed_check_needs_counts_too(exercise: Make) -> None:
    """The shape is right, but was to be asked only after a function that raised."""
    referee = FakeReferee(10)
    shape = {"output_shape": {**SHAPE["output_shape"], "needs": ["equals[other]"]}}
    trains = {"trains": {**TRAINS, "needs": ["output_shape[net]"]}}

    facts_of(exercise(OBSERVE, [{"equals": {"of": "other", "expect": 1}}, shape, trains]), referee)
    assert referee.trained == 0


def test_what_needs_a_training_that_is_left_out_is_left_out(exercise: Make) -> None:
    """However long the chain is, and in whatever order it is written."""
    referee = FakeReferee(9)
    first = {"trains": {**TRAINS, "needs": ["output_shape[net]"]}}
    second, third = ({"trains": {**TRAINS, "needs": [f"trains[net]{one}"]}} for one in ("#3", ""))

    asked = exercise(OBSERVE, [SHAPE, second, third, first])

    assert facts_of(asked, referee).trainings.keys() == set()
    assert referee.trained == 0


@pytest.mark.parametrize(
    "checks",
    [
        (SHAPE, {"trains": TRAINS}),
        ({"equals": {"of": "missing", "expect": 1}}, {"trains": {**TRAINS, "needs": ["equals[missing]"]}}),
        ({"equals": {"of": "other"}}, {"trains": {**TRAINS, "needs": ["equals[elsewhere]"]}}),
    ],
)
def test_what_may_still_be_judged_is_trained_for(
    exercise: Make, checks: tuple[Mapping[str, Any], ...]
) -> None:
    """Nothing needed, a needed check that is ours to decide, or one that this run leaves out."""
    referee = FakeReferee(9)

    facts_of(exercise(OBSERVE, checks), referee)
    assert referee.trained == 1
