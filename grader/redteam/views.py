"""Everything that a student is shown of a grade, and what must not stand in it raw."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console, RenderableType

from grader.grade import Grade
from grader.reports.class_report import ClassReport
from grader.reports.html.pages import pages
from grader.reports.record import write_record
from grader.reports.sheet import write_sheet
from grader.reports.terminal import class_table, student_report, verdict_summary

#: Techniques that inject markup use this tag, so that it is told from the report's own.
TAG = "<redteam"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COMMAND = re.compile(r"^\s*(::|##\[)", re.MULTILINE)
FORMULA = re.compile(r"[=+@\t\r]|-(?![0-9.])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Views:
    """A submission's grades as they are shown: pages, and texts for an 80-column terminal."""

    student_pages: tuple[str, ...]
    staff_pages: tuple[str, ...]
    check: str
    summary: str
    table: tuple[str, ...]

    @property
    def for_student(self) -> tuple[str, ...]:
        """What its student may be shown; lines that the terminal broke are joined again."""
        return (*self.student_pages, self.check, self.check.replace("\n", ""), self.summary)


def views_of(grades: Sequence[Grade], titles: Mapping[str, str]) -> Views:
    """Return everything that is shown of *grades*."""
    made = list(pages(_report(grades, titles)))
    return Views(
        student_pages=tuple(page.text for page in made if not page.private),
        staff_pages=tuple(page.text for page in made if page.private),
        check=_printed(student_report(grades, titles)),
        summary=_printed(class_table(grades, titles)) + _printed(verdict_summary(grades, titles)),
        table=_files(grades, titles),
    )


def _printed(renderable: RenderableType) -> str:
    written = io.StringIO()
    Console(file=written, width=80, color_system=None).print(renderable)
    return written.getvalue()


def _report(grades: Sequence[Grade], titles: Mapping[str, str]) -> ClassReport:
    return ClassReport(
        assignment="Red team",
        grades=tuple(grades),
        titles=titles,
        max_points=sum(grade.max_score for grade in grades),
        created=datetime.now(UTC),
    )


def _files(grades: Sequence[Grade], titles: Mapping[str, str]) -> tuple[str, ...]:
    """Write the record, and return the cells of the CSV table."""
    with TemporaryDirectory() as folder:
        sheet = Path(folder) / "grades.csv"
        write_record(Path(folder) / "record.json", grades, exercises=list(titles), environment={})
        write_sheet(sheet, grades, exercises=list(titles))
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            return tuple(cell for row in csv.reader(file) for cell in row)


def injected(views: Views) -> Iterator[str]:
    """Yield in words what a submission managed to put where it acts on its reader."""
    if any(TAG in page for page in (*views.student_pages, *views.staff_pages)):
        yield "put markup of its own into a page"
    for name, text in (("grader check", views.check), ("grader grade", views.summary)):
        if CONTROL.search(text):
            yield f"sent control characters to the terminal through {name}"
        if COMMAND.search(text):
            yield f"had {name} print a line that GitHub takes for a command"
    if any(FORMULA.match(cell) for cell in views.table):
        yield "put a formula into the table"
