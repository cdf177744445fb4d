"""Observations written as calls."""

from typing import Any

import pytest

from grader.checks.calls import call_texts, case_count, is_whole
from grader.checks.gates import broke
from grader.exercise import Observation


@pytest.mark.parametrize(
    ("given", "calls"),
    [
        ({"value": "answer"}, ["answer"]),
        ({"call": "f"}, ["f()"]),
        ({"call": "f", "with": [[28, 28, 1], 8]}, ["f([28, 28, 1], 8)"]),
        ({"call": "f", "with": {"x": {"tuple": [2, 2]}}}, ["f(x=(2, 2))"]),
        ({"call": "f", "cases": [[1], {"s": 2}]}, ["f(1)", "f(s=2)"]),
        ({"call": "f", "over": {"a": [1, 2], "b": ["x"]}}, ["f(a=1, b='x')", "f(a=2, b='x')"]),
        ({"call": "f", "with": [{"array": [1, 2], "dtype": "float32"}]}, ["f(array([1, 2]))"]),
        ({"call": "f", "with": [{"random": {"shape": [3]}}]}, ["f(random numbers)"]),
        ({"call": "f", "with": [{"dataset": "wine", "part": "train"}]}, ["f(<wine train>)"]),
    ],
)
def test_every_case_is_written_as_python(given: dict[str, Any], calls: list[str]) -> None:
    """One text a case, in the order in which they are asked."""
    observation = Observation.model_validate(given)

    assert calls == list(call_texts(observation))
    assert len(calls) == case_count(observation)


def test_a_large_array_is_named_not_written_out() -> None:
    """With its shape and dtype; a small one stands there in full."""
    large: dict[str, Any] = {"array": [[0] * 26] * 26, "dtype": "float32"}
    small = {"array": [[1] * 12] * 2}
    observation = Observation.model_validate({"call": "pool", "with": [large, 2, small]})
    (call,) = call_texts(observation, "seven")

    assert call.startswith("pool(<seven: array 26x26 float32>, 2, array([[1, 1, ")
    assert call_texts(observation)[0].startswith("pool(<array 26x26 float32>")


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ([1, "x"], True),
        ([{"array": [1, 2]}], True),
        ([{"array": [0] * 25}], False),
        ([{"random": {"shape": [3]}}], False),
        ([{"dataset": "wine"}], False),
        ([list(range(100))], False),
    ],
)
def test_a_call_that_can_be_run_as_it_is_written(given: list[Any], *, whole: bool) -> None:
    """Nothing stands for an argument that is elsewhere."""
    (call,) = call_texts(Observation.model_validate({"call": "f", "with": given}), "one")

    assert is_whole(call) is whole
    assert ("Run this call in your notebook." in broke(call, None).message) is whole
