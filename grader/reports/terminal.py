"""Tables for a terminal. Nothing that a student wrote is read as markup, or reaches the terminal raw.

Each function returns something for ``rich``'s ``Console.print``; colours go when NO_COLOR is set.
"""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.grade import Grade, MarkedFinding
from grader.reports.handout import for_student
from grader.reports.once import told_once
from grader.reports.points import percent_text, points_text, sum_or_none
from grader.reports.prose import one_line, pieces, visible
from grader.reports.signs import MARK_SIGNS, VERDICT_SIGNS, VERDICT_WORDS
from grader.reports.standings import (
    Mark,
    Standing,
    Tally,
    exercise_order,
    mark_of,
    max_scores,
    standings,
    tallies,
)
from grader.reports.terminal_exhibits import exhibit_view
from grader.verdict import Finding, Verdict

# As many columns of points as stand beside a name in 80 columns.
COLUMNS = 10
BAR = 30

MARK_STYLES = {
    Mark.FULL: "green",
    Mark.PARTIAL: "yellow",
    Mark.ZERO: "red",
    Mark.NOT_ATTEMPTED: "dim",
    Mark.UNGRADED: "bold magenta",
}
MARK_BLOCKS = {
    Mark.FULL: "█",
    Mark.PARTIAL: "▓",
    Mark.ZERO: "▒",
    Mark.NOT_ATTEMPTED: "░",
    Mark.UNGRADED: "?",
}
VERDICT_STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.BROKEN: "red",
    Verdict.TIMED_OUT: "red",
    Verdict.OUT_OF_MEMORY: "red",
    Verdict.NOT_ATTEMPTED: "dim",
    Verdict.SKIPPED: "dim",
    Verdict.UNGRADED: "bold magenta",
}


def class_table(grades: Iterable[Grade], titles: Mapping[str, str]) -> RenderableType:
    """Return students by exercises, with a legend; a wide assignment is split into several tables.

    *titles* gives the exercises' titles by id, in order.
    """
    grades = list(grades)
    exercises = exercise_order(grades, titles)
    rows = standings(grades, exercises)
    starts = range(0, len(exercises), COLUMNS) or [0]
    parts = [_part(rows, exercises, start, last=start == starts[-1]) for start in starts]
    return Group(*parts, _legend(exercises, titles, max_scores(grades, exercises)), _signs())


