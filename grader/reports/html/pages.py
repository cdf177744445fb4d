"""The pages as text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from grader.reports.class_report import ClassReport
from grader.reports.handout import for_student
from grader.reports.html.plots import histogram_svg
from grader.reports.html.slugs import slug
from grader.reports.html.templating import open_templates
from grader.reports.once import told_once
from grader.reports.standings import Standing, exercise_order, misunderstandings, reviews, standings, tallies

HINTS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One file of the report. ``private`` pages are for staff."""

    name: str
    text: str
    private: bool


def pages(report: ClassReport) -> Iterator[Page]:
    """Yield every page of *report*, the index last, so that it never points to a page not yet there."""
    templates = open_templates()
    exercises = exercise_order(report.grades, report.titles)
    rows = standings(report.grades, exercises)
    page = templates.get_template("student.html.j2")
    for row in rows:
        name = f"{slug(row.student)}.html"
        given: dict[str, Any] = {"report": report, "slug": slug(row.student)}
        handout = page.render(**given, row=_shown(_handout(row)), staff=False)
        yield Page(name=f"students/{name}", text=handout, private=False)
        yield Page(name=f"staff/{name}", text=page.render(**given, row=_shown(row), staff=True), private=True)
    index = templates.get_template("index.html.j2").render(
        report=report, **_overview(report, rows, exercises)
    )
    yield Page(name="index.html", text=index, private=True)


def _handout(row: Standing) -> Standing:
    return replace(row, grades=tuple(grade and for_student(grade) for grade in row.grades))


def _shown(row: Standing) -> Standing:
    """Return *row* as its page shows it; what is counted over a class stays as it is."""
    return replace(row, grades=tuple(told_once(grade for grade in row.grades if grade)))


def _overview(report: ClassReport, rows: tuple[Standing, ...], exercises: tuple[str, ...]) -> dict[str, Any]:
    totals = [row.total for row in rows if row.total is not None]
    hints = misunderstandings(rows)
    return {
        "rows": rows,
        "exercises": exercises,
        "tallies": tallies(rows, exercises),
        "hints": hints[:HINTS],
        "more_hints": max(0, len(hints) - HINTS),
        "reviews": reviews(rows, exercises),
        "totals": totals,
        "mean": sum(totals) / len(totals) if totals else None,
        "histogram": histogram_svg(totals, report.max_points),
    }
