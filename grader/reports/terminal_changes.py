"""A notebook that is checked again and again: what changed, where it stands, what to do next."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.grade import Grade
from grader.reports.changes import Change
from grader.reports.points import points_text
from grader.reports.prose import one_line
from grader.reports.signs import VERDICT_SIGNS, VERDICT_WORDS
from grader.reports.standings import Mark, mark_of
from grader.reports.terminal import VERDICT_STYLES, student_report
from grader.verdict import Verdict

#: What needs no words: nothing is wrong there, or nothing is there yet.
SETTLED = frozenset({Mark.FULL, Mark.NOT_ATTEMPTED})


def standing_view(
    grades: Sequence[Grade], changed: Iterable[Change], titles: Mapping[str, str]
) -> RenderableType:
    """Return what *changed*, a line for each exercise, and the findings of those that are not right yet."""
    open_ones = [grade for grade in grades if mark_of(grade) not in SETTLED]
    parts: list[RenderableType] = [_change(one) for one in changed]
    if parts:
        parts.append(Text())
    parts += [_lines(grades, titles), Text()]
    if open_ones:
        parts.append(student_report(open_ones, titles, total=False))
    return Group(*parts)


def _change(one: Change) -> Text:
    line = Text.assemble((VERDICT_SIGNS[one.after], VERDICT_STYLES[one.after]), " ")
    line.append(f"{one_line(one.exercise)}  {one_line(one.check)}", style="bold")
    words = "now passes" if one.after is Verdict.PASSED else VERDICT_WORDS[one.after]
    line.append(f"  {words}", style=VERDICT_STYLES[one.after])
    return line.append(f", was {VERDICT_WORDS[one.before]}", style="dim")


def _lines(grades: Sequence[Grade], titles: Mapping[str, str]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", style="dim")
    for grade in grades:
        table.add_row(
            Text(one_line(grade.exercise)),
            _signs(grade),
            f"{points_text(grade.score) or '?'} / {points_text(grade.max_score)}",
            Text(one_line(titles.get(grade.exercise, ""))),
        )
    return table


def _signs(grade: Grade) -> Text:
    signs = Text()
    for one in grade.findings:
        verdict = one.finding.verdict
        signs.append(VERDICT_SIGNS[verdict], style=VERDICT_STYLES[verdict])
    return signs
