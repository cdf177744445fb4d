"""What a student may see."""

from collections.abc import Callable

import pytest

from grader.grade import Grade, MarkedFinding
from grader.reports.handout import for_student
from grader.reports.terminal_exhibits import exhibit_view
from grader.verdict import Verdict, fault

SECRET = {"message": "expected 42", "hint": "Add 1 last.", "self_reported": True}


def test_a_hidden_check_keeps_verdict_points_and_hint(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """And nothing else; how its own cells ran is the student's to know."""
    hidden = marked(Verdict.FAILED, visible=False, exhibit={"kind": "values", "cases": [42]}, **SECRET)

    grade = for_student(graded(findings=(hidden,), notes=("cell 2 stopped with NameError",)))

    assert grade.findings == (marked(Verdict.FAILED, visible=False, hint="Add 1 last.", self_reported=True),)
    assert grade.notes == ("cell 2 stopped with NameError",)


def test_a_visible_check_is_shown_as_it_is(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """The student can run it at home anyway."""
    shown = marked(Verdict.FAILED, exhibit={"kind": "values", "cases": []}, **SECRET)

    assert for_student(graded(findings=(shown,))).findings == (shown,)


@pytest.mark.parametrize(
    ("kind", "stays"), [("curves", True), ("layers", False), ("array", False), (None, False)]
)
def test_of_hidden_exhibits_only_curves_are_shown(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding], *, kind: str | None, stays: bool
) -> None:
    """They tell how well a model learned, and nothing of what was expected."""
    hidden = marked(Verdict.FAILED, visible=False, exhibit={"kind": kind, "arms": {}})

    shown = for_student(graded(findings=(hidden,))).findings[0].finding.exhibit

    assert bool(shown) == stays


def test_what_an_exception_of_ours_says_is_for_staff(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """It may name hidden values, also where a visible check was judged; its kind stays."""
    broken = marked(Verdict.UNGRADED, message="failed (ValueError)", exhibit=fault(ValueError("expected 42")))
    grade = graded(findings=(broken,))

    (shown,) = for_student(grade).findings

    assert (shown.finding.message, shown.finding.exhibit) == ("failed (ValueError)", {})
    assert str(exhibit_view(broken.finding.exhibit)) == "ValueError: expected 42"
