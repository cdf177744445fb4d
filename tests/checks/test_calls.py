"""Observations written as calls."""

from typing import Any

import pytest

from grader.checks.calls import call_texts, case_count
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
