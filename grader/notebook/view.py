"""What a notebook shows: HTML where it can, text everywhere else."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from grader.grade import Grade
from grader.notebook.standing import Row
from grader.reports.handout import for_student
from grader.reports.html.templating import open_templates
from grader.reports.once import told_once
from grader.reports.points import points_text
from grader.reports.prose import pieces
from grader.reports.terminal import student_report
from grader.verdict import Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

WIDTH = 80
VISIBLE_ONLY = "These are the visible checks. Hidden ones are run when your work is graded."


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class View:
    """One answer to a student. ``passed`` says whether every check passed."""

    text: str
    html: str = field(repr=False)
    passed: bool = False

    def __repr__(self) -> str:
        """Return the text, for places that show no HTML."""
        return self.text

    def _repr_mimebundle_(self, **_wanted: object) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def grades_view(grades: Sequence[Grade], titles: Mapping[str, str]) -> View:
    """Show the findings of *grades*."""
    shown = [for_student(grade) for grade in grades]
    titles = {grade.exercise: titles[grade.exercise] for grade in shown}
    told = _printed(Group(student_report(shown, titles), Text(VISIBLE_ONLY)))
    html = _rendered("grades", grades=told_once(shown), titles=titles, closing=VISIBLE_ONLY)
    verdicts = {marked.finding.verdict for grade in grades for marked in grade.findings}
    return View(text=told, html=html, passed=verdicts == {Verdict.PASSED})


def progress_view(rows: Sequence[Row]) -> View:
    """Show one line for each exercise."""
    earned, worth = sum(row.score for row in rows), sum(row.max_score for row in rows)
    total = f"{points_text(earned)} / {points_text(worth)}"
    width = max((len(row.exercise) for row in rows), default=0)
    lines = [
        f"{row.state.sign} {row.exercise:<{width}}  {row.state.value:<15}{row.points:>9}" for row in rows
    ]
    notes = [f"{row.exercise}: {_plain(row.note)}" for row in rows if row.note]
    parts = ["\n".join([*lines, f"Total {total} points of visible checks"]), "\n".join(notes), VISIBLE_ONLY]
    html = _rendered("progress", rows=rows, total=total, closing=VISIBLE_ONLY)
    told = _printed(Group(*(Text(part) for part in parts if part)))
    return View(text=told, html=html, passed=all(row.is_passed for row in rows))


def message_view(message: str) -> View:
    """Show *message*, with its code in backticks."""
    return View(text=_printed(Text(_plain(message))), html=_rendered("message", message=message))


def _plain(text: str) -> str:
    return "".join(piece for piece, _is_code in pieces(text))


def _printed(part: RenderableType) -> str:
    file = io.StringIO()
    # Of a notebook rich thinks that it may write there by itself.
    plain: dict[str, Any] = {"force_jupyter": False, "force_terminal": False, "legacy_windows": False}
    Console(file=file, width=WIDTH, color_system=None, highlight=False, markup=False, **plain).print(part)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _rendered(part: str, **given: Any) -> str:
    return _templates().get_template("notebook.html.j2").render(part=part, **given)


@lru_cache(maxsize=1)
def _templates() -> "Environment":
    return open_templates()
