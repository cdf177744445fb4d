"""The CSV sheet: a class for a spreadsheet."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.grade import Grade
from grader.reports.atomic import write_atomically
from grader.reports.points import points_text
from grader.reports.prose import visible
from grader.reports.standings import Standing, exercise_order, max_scores, standings

# A cell that begins so is a formula to a spreadsheet. Wide and small forms of these signs are folded first.
FORMULA = ("=", "+", "-", "@", "\u2212")
# What some spreadsheets drop from a cell's beginning before they look.
DROPPED = "\"'`\u2018\u2019\u201c\u201d"
LAST = ["total", "max_total", "needs_review"]


def write_sheet(path: str | Path, grades: Iterable[Grade], *, exercises: Iterable[str]) -> None:
    """Write the sheet to *path*, whole or not at all.

    UTF-8 with a byte order mark: without it Excel reads Vietnamese names as mojibake, and the readers
    that matter (LibreOffice, Google Sheets, pandas, Python's ``utf-8-sig``) take it or skip it.
    """
    text = io.StringIO(newline="")
    # Quoted, since half the world's spreadsheets also split at semicolons, and others at tabs.
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(sheet_rows(grades, exercises=exercises))
    write_atomically(path, text.getvalue().encode("utf-8-sig", "replace"))


def sheet_rows(grades: Iterable[Grade], *, exercises: Iterable[str]) -> Iterator[list[str]]:
    """Yield the header, then a row per student. An ungraded exercise is empty, and so is its total."""
    grades = list(grades)
    order = exercise_order(grades, exercises)
    worth = points_text(sum(max_scores(grades, order).values()))
    yield ["student", *order, *LAST]
    for row in standings(grades, order):
        yield _row(row, worth)


def students_lost(path: Path, students: Iterable[str]) -> int:
    """Return how many students a sheet of ours at *path* holds who are not among *students*."""
    if not path.is_file():  # reading from a terminal or a pipe would wait for somebody to write
        return 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error):
        return 0
    ours = header[:1] == ["student"] and header[-len(LAST) :] == LAST
    return len({row[0] for row in rows if row} - set(map(harmless, students))) if ours else 0


def harmless(text: str) -> str:
    """Return *text* on one line and visible, so that no spreadsheet takes it for a formula."""
    shown = visible(text).replace("\t", "\\t").replace("\n", "\\n")
    bare = shown
    while bare != (bare := bare.strip().lstrip(DROPPED)):
        pass
    return f"'{shown}" if unicodedata.normalize("NFKC", bare[:2]).startswith(FORMULA) else shown


def _row(row: Standing, worth: str) -> list[str]:
    scores = [points_text(grade.score if grade else None) for grade in row.grades]
    review = "yes" if row.needs_review else "no"
    return [harmless(row.student), *scores, points_text(row.total), worth, review]
