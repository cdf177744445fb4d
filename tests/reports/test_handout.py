"""What a student may see."""

from collections.abc import Callable

import pytest

from grader.errors import CodecError, ExerciseError, Flaw, UsageError, WorkerDied
from grader.grade import Grade, MarkedFinding
from grader.reports.handout import fault_for_student, for_student
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


FLAWS = ExerciseError(
    [Flaw(file=f"{place}/one.yaml", line=3, where="", found="CANARY", expected="CANARY") for place in "ab"]
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UsageError("no such folder"), "no such folder"),
        (WorkerDied("the worker died"), "the worker died"),
        (FLAWS, "2 mistakes in exercise files:\n  a/one.yaml:3\n  b/one.yaml:3\n"),
        (LookupError("CANARY"), "the grader failed (LookupError)"),
        (CodecError("CANARY"), "the grader failed (CodecError)"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_of_a_fault_a_student_sees_no_value(error: Exception, said: str) -> None:
    """The same in a CI's log and in pytest's report."""
    told = fault_for_student(error)

    assert told.startswith(said)
    assert "CANARY" not in told


def test_where_nothing_private_was_read_mistakes_are_told_in_full() -> None:
    """An author without solutions, or a student, has written all of it."""
    assert fault_for_student(FLAWS, private=False) == str(FLAWS)
