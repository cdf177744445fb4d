"""What ``grader grade`` prints at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from grader.cli.course import Material
from grader.grade import Grade
from grader.readers.handed_in import HandedIn
from grader.reports.points import moment_text
from grader.reports.prose import clean, one_line
from grader.reports.terminal import class_table, verdict_summary
from grader.submission import Submission

MOST_LINES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """A finished run. ``written`` names what was written where, ``handed`` whose the files are."""

    material: Material
    grades: Sequence[Grade]
    submissions: Sequence[Submission]
    handed: HandedIn
    seconds: float
    warning: str
    written: Mapping[str, str]


def print_summary(summary: Summary) -> None:
    """Print the tables, what a person must see to, and where everything is."""
    console = Console()
    console.print(class_table(summary.grades, summary.material.titles))
    console.print(verdict_summary(summary.grades, summary.material.titles))
    console.print(_counts(summary), highlight=False)
    for heading, lines in _to_see_to(summary).items():
        if lines:
            console.print(f"{len(lines)} {heading}", style="magenta", markup=False, highlight=False)
            more = [f"... and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
            for line in [*lines[:MOST_LINES], *more]:
                console.print(f"  {one_line(line, 300)}", markup=False, highlight=False)
    if summary.handed.decision:
        console.print(clean(summary.handed.decision), style="yellow", markup=False, highlight=False)
    if summary.warning:
        console.print(summary.warning, style="bold yellow")
    for what, where in summary.written.items():
        console.print(f"{what:<10} {clean(where)}", highlight=False, markup=False, soft_wrap=True)


def _counts(summary: Summary) -> str:
    students = len({grade.student for grade in summary.grades})
    due = summary.material.assignment.due if summary.material.assignment else None
    told = f" Due {moment_text(due)}." if due else ""
    return f"submissions: {students}, grades: {len(summary.grades)}, seconds: {summary.seconds:.0f}.{told}"


def _to_see_to(summary: Summary) -> dict[str, list[str]]:
    """Return what needs a person, by what it is."""
    undecided = {each.student: each.undecided for each in summary.submissions if each.undecided}
    review = sorted({grade.student for grade in summary.grades if grade.needs_review} - undecided.keys())
    return {
        "without a decision (ungraded):": [f"{student}: {why}" for student, why in undecided.items()],
        "for a person's review:": review,
        "could not be read (no points):": [
            f"{each.student}: {each.unreadable}" for each in summary.submissions if each.unreadable
        ],
        "passed over, neither notebook nor script:": [str(path) for path in summary.handed.passed_over],
        "passed over, named with . or __ in front:": [str(path) for path in summary.handed.by_name],
    }
