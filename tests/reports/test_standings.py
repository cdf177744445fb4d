"""A class at a glance."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.grade import Grade, MarkedFinding
from grader.reports.standings import (
    Mark,
    exercise_order,
    mark_of,
    max_scores,
    misunderstandings,
    reading_order,
    reviews,
    standings,
    tallies,
)
from grader.verdict import Verdict

Make = Callable[..., Grade]


@pytest.mark.parametrize(
    ("verdict", "given", "mark"),
    [
        (Verdict.PASSED, {}, Mark.FULL),
        (Verdict.FAILED, {}, Mark.ZERO),
        (Verdict.FAILED, {"score": 1.0}, Mark.PARTIAL),
        (Verdict.PASSED, {"score": 2.0 - 1e-12}, Mark.FULL),
        (Verdict.BROKEN, {}, Mark.ZERO),
        (Verdict.NOT_ATTEMPTED, {}, Mark.NOT_ATTEMPTED),
        (Verdict.UNGRADED, {}, Mark.UNGRADED),
        (Verdict.PASSED, {"score": 0.0, "max_score": 0.0}, Mark.FULL),
        (Verdict.FAILED, {"score": 0.0, "max_score": 0.0}, Mark.ZERO),
    ],
)
def test_a_mark_says_what_the_grade_is(
    graded: Make, verdict: Verdict, given: dict[str, Any], mark: Mark
) -> None:
    """Nothing ungraded is ever a zero."""
    assert mark_of(graded(verdict, **given)) == mark


def test_no_grade_is_not_a_zero() -> None:
    """Whoever has no grade was not graded."""
    assert mark_of(None) == Mark.UNGRADED


def test_a_total_waits_for_all_its_parts(graded: Make) -> None:
    """An ungraded or missing exercise leaves the total open."""
    rows = standings(
        [
            graded(),
            graded(exercise="two"),
            graded(student="binh"),
            graded(Verdict.UNGRADED, student="binh", exercise="two"),
            graded(student="chi"),
        ],
        ["one", "two"],
    )

    assert [(row.student, row.total, row.needs_review) for row in rows] == [
        ("an", 4.0, False),
        ("binh", None, True),
        ("chi", None, True),
    ]


def test_the_later_of_two_grades_counts(graded: Make) -> None:
    """One cell holds one grade."""
    assert standings([graded(Verdict.FAILED), graded()], ["one"])[0].total == 2.0


def test_names_are_in_reading_order() -> None:
    """As in a class list, and the same on every machine."""
    names = ["Đỗ", "Dung", "Xuân", "an", "Ánh", "=cmd()"]

    assert sorted(names, key=reading_order) == ["=cmd()", "an", "Ánh", "Đỗ", "Dung", "Xuân"]


def test_exercises_keep_the_order_of_the_assignment(graded: Make) -> None:
    """An exercise that is graded but not listed is not lost."""
    grades = [graded(exercise=name) for name in ("zoo", "one", "bar")]

    assert exercise_order(grades, ["two", "one"]) == ("two", "one", "bar", "zoo")
    assert max_scores(grades, ["two", "one"]) == {"two": 0.0, "one": 2.0, "bar": 2.0, "zoo": 2.0}


def test_rates_leave_ungraded_work_out(graded: Make) -> None:
    """A fault of ours does not make the class look worse."""
    grades = [
        graded(),
        graded(Verdict.FAILED, student="binh"),
        graded(Verdict.UNGRADED, student="chi"),
        graded(Verdict.NOT_ATTEMPTED, student="dung"),
    ]
    (tally,) = tallies(standings(grades, ["one"]), ["one"])

    assert tally.pass_rate == pytest.approx(1 / 3)
    assert tally.mean == pytest.approx(2 / 3)
    assert tally.counts == {
        Mark.FULL: 1,
        Mark.PARTIAL: 0,
        Mark.ZERO: 1,
        Mark.NOT_ATTEMPTED: 1,
        Mark.UNGRADED: 1,
    }


def test_a_class_without_grades_has_no_rate() -> None:
    """Nothing is divided by nobody."""
    (tally,) = tallies((), ["one"])

    assert (tally.pass_rate, tally.mean) == (None, None)


def test_each_student_misunderstands_once(graded: Make, marked: Callable[..., MarkedFinding]) -> None:
    """The same hint for three checks is one misunderstanding."""
    wrong = tuple(marked(Verdict.FAILED, hint="Add 1 last.") for _ in range(3))
    other = (
        marked(Verdict.FAILED, hint="Another."),
        marked(Verdict.PASSED, hint="Not for the right answer."),
    )
    grades = [
        graded(findings=wrong),
        graded(student="binh", findings=wrong),
        graded(student="chi", findings=other),
    ]

    found = misunderstandings(standings(grades, ["one"]))

    assert [(one.hint, one.students) for one in found] == [
        ("Add 1 last.", ("an", "binh")),
        ("Another.", ("chi",)),
    ]


def test_a_review_says_why(graded: Make, marked: Callable[..., MarkedFinding]) -> None:
    """A person sees at once what to look at."""
    claimed = graded(findings=(marked(self_reported=True),), needs_review=True)
    grades = [claimed, graded(Verdict.UNGRADED, student="binh"), graded(student="chi", exercise="two")]

    found = reviews(standings(grades, ["one"]), ["one"])

    assert [(one.student, one.reasons) for one in found] == [
        ("an", ("self-reported: equals[valid]",)),
        ("binh", ("ungraded: equals[valid]",)),
        ("chi", ("never graded",)),
    ]
