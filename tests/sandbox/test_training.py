"""The trainer that a referee keeps: bit for bit a fresh one, with true signs, and no way around a limit."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.evidence import ExportedModel, Refusal, Training, TrainingRun
from grader.readers.datasets import read_dataset
from grader.recipe import Recipe
from grader.sandbox.inside.training.kept import Recent
from grader.sandbox.referee import TRACES_PER_FORK, Referee
from grader.sandbox.worker import Worker
from tests.sandbox.fake import FakeFork, FakeSandbox
from tests.sandbox.running import answer

DATASETS = Path(__file__).parents[2] / "datasets"
#: All that has a state of its own: Dropout's masks, BatchNormalization's moving statistics.
STATEFUL = """Sequential([keras.Input((13,)), L.Dense(8, activation="relu"), L.BatchNormalization(),
    L.Dropout(0.5), L.Dense(3, activation="softmax")])"""
HIDDEN = "Sequential([keras.Input((13,)), L.Dense(16, {}), L.Dense(3, activation='softmax')])"
SILENT = "activation='relu', bias_initializer=keras.initializers.Constant(-1e6)"
SHARED = """(lambda i, d: Model(i, L.Dense(3, activation="softmax")(L.Add()([
    d(Sequential([keras.Input((13,)), L.Dense(8, activation="tanh")])(i)), d(L.Dense(8)(i))
    ]))))(keras.Input((13,)), L.Dense(8, activation="relu"))"""


def export(worker: Worker, made: str) -> ExportedModel:
    """Return the model that the expression *made* gives, as it crosses the wall."""
    value = answer(
        worker,
        "import keras\nfrom keras import Model, Sequential\nL = keras.layers\n"
        f"def answer():\n    return {made}\n",
    ).value
    assert isinstance(value, ExportedModel), value
    return value


def settings(architecture: str, **changes: Any) -> dict[str, Any]:
    """Return a training on the wine data, unscaled and scaled; *changes* are of the message or the recipe."""
    wine = read_dataset(DATASETS, "wine")
    (train, train_labels), (test, test_labels) = wine.part("train"), wine.part("test")
    mean, spread = train.mean(axis=0), train.std(axis=0)
    scaled = {"train": (train - mean) / spread, "test": (test - mean) / spread}
    recipe = {name: changes.pop(name) for name in list(changes) if name in Recipe.model_fields}
    return {
        "arms": {"raw": {"train": train, "test": test}, "scaled": scaled},
        "labels": {"train": train_labels, "test": test_labels},
        "seeds": [1, 2],
        "recipe": Recipe(**{"learning_rate": 0.01, "epochs": 4, **recipe}).model_dump(),
        "parameters_at_most": 1000,
        "input_shape": [13],
        "architecture": architecture,
        "signs": False,
        **changes,
    }


def runs(told: Training | Refusal) -> dict[tuple[str, int], TrainingRun]:
    """Return the runs by arm and seed."""
    assert isinstance(told, Training), told
    return {(run.arm, run.seed): run for run in told.runs}


@pytest.fixture(scope="module")
def stateful(worker: Worker) -> ExportedModel:
    """A model whose layers have states."""
    return export(worker, STATEFUL)


@pytest.fixture
def other(worker: Worker) -> Iterator[Referee]:
    """A referee of its own fork, which has trained nothing."""
    one = Referee(worker)
    yield one
    one.close()


class TestKeptTrainer:
    """A trainer that is used again."""

    def test_it_gives_what_a_fresh_one_gives(
        self, worker: Worker, referee: Referee, other: Referee, stateful: ExportedModel
    ) -> None:
        """Bit for bit: after another architecture, other seeds first, the arms in another order."""
        usual = settings("stateful")
        first = runs(referee.training(stateful, usual))
        referee.training(export(worker, HIDDEN.format("'tanh'")), settings("hidden"))
        arms = dict(reversed(usual["arms"].items()))
        again = runs(referee.training(stateful, {**usual, "seeds": [3, 2, 1], "arms": arms}))

        assert {key: again[key] for key in first} == first
        assert again["scaled", 3].losses != again["scaled", 2].losses
        assert runs(other.training(stateful, {**usual, "seeds": [2]})) == {
            key: run for key, run in first.items() if key[1] == 2
        }

    def test_it_gives_what_one_that_is_never_kept_gives(
        self, referee: Referee, stateful: ExportedModel
    ) -> None:
        """An empty architecture is traced anew."""
        assert referee.training(stateful, settings("")) == referee.training(stateful, settings("stateful"))

    def test_another_recipe_is_another_trainer(self, referee: Referee, stateful: ExportedModel) -> None:
        """What was traced for one rate is not used for another."""
        slow = runs(referee.training(stateful, settings("stateful", learning_rate=1e-5)))
        fast = runs(referee.training(stateful, settings("stateful")))

        assert slow["scaled", 1].losses[-1] > fast["scaled", 1].losses[-1]

    def test_looking_for_signs_changes_nothing(self, referee: Referee, stateful: ExportedModel) -> None:
        """The next training is the same, whether or not somebody looked at the units before."""
        before = referee.training(stateful, settings("stateful"))
        referee.training(stateful, settings("stateful", signs=True))

        assert referee.training(stateful, settings("stateful")) == before

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"parameters_at_most": 100}, "parameters"),
            ({"labels": {"train": np.full(133, 3), "test": np.zeros(45, int)}}, "(None, 4)"),
        ],
    )
    def test_it_is_no_way_around_a_limit(
        self, referee: Referee, stateful: ExportedModel, changes: dict[str, Any], reason: str
    ) -> None:
        """The same architecture and recipe in a question that allows less is refused as if it were new."""
        assert isinstance(referee.training(stateful, settings("stateful")), Training)

        refusal = referee.training(stateful, settings("stateful", **changes))

        assert isinstance(refusal, Refusal)
        assert reason in refusal.reason


class TestSigns:
    """What hidden units do."""

    def test_a_sigmoid_is_saturated_by_unscaled_inputs(self, worker: Worker, referee: Referee) -> None:
        """Proline stands in the hundreds: nearly every unit is at one of its ends; scaled, hardly any is."""
        told = referee.training(
            export(worker, HIDDEN.format("activation='sigmoid'")), settings("sigmoid", signs=True)
        )

        assert isinstance(told, Training)
        raw, scaled = told.signs
        assert (raw.arm, raw.activation, scaled.arm) == ("raw", "sigmoid", "scaled")
        assert raw.start > 0.8
        assert raw.end > 0.8
        assert scaled.start < 0.1

    def test_relu_units_die(self, worker: Worker, referee: Referee) -> None:
        """Too large a step leaves them below 0 for every row; those that never answered are seen before."""
        reckless = settings("relu", signs=True, optimizer="sgd", learning_rate=1.0)
        told = referee.training(export(worker, HIDDEN.format("activation='relu'")), reckless)
        silent = referee.training(
            export(worker, HIDDEN.format(SILENT)),
            settings("silent", signs=True),
        )

        assert isinstance(told, Training)
        assert isinstance(silent, Training)
        assert told.signs[0].start < 0.7
        assert told.signs[0].end == 1.0
        assert [sign.start for sign in silent.signs] == [1.0, 1.0]

    def test_shared_and_nested_layers_have_signs(self, worker: Worker, referee: Referee) -> None:
        """A layer that is called twice has two; one inside a nested model is left out, not stumbled over."""
        told = referee.training(export(worker, SHARED), settings("shared", signs=True))

        assert isinstance(told, Training)
        assert [sign.activation for sign in told.signs if sign.arm == "raw"] == ["relu", "relu"]
        assert all(0 <= sign.start <= 1 and 0 <= sign.end <= 1 for sign in told.signs)

    def test_a_model_that_diverges_is_a_result(self, worker: Worker, referee: Referee) -> None:
        """Its losses are no numbers, its accuracy is that of a guess, and its signs are numbers."""
        wild = settings("wild", optimizer="sgd", learning_rate=1e30)
        model = export(worker, HIDDEN.format("activation='relu'"))
        told, signs = referee.training(model, wild), referee.training(model, {**wild, "signs": True})

        assert not math.isfinite(runs(told)["raw", 1].losses[-1])
        assert 0 <= runs(told)["raw", 1].accuracy < 0.7
        assert isinstance(signs, Training)
        assert all(0 <= sign.end <= 1 for sign in signs.signs)


class TestRecent:
    """What a referee keeps."""

    def test_the_one_used_longest_ago_goes(self) -> None:
        """Finding one counts as using it."""
        recent = Recent[int](2)
        recent.keep("a", 1)
        recent.keep("b", 2)
        recent.find("a")
        recent.keep("c", 3)

        assert [recent.find(key) for key in "abc"] == [1, None, 3]

    def test_keeping_one_again_is_using_it(self) -> None:
        """It moves to the front and has its new value."""
        recent = Recent[int](2)
        recent.keep("a", 1)
        recent.keep("b", 2)
        recent.keep("a", 4)
        recent.keep("c", 3)

        assert [recent.find(key) for key in "abc"] == [4, None, 3]


class TestRenewal:
    """A referee's fork is replaced before what was traced in it takes too much memory."""

    @pytest.mark.parametrize(
        ("names", "forks"),
        [
            (["same"] * (2 * TRACES_PER_FORK), 1),
            ([f"number {number}" for number in range(TRACES_PER_FORK + 1)], 2),
            ([""] * (TRACES_PER_FORK + 1), 2),
        ],
        ids=["one architecture", "different ones", "never kept"],
    )
    def test_architectures_count_and_trainings_do_not(self, names: list[str], forks: int) -> None:
        """What is never kept is traced each time."""
        empty = {"value": {"runs": [], "signs": []}}
        sandbox = FakeSandbox(*(FakeFork(replies=[empty] * len(names)) for _ in range(forks)))
        referee = Referee(sandbox)

        for name in names:
            told = referee.training(ExportedModel(config={}), {"architecture": name, "recipe": {}})
            assert told == Training(runs=())

        assert len(sandbox.wanted) == forks
