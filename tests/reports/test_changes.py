"""What changed since the last save, and how it is shown."""

import io
from collections.abc import Mapping

from rich.console import Console

from grader.grade import Grade, MarkedFinding
from grader.reports.changes import Change, changes
from grader.reports.terminal_changes import standing_view
from grader.verdict import Finding, Verdict

P, F, N = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_ATTEMPTED


def graded(exercise: str, verdicts: Mapping[str, Verdict]) -> Grade:
    """Return a grade with a point for each check that passed."""
    findings = tuple(
        MarkedFinding(
            check=check,
            finding=Finding(verdict=verdict, message=f"what {check} says"),
            score=float(verdict is P),
            max_score=1.0,
            visible=True,
        )
        for check, verdict in verdicts.items()
    )
    return Grade(
        student="me",
        submission="me.ipynb",
        sha256="",
        exercise=exercise,
        score=sum(one.score or 0.0 for one in findings),
        max_score=float(len(findings)),
        needs_review=False,
        seconds=0.1,
        findings=findings,
    )


def shown(grades: list[Grade], before: list[Grade]) -> str:
    """Return what a terminal of 80 columns shows."""
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(standing_view(grades, changes(before, grades), {}))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_only_other_verdicts_are_changes() -> None:
    """In the order of the checks; what is new has no before."""
    before = [graded("one", {"a": F, "b": P, "c": P})]
    after = [graded("one", {"a": P, "b": P, "c": F, "d": F}), graded("two", {"a": F})]

    assert changes(before, after) == [
        Change(exercise="one", check="a", before=F, after=P),
        Change(exercise="one", check="c", before=P, after=F),
    ]
    assert changes([], after) == []


def test_changes_come_first_and_only_what_is_wrong_is_explained() -> None:
    """A line for each exercise; an exercise that is right, or not begun, needs no words."""
    before = [graded("one", {"a": F}), graded("two", {"a": P}), graded("three", {"a": N})]
    after = [graded("one", {"a": P}), graded("two", {"a": F, "b": P}), graded("three", {"a": N})]
    text = shown(after, before)

    assert text.startswith("✓ one  a  now passes, was failed\n✗ two  a  failed, was passed\n\n")
    assert [line.split()[:2] for line in text.splitlines()[3:6]] == [
        ["one", "✓"],
        ["two", "✗✓"],
        ["three", "—"],
    ]
    assert text.count("what a says") == 1
    assert "Total" not in text


def test_without_changes_nothing_is_said_of_them() -> None:
    """The first check of a notebook has nothing to compare with."""
    after = [graded("one", {"a": P})]

    assert shown(after, []) == shown(after, after)
    assert shown(after, []).startswith("one")
