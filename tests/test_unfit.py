"""What is wrong with a reference, told once for each cause; facts made by hand, nothing run."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.errors import ExerciseError
from grader.evidence import Evidence, Facts, Happening, Outcome, Raised, Refusal
from grader.exercise import Exercise
from grader.readers.exercises import read_exercises
from grader.unfit import error_said, refuse_unfit

QUESTION = """\
exercise: net
title: Net
source: none
prompt: Do it.
starter: |
  def build_model(): raise NotImplementedError
observe:
  model: {call: build_model}
  two: {call: double, with: [2]}
checks:
  - equals: {of: two, expect: 4}
"""
SOLUTION = """\
solution: net
source: |
  def double(x): return 2 * x
layers:
  - Input: {shape: [8, 8, 1]}
  - Flatten: {}
  - Conv2D: {filters: 2, kernel_size: 3}
observe:
  again: {call: build_model}
  three: {call: double, with: [3]}
checks:
  - output_shape: {of: model}
  - budget: {of: model, requires: [Conv2D]}
  - parameters: {of: again}
  - equals: {of: three, needs: ["output_shape[model]"]}
"""
DIMENSIONS = (
    "<class 'keras.src.layers.Conv2D'> could not be deserialized properly. Please ensure that ...\n\n"
    "config={}.\n\nException encountered: \x1b[1mInput 0 of layer 'conv2d_3' is incompatible:\n"
    "expected min_ndim=4\x1b[0m\n\nArguments received by Conv2D.call():\n  • args=()"
)


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    """An exercise whose reference is a list of layers and a function."""
    for folder, text in (("exercises", QUESTION), ("solutions", SOLUTION)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.yaml").write_text(text, encoding="utf-8")
    return read_exercises(tmp_path / "exercises", tmp_path / "solutions")[0]


def returned(value: object) -> Evidence:
    """Make evidence of one case."""
    return Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=value),))


def raised(error: str, message: str) -> Evidence:
    """Make evidence of an exception."""
    outcome = Outcome(happening=Happening.RAISED, error=Raised(type=error, message=message))
    return Evidence(outcomes=(outcome,))


def told(exercise: Exercise, changes: Mapping[str, Evidence], **tables: Refusal) -> list[str]:
    """Return what is said of a reference that gives *changes* besides right answers, from the line on."""
    evidence = {"model": returned(0), "again": returned(0), "two": returned(4), "three": returned(6)}
    with pytest.raises(ExerciseError) as caught:
        refuse_unfit(exercise, Facts(evidence={**evidence, **changes}, tables=tables))
    return [
        f"{Path(flaw.file).parent.name} {flaw}".replace(f"{flaw.file}:", "") for flaw in caught.value.flaws
    ]


def test_layers_that_do_not_fit_are_told_once(exercise: Exercise) -> None:
    """At the layer that Keras names, in its sentence alone, however many checks look at the model."""
    broken = raised("ValueError", DIMENSIONS)
    (found,) = told(exercise, {"model": broken, "again": broken})

    assert found == (
        "solutions 7: layers.2: found a reference whose `build_model` raises ValueError: Input 0 of layer "
        "'conv2d_3' is incompatible: expected min_ndim=4, observed as model, again; "
        "expected layers that fit one another"
    )


def test_a_layer_that_nobody_names(exercise: Exercise) -> None:
    """Then the list is the place."""
    broken = raised("ValueError", "Computed output size would be negative.")

    assert told(exercise, {"model": broken, "again": broken})[0].startswith("solutions 4: layers: found")


def test_causes_of_their_own_are_told_together(exercise: Exercise) -> None:
    """Each function at its own place; what follows from them is not told again."""
    found = told(
        exercise,
        {"two": raised("NameError", "x"), "three": raised("NameError", "x")},
        model=Refusal(happening=Happening.RETURNED, reason="found an int"),
        again=Refusal(happening=Happening.RETURNED, reason="found a list"),
    )

    assert [re.sub(r"(; expected| \().*", "", one) for one in found] == [
        "solutions 2: source: found a reference whose `double` raises NameError: x, observed as two, three",
        "solutions 4: layers: found a reference whose `build_model` is no Keras model",
        "solutions 4: layers: found a reference whose `build_model` is no Keras model",
    ]


def test_a_check_that_is_not_passed_is_told_at_the_answer(exercise: Exercise) -> None:
    """Where the function is written that it judges."""
    broken = raised("ValueError", "no")
    found = told(exercise, {"two": returned(5), "model": broken, "again": broken})

    assert [one.partition(" does not")[0] for one in found[1:]] == [
        "solutions 2: source: found a reference that equals[two]"
    ]


def test_an_error_without_a_message() -> None:
    """Its type is enough."""
    assert error_said(Raised(type="KeyError")) == "KeyError"