def verdict_summary(grades: Iterable[Grade], titles: Mapping[str, str]) -> RenderableType:
    """Return a bar for each exercise: how many earned all, some or none of its points."""
    grades = list(grades)
    exercises = exercise_order(grades, titles)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("exercise", overflow="ellipsis", no_wrap=True)
    table.add_column("marks", min_width=BAR)
    table.add_column("all points", justify="right", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    for tally in tallies(standings(grades, exercises), exercises):
        mean = f"{points_text(tally.mean) or '?'} / {points_text(tally.max_score)}"
        table.add_row(Text(one_line(tally.exercise)), _bar(tally), percent_text(tally.pass_rate), mean)
    return Group(table, _bar_legend())


def student_report(
    grades: Iterable[Grade], titles: Mapping[str, str], *, staff: bool = False, total: bool = True
) -> RenderableType:
    """Return one student's findings, exercise by exercise, and with *total* the sum of their points.

    Unless for *staff*, hidden checks show verdict and hint only. What stands at several places is said once.
    """
    grades = [grade if staff else for_student(grade) for grade in grades]
    order = exercise_order(grades, titles)
    grades.sort(key=lambda grade: order.index(grade.exercise))
    parts = [part for grade in told_once(grades) for part in _exercise(grade, titles)]
    return Group(*parts, *([total_line(grades)] if total else []))


def total_line(grades: Sequence[Grade]) -> Text:
    """Return the sum of *grades*, a question mark while one of them is open."""
    earned = points_text(sum_or_none([grade.score for grade in grades])) or "?"
    worth = points_text(sum(grade.max_score for grade in grades))
    return Text(f"Total {earned} / {worth}", style="bold")


def exercise_report(grade: Grade, titles: Mapping[str, str]) -> RenderableType:
    """Return what a student may see of one exercise's findings; ``told_once`` is for who shows several."""
    return Group(*_exercise(for_student(grade), titles))


def finding_report(marked: MarkedFinding) -> RenderableType:
    """Return one finding, as it is given."""
    return Group(*_finding(marked))


def _part(rows: Sequence[Standing], exercises: Sequence[str], start: int, *, last: bool) -> Table:
    numbers = range(start, min(start + COLUMNS, len(exercises)))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("student", min_width=8, overflow="ellipsis")
    for number in numbers:
        table.add_column(str(number + 1), justify="right", no_wrap=True, min_width=3)
    if last:
        table.add_column("total", justify="right", no_wrap=True, style="bold")
        table.add_column("", no_wrap=True)
    for row in rows:
        cells = [_cell(row.grades[number]) for number in numbers]
        table.add_row(_name(row.student), *cells, *(_foot(row) if last else ()))
    return table


def _name(student: str) -> Text:
    return Text(one_line(visible(student)), no_wrap=True, overflow="ellipsis")


def _cell(grade: Grade | None) -> Text:
    mark = mark_of(grade)
    return Text(MARK_SIGNS.get(mark) or points_text(grade.score if grade else None), style=MARK_STYLES[mark])


def _foot(row: Standing) -> tuple[Text, Text]:
    total = Text(points_text(row.total)) if row.total is not None else Text("?", style="bold magenta")
    return total, Text("review" if row.needs_review else "", style="magenta")


def _legend(exercises: Sequence[str], titles: Mapping[str, str], worth: Mapping[str, float]) -> Padding:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold")
    table.add_column(overflow="ellipsis", no_wrap=True)
    table.add_column(overflow="ellipsis", no_wrap=True, style="dim")
    table.add_column(justify="right", no_wrap=True)
    for number, exercise in enumerate(exercises, 1):
        title = Text(one_line(titles.get(exercise, "")))
        table.add_row(str(number), Text(one_line(exercise)), title, f"of {points_text(worth[exercise])}")
    return Padding(table, (1, 0, 0, 0))


def _signs() -> Text:
    line = Text("\n")
    for mark, said in ((Mark.FULL, "all points"), (Mark.PARTIAL, "some"), (Mark.ZERO, "none")):
        line.append(said, style=MARK_STYLES[mark]).append("   ")
    line.append("— not attempted", style="dim").append("   ")
    return line.append("? not graded yet", style=MARK_STYLES[Mark.UNGRADED])


def _bar(tally: Tally) -> Text:
    bar, done, filled = Text(no_wrap=True), 0, 0
    everybody = sum(tally.counts.values()) or 1
    for mark, count in tally.counts.items():
        done += count
        upto = round(BAR * done / everybody)
        bar.append(MARK_BLOCKS[mark] * (upto - filled), style=MARK_STYLES[mark])
        filled = upto
    return bar


def _bar_legend() -> Text:
    line = Text("\n")
    for mark in Mark:
        line.append(MARK_BLOCKS[mark], style=MARK_STYLES[mark]).append(f" {mark.value}   ")
    return line


def _exercise(grade: Grade, titles: Mapping[str, str]) -> Iterable[RenderableType]:
    title = one_line(titles.get(grade.exercise) or grade.exercise)
    score = "not graded yet" if grade.score is None else points_text(grade.score)
    heading = Text.assemble((title, "bold"), "  ", (score, MARK_STYLES[mark_of(grade)]))
    yield heading.append(f" / {points_text(grade.max_score)}")
    for one in grade.findings:
        yield from _finding(one)
    yield from (Padding(Text(f"note: {one_line(note)}", style="dim"), (0, 0, 0, 2)) for note in grade.notes)
    yield Text()


def _finding(marked: MarkedFinding) -> Iterable[RenderableType]:
    found = marked.finding
    style = VERDICT_STYLES[found.verdict]
    line = Text.assemble("  ", (VERDICT_SIGNS[found.verdict], style), " ", one_line(marked.check))
    if found.verdict not in {Verdict.PASSED, Verdict.FAILED}:
        line.append(f"  {VERDICT_WORDS[found.verdict]}", style=style)
    line.append(f"  {points_text(marked.score) or '?'} / {points_text(marked.max_score)}", style="dim")
    line.append("" if marked.visible else "  hidden", style="dim")
    yield line.append("  self-reported" if found.self_reported else "", style="magenta")
    yield from (Padding(part, (0, 0, 0, 4)) for part in explanation(found))


def explanation(found: Finding) -> Iterable[RenderableType]:
    """Yield what *found* says besides its verdict: message, hint, and exhibit.

    All of it; of a hidden check a student may see what ``for_student`` leaves.
    """
    if found.message:
        yield _prose(found.message)
    if found.hint:
        yield Text.assemble(("Hint: ", "bold cyan"), _prose(found.hint))
    if found.verdict is not Verdict.PASSED and (view := exhibit_view(found.exhibit)) is not None:
        yield view


def _prose(text: str) -> Text:
    prose = Text()
    for piece, is_code in pieces(text.strip()):
        prose.append(piece, style="bold" if is_code else "")
    return prose
