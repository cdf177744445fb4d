"""Exercises written in a test."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from grader.exercise import CheckEntry, Exercise, Question, number_checks


@pytest.fixture
def exercise() -> Callable[..., Exercise]:
    """Make an exercise of observations and checks, both as they stand in YAML."""

    def make(observe: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> Exercise:
        entries = [CheckEntry.model_validate(check) for check in checks]
        given = {"exercise": "net", "title": "Net", "source": "none", "prompt": "Do it.", "starter": ""}
        question = Question.model_validate({**given, "observe": observe, "checks": checks})
        return Exercise(question=question, checks=tuple(number_checks(entries, visible=True)))

    return make
