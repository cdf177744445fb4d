"""What ``grader ci`` prints into a log that a runner reads along, and what it appends to GitHub's summary.

A line with anything of a student's begins with a bar of ours: no runner takes it for a command.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.grade import Grade
from grader.reports import github, gitlab
from grader.reports.markdown import summary_markdown
from grader.reports.once import told_once
from grader.reports.plain import plain_text
from grader.reports.points import points_text
from grader.reports.prose import one_line
from grader.reports.standings import Mark, mark_of
from grader.reports.terminal import exercise_report
from grader.submission import Submission

BAR = "│ "
SIGNS = {Mark.FULL: "✓", Mark.PARTIAL: "~", Mark.ZERO: "✗", Mark.NOT_ATTEMPTED: "—", Mark.UNGRADED: "?"}
DETAILS = "What is not right yet"


class Host(Enum):
    """Who runs the command, and so reads its log."""

    GITHUB = "GitHub Actions"
    GITLAB = "GitLab CI"
    OTHER = "something else"


def host_of(variables: Mapping[str, str]) -> Host:
    """Return who runs this, from the environment's *variables*."""
    if variables.get("GITHUB_ACTIONS") == "true":
        return Host.GITHUB
    return Host.GITLAB if variables.get("GITLAB_CI") == "true" else Host.OTHER


def overview(submission: Submission, grades: Sequence[Grade], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each exercise, and what is wrong with the submission as a whole."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for grade in grades:
        mark = mark_of(grade)
        score = "?" if grade.score is None else points_text(grade.score)
        table.add_row(
            SIGNS[mark],
            Text(one_line(titles.get(grade.exercise) or grade.exercise), no_wrap=True, overflow="ellipsis"),
            Text(f"{score} / {points_text(grade.max_score)}", justify="right"),
            "" if mark in {Mark.FULL, Mark.PARTIAL, Mark.ZERO} else mark.value,
        )
    problem = submission.unreadable or submission.undecided
    yield from _barred(
        Group(Text(one_line(submission.path)), *([Text(one_line(problem))] if problem else []), table)
    )


def details(host: Host, grades: Sequence[Grade], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield messages, differences and hints of what is not right, folded away where the *host* can."""
    shown = told_once(grade for grade in grades if mark_of(grade) is not Mark.FULL)
    lines = [line for grade in shown for line in _barred(exercise_report(grade, titles))]
    if not lines:
        return
    if host is Host.GITHUB:
        yield from github.folded(DETAILS, lines)
    elif host is Host.GITLAB:
        yield from gitlab.folded(DETAILS, lines)
    else:
        yield from lines


def write_step_summary(grades: Sequence[Grade], titles: Mapping[str, str]) -> None:
    """Append the summary to the step's, within what GitHub shows of it."""
    given = os.environ.get("GITHUB_STEP_SUMMARY")
    if not given:
        return
    path = Path(given)
    room = github.MOST_SUMMARY - (path.stat().st_size if path.exists() else 0) - 1
    text = summary_markdown(grades, titles, room)
    if len(text.encode()) <= room:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


def _barred(shown: RenderableType) -> Iterator[str]:
    width = max(40, Console().width - len(BAR))
    for line in (*plain_text(shown, width).splitlines(), ""):
        yield f"{BAR}{line}".rstrip()
