"""What an author is told: file, line, found, expected, what to change."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.authoring.advice import flaw_of, often, open_flaw
from grader.authoring.margins import slipping, thin_margins
from grader.authoring.measures import Measure
from grader.authoring.places import Places, places_of
from grader.exercise import Exercise
from grader.readers.exercises import read_exercises
from tests.authoring.samples import CLEAR, POOR, measure

QUESTION = """\
exercise: net
title: A net
source: none
prompt: Make one.
starter: ...
observe:
  net: {call: build_model}
checks:
  - equals: {of: net, expect: 1}
"""
SOLUTION = """\
solution: net
source: ...
checks:
  - trains:
      of: net
      data: wine
      accuracy_at_least: 0.85
"""


@pytest.fixture
def written(tmp_path: Path) -> tuple[Exercise, Places]:
    """An exercise in files, and its lines."""
    for folder, text in (("exercises", QUESTION), ("solutions", SOLUTION)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.yaml").write_text(text)
    (exercise,) = read_exercises(tmp_path / "exercises", tmp_path / "solutions")
    return exercise, places_of(exercise, tmp_path / "exercises", tmp_path / "solutions")


def told(thin: Measure, written: tuple[Exercise, Places]) -> str:
    """Return what is said of the one thing that is wrong."""
    exercise, places = written
    (found,) = thin_margins([thin], slipping([[thin]]))
    return str(flaw_of(found, exercise, exercise.checks[1], places))


def test_a_lax_threshold(written: tuple[Exercise, Places]) -> None:
    """The line of the limit, the mistake, and the nearest seeds on both sides of the proposal."""
    said = told(measure(value=0.35, poor=POOR), written)

    assert (
        "solutions/net.yaml:7: checks.0.trains.accuracy_at_least: found 'poor' that no check catches" in said
    )
    assert "40 of 60 seeds meet it" in said
    assert "raise accuracy_at_least to 0.72 (the reference reached at least 95.0 % in 60 seeds" in said
    assert "'poor' at most 50.0 %)" in said


def test_an_unfair_threshold(written: tuple[Exercise, Places]) -> None:
    """How often it would fail a right answer, and the value to lower it to."""
    said = told(measure(value=0.96, poor=POOR), written)

    assert "may fail an answer as good as the reference in" in said
    assert "40 of 60 seeds meet it" in said
    assert "expected at most 0.1 %: lower accuracy_at_least to 0.72" in said


def test_a_highest_value_is_told_the_other_way_round(written: tuple[Exercise, Places]) -> None:
    """The reference stays below, the mistake above."""
    said = told(measure([0.4] * 50, "raw_accuracy_at_most", 0.3, poor=[0.8] * 50), written)

    assert "raise raw_accuracy_at_most to 0.6 (the reference stayed at or below 40.0 % in 50 seeds" in said
    assert "'poor' at or above 80.0 %)" in said


def test_a_larger_lead_is_an_alternative(written: tuple[Exercise, Places]) -> None:
    """Both changes are named; either would do."""
    said = told(measure(CLEAR[:50], poor=[*POOR[:49], 0.88]), written)

    assert said.endswith(", or raise lead to 4")


def test_distributions_that_overlap(written: tuple[Exercise, Places]) -> None:
    """No number would do: another recipe or another check."""
    said = told(measure(CLEAR, same=CLEAR), written)

    assert (
        "no threshold separates them: the reference measured 95.0 % to 99.0 %, 'same' 95.0 % to 99.0 %"
        in said
    )
    assert "Change the recipe" in said
    assert "let another check catch the mistake" in said


def test_too_few_seeds(written: tuple[Exercise, Places]) -> None:
    """That is nobody's mistake: prove it with more."""
    said = told(measure([0.95] * 5), written)

    assert "5 seeds are too few to prove it, give --seeds 32" in said


@pytest.mark.parametrize(
    ("share", "text"), [(0.00102, "0.102 %"), (0.5, "50 %"), (0.0, "under 0.0001 %"), (0.001, "0.1 %")]
)
def test_small_shares_keep_their_digits(share: float, text: str) -> None:
    """What is just too often does not read like what is allowed."""
    assert often(share) == text


def test_answers_left_to_a_person_need_more_seeds(written: tuple[Exercise, Places]) -> None:
    """A wide lead fails nobody as good as the reference, and is seldom reached in 21 seeds."""
    exercise, places = written
    wide = measure([0.95] * 90 + [0.8] * 10)
    slow = replace(wide, threshold=replace(wide.threshold, lead=10))

    said = str(open_flaw(slow, exercise, exercise.checks[1], places))

    assert slow.is_fair
    assert slow.left_open > slow.allowed_open
    enough = replace(slow.threshold, seeds_at_most=int(said.rpartition("raise seeds_at_most to ")[2]))
    fewer = replace(enough, seeds_at_most=enough.seeds_at_most - 1)
    assert replace(slow, threshold=enough).left_open <= slow.allowed_open
    assert replace(slow, threshold=fewer).left_open > slow.allowed_open
    assert said.startswith(f"{places.private.file}:7: ")
    assert "to a person" in said


def test_no_number_of_seeds_decides_what_is_even(written: tuple[Exercise, Places]) -> None:
    """Then seeds are not what is to be changed."""
    exercise, places = written
    even = measure([0.95, 0.8] * 50)
    slow = replace(even, threshold=replace(even.threshold, lead=10))

    assert "change the limit or the recipe" in str(open_flaw(slow, exercise, exercise.checks[1], places))
