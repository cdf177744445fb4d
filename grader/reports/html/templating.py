"""The templates, and how values get into them: escaped, and without control characters."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from grader.grade import Grade
from grader.reports.exhibits import cell_text, count_text, read_exhibit
from grader.reports.html.curves import curves_svg, losses_svg
from grader.reports.html.escaping import escaping_templates
from grader.reports.html.slugs import slug
from grader.reports.points import moment_text, percent_text, points_text
from grader.reports.prose import pieces, visible
from grader.reports.signs import CHANGE_SIGNS, CHANGE_WORDS, MARK_SIGNS, VERDICT_SIGNS, VERDICT_WORDS
from grader.reports.standings import Mark, mark_of

if TYPE_CHECKING:
    from jinja2 import Environment


def open_templates() -> "Environment":
    """Return the templates with all that they use."""
    templates = escaping_templates("grader.reports.html")
    templates.filters.update(
        points=points_text,
        percent=percent_text,
        moment=moment_text,
        prose=_prose,
        visible=visible,
        slug=slug,
        cell=cell_text,
        count=count_text,
    )
    templates.globals.update(
        Mark=Mark,
        mark_of=mark_of,
        mark_text=_mark_text,
        title_of=_title,
        curves_svg=curves_svg,
        losses_svg=losses_svg,
        exhibit_html=_exhibit_renderer(templates),
        verdict_signs=VERDICT_SIGNS,
        verdict_words=VERDICT_WORDS,
        change_signs=CHANGE_SIGNS,
        change_words=CHANGE_WORDS,
    )
    return templates


def _exhibit_renderer(templates: "Environment") -> Callable[[Mapping[str, Any]], Markup]:
    """Return a function that renders an exhibit.

    It remembers: exhibits are the larger part of a report, stand on two pages each, and students who
    make the same mistake have the same one.
    """

    @lru_cache(maxsize=1024)
    def render(written: str) -> Markup:
        shown: Markup = templates.get_template("exhibits.html.j2").module.show(  # type: ignore[attr-defined]
            read_exhibit(json.loads(written))
        )
        return shown

    def exhibit_html(exhibit: Mapping[str, Any]) -> Markup:
        try:
            return render(json.dumps(exhibit, sort_keys=True, default=str)) if exhibit else Markup()
        except (TypeError, ValueError, RecursionError):  # no JSON, so no exhibit
            return Markup()

    return exhibit_html


def _prose(text: str) -> Markup:
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if is_code else escape(piece)
        for piece, is_code in pieces(text.strip())
    )


def _mark_text(grade: Grade | None) -> str:
    sign = MARK_SIGNS.get(mark_of(grade))
    return sign or points_text(grade.score if grade else None)


def _title(titles: Mapping[str, str], exercise: str) -> str:
    return titles.get(exercise) or exercise
