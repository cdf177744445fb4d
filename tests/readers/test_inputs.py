"""Inputs: what YAML cannot write, every combination, and what cannot be made."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import ExerciseError
from grader.exercise import Exercise, Observation, Question
from grader.probe import Arguments, Probe
from grader.readers.datasets import read_dataset
from grader.readers.inputs import MAX_CASES, probes_of, value_of

DATASETS = Path(__file__).parents[2] / "datasets"


def probe(**observation: Any) -> Probe:
    """Return the probe of one observation, ``f`` called unless said otherwise."""
    given = observation if "value" in observation else {"call": "f", **observation}
    question = Question(
        exercise="pool",
        title="Pooling",
        source="43",
        prompt="Write f.",
        starter="",
        observe={"seen": Observation.model_validate(given)},
    )
    (made,) = probes_of(Exercise(question=question), DATASETS, seconds=7.0)
    return made


def argument(written: Any) -> Any:
    """Return what *written* stands for, as the only argument of the only case."""
    (case,) = probe(**{"with": [written]}).cases
    return case.positional[0]


@pytest.mark.parametrize(
    ("observation", "found"),
    [
        ({"with": [{"tuple": [1], "dtype": "int8"}]}, "unknown key 'dtype'; allowed: tuple"),
        ({"with": [{"array": [1], "type": "int8"}]}, "unknown key 'type'; allowed: array, dtype"),
        ({"with": [{"random": {"shape": [1], "sede": 1}}]}, "unknown key 'sede'; allowed: shape, seed"),
        ({"with": [{"random": {"shape": [1], "seed": 1}, "dtype": "int8"}]}, "unknown key 'dtype'"),
        ({"with": [{"dataset": "wine", "column": "label"}]}, "unknown key 'column'; allowed: dataset, part"),
        ({"with": [{"random": {"shape": [1]}}]}, "'seed'"),
        ({"with": [{"random": 3}]}, "not iterable"),
        ({"with": [{"random": {"shape": [-1], "seed": 1}}]}, "negative dimensions"),
        ({"with": [{"random": {"shape": [1], "seed": 1, "dtype": "float99"}}]}, "float99"),
        ({"with": [{"tuple": 3}]}, "not iterable"),
        ({"with": [{"array": [[1], [1, 2]]}]}, "inhomogeneous"),
        ({"with": [{"array": ["a"], "dtype": "float64"}]}, "could not convert"),
        ({"with": [{"dataset": "wine", "part": "training"}]}, "'training'"),
        ({"with": [{"dataset": "wine", "columns": "labels"}]}, "no columns 'labels' in wine"),
        ({"with": [{"dataset": "fruit", "part": "test"}]}, "not split"),
        ({"with": [{"dataset": "wine", "rows": [1, 2, 3]}]}, "too many values"),
        ({"with": {"tuple": [1, 2]}}, "arguments are a list, or a mapping of names"),
        ({"cases": [[1], {"dataset": "wine"}]}, "arguments are a list, or a mapping of names"),
        ({"over": {"x": [1, 2], "y": []}}, "over with an empty list"),
        ({"over": {"x": list(range(50)), "y": list(range(50))}}, f"{MAX_CASES + 1} cases"),
        ({"cases": [[1]] * (MAX_CASES + 1)}, f"{MAX_CASES + 1} cases"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_inputs_that_cannot_be_made_are_an_authors_mistake(observation: dict[str, Any], found: str) -> None:
    """It is told where, before any submission is run."""
    with pytest.raises(ExerciseError) as caught:
        probe(**observation)

    (flaw,) = caught.value.flaws
    assert (flaw.file, flaw.where) == ("pool.yaml", "observe.seen")
    assert found in flaw.found


def test_a_grid_too_large_to_count_is_refused_at_once() -> None:
    """Ten names with ten values each are not made first."""
    with pytest.raises(ExerciseError, match="at most 2000"):
        probe(over={f"x{number}": list(range(10)) for number in range(10)})


def test_an_unknown_dataset_is_told_with_its_path() -> None:
    """The file that was looked for."""
    with pytest.raises(ExerciseError, match=r"datasets/snow/dataset\.yaml"):
        probe(**{"with": [{"dataset": "snow"}]})


@pytest.mark.parametrize("plain", [None, True, 3, 2.5, "tuple", [1, [2]], {"a": 1}, {"tuples": [1]}])
def test_what_yaml_can_write_stays_as_it_is(plain: Any) -> None:
    """Only a mapping with a tag stands for something else."""
    assert plain == argument(plain)


def test_a_tuple_holds_whatever_it_is_given() -> None:
    """Other tags, too."""
    found = argument({"tuple": [1, {"tuple": [2, 3]}, [4], {"array": [5]}]})

    assert found[:3] == (1, (2, 3), [4])
    assert found[3].tolist() == [5]


def test_a_tag_is_seen_inside_lists_and_mappings() -> None:
    """At any depth."""
    assert argument({"sizes": [{"tuple": [3, 3]}, {"a": {"tuple": [1]}}]}) == {"sizes": [(3, 3), {"a": (1,)}]}


def test_an_array_has_the_dtype_it_is_given() -> None:
    """Or the one that NumPy chooses."""
    whole, chosen, empty = (
        argument(written)
        for written in (
            {"array": [[1, 2]]},
            {"array": [1, 2], "dtype": "float32"},
            {"array": [], "dtype": "int8"},
        )
    )

    assert (whole.dtype, whole.shape) == ("int64", (1, 2))
    assert (chosen.dtype, chosen.tolist()) == ("float32", [1.0, 2.0])
    assert (empty.dtype, empty.shape) == ("int8", (0,))


def test_random_numbers_are_the_same_every_time() -> None:
    """They come from the seed, between low and high."""
    written = {"random": {"shape": [100, 2], "seed": 3, "low": -1, "high": 2, "dtype": "float32"}}

    first, again = argument(written), argument(written)
    other = argument({"random": {**written["random"], "seed": 4}})

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert (first.dtype, first.shape) == ("float32", (100, 2))
    assert -1 <= first.min() < 0
    assert 1 < first.max() < 2


def test_random_integers_leave_the_upper_end_out() -> None:
    """As NumPy does; by default numbers are floats from 0 to 1."""
    found = argument({"random": {"shape": [200], "seed": 1, "low": -2, "high": 2, "dtype": "int64"}})

    assert {-2, -1, 0, 1} == set(found.tolist())
    assert argument({"random": {"shape": [1], "seed": 1}}).dtype == "float64"


def test_a_dataset_is_the_data_itself() -> None:
    """Features unless labels are asked for."""
    features = argument({"dataset": "wine", "part": "train", "columns": "features", "rows": [0, 5]})
    labels = argument({"dataset": "wine", "part": "test", "columns": "label"})

    dataset = read_dataset(DATASETS, "wine")
    assert np.array_equal(dataset.part("train")[0][:5], features)
    assert np.array_equal(dataset.part("test")[1], labels)


def test_arguments_are_by_position_or_by_name() -> None:
    """A list or a mapping."""
    found = probe(cases=[[1, {"tuple": [2]}], {"x": {"tuple": [3]}}, []])

    assert (
        Arguments(positional=(1, (2,))),
        Arguments(named={"x": (3,)}),
        Arguments(),
    ) == found.cases


def test_over_makes_every_combination_in_order() -> None:
    """The last name runs fastest."""
    found = probe(over={"x": [1, {"tuple": [2]}], "y": ["a", "b"]})

    assert [case.named for case in found.cases] == [
        {"x": 1, "y": "a"},
        {"x": 1, "y": "b"},
        {"x": (2,), "y": "a"},
        {"x": (2,), "y": "b"},
    ]


def test_a_grid_as_large_as_is_allowed_is_made() -> None:
    """The limit itself is within it."""
    assert len(probe(over={"x": list(range(MAX_CASES // 2)), "y": [0, 1]}).cases) == MAX_CASES


def test_a_probe_carries_what_its_observation_says() -> None:
    """Its own time, or the usual one; whether the student may see what it printed."""
    looked, timed = probe(value="ANSWER"), probe(seconds=2)

    assert (False, "ANSWER", (Arguments(),), 7.0, True) == (
        looked.is_call,
        looked.name,
        looked.cases,
        looked.seconds,
        looked.public,
    )
    assert (timed.is_call, timed.name, timed.seconds) == (True, "f", 2.0)


def test_a_value_that_looks_like_a_tag_only_further_in_is_found() -> None:
    """``value_of`` is used for expected values by hand as well."""
    assert value_of([{"tuple": [1, 2]}], DATASETS) == [(1, 2)]
