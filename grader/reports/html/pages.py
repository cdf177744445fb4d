"""The pages as text. What students wrote reaches a page only escaped, and without control characters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from grader.grade import Grade
from grader.reports.class_report import ClassReport
from grader.reports.exhibits import cell_text, count_text, read_exhibit
from grader.reports.handout import for_student
from grader.reports.html.plots import curves_svg, histogram_svg
from grader.reports.html.slugs import slug
from grader.reports.points import percent_text, points_text
from grader.reports.prose import clean, pieces
from grader.reports.signs import CHANGE_SIGNS, CHANGE_WORDS, MARK_SIGNS, VERDICT_SIGNS, VERDICT_WORDS
from grader.reports.standings import (
    Mark,
    Standing,
    exercise_order,
    mark_of,
    misunderstandings,
    reviews,
    standings,
    tallies,
)

if TYPE_CHECKING:
    from jinja2 import Environment

HINTS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One file of the report. ``private`` pages are for staff."""

    name: str
    text: str
    private: bool


def pages(report: ClassReport) -> Iterator[Page]:
    """Yield every page of *report*, the index last, so that it never points to a page not yet there."""
    templates = _templates()
    exercises = exercise_order(report.grades, report.titles)
    rows = standings(report.grades, exercises)
    page = templates.get_template("student.html.j2")
    for row in rows:
        name = f"{slug(row.student)}.html"
        given: dict[str, Any] = {"report": report, "slug": slug(row.student)}
        handout = page.render(**given, row=_handout(row), staff=False)
        yield Page(name=f"students/{name}", text=handout, private=False)
        yield Page(name=f"staff/{name}", text=page.render(**given, row=row, staff=True), private=True)
    index = templates.get_template("index.html.j2").render(
        report=report, **_overview(report, rows, exercises)
    )
    yield Page(name="index.html", text=index, private=True)


def _handout(row: Standing) -> Standing:
    return replace(row, grades=tuple(grade and for_student(grade) for grade in row.grades))


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


def _templates() -> "Environment":
    # Imported here: jinja2 costs a command's start 50 ms, and few commands write pages.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    templates = Environment(
        loader=PackageLoader("grader.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    templates.filters.update(
        points=points_text, percent=percent_text, prose=_prose, slug=slug, cell=cell_text, count=count_text
    )
    templates.globals.update(
        Mark=Mark,
        mark_of=mark_of,
        mark_text=_mark_text,
        exhibit_of=read_exhibit,
        curves_svg=curves_svg,
        verdict_signs=VERDICT_SIGNS,
        verdict_words=VERDICT_WORDS,
        change_signs=CHANGE_SIGNS,
        change_words=CHANGE_WORDS,
        title_of=_title,
    )
    return templates


def _harmless(value: Any) -> Any:
    """Clean what a template is about to write; markup is our own and stays as it is."""
    if value is None:
        return ""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if is_code else escape(piece)
        for piece, is_code in pieces(text.strip())
    )


def _mark_text(grade: Grade | None) -> str:
    sign = MARK_SIGNS.get(mark_of(grade))
    return sign or points_text(grade.score if grade else None)


def _title(titles: Mapping[str, str], exercise: str) -> str:
    return titles.get(exercise) or exercise
