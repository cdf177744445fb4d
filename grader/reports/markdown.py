"""The summary of one submission, for GitHub's step summary or any other page of Markdown.

Markdown that a student wrote could fetch a picture, notify a person (``@name``, ``#12``) or pass for a mark.
So whatever a student may have had a hand in stands in ``<pre>`` or ``<code>``, where nothing is linked; is
written as character references, of which Markdown and HTML make nothing but the character; and never begins
a line. Blocks hold no blank line, so that Markdown leaves them alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader.grade import Grade
from grader.reports.github import MOST_SUMMARY
from grader.reports.handout import for_student
from grader.reports.once import told_once
from grader.reports.plain import plain_text
from grader.reports.points import points_text, sum_or_none
from grader.reports.prose import clean, one_line
from grader.reports.signs import MARK_SIGNS
from grader.reports.standings import Mark, exercise_order, mark_of
from grader.reports.terminal import exercise_report
from grader.verdict import Verdict

WIDTH = 100
#: Of one exercise's findings, and of its notes; what is longer is cut at a line's end.
MOST_DETAILS = 60_000
SIGNS = {Mark.FULL: "✅", Mark.PARTIAL: "🟡", Mark.ZERO: "❌", **MARK_SIGNS}
ACTIVE = re.compile(r"[!-/:-@\[-`{-~\t\n]")


def summary_markdown(grades: Iterable[Grade], titles: Mapping[str, str], limit: int = MOST_SUMMARY) -> str:
    """Return the score table and, of what is not right, diffs and hints, in at most *limit* bytes of UTF-8.

    *grades* are one student's; of hidden checks it shows what a student may see.
    """
    order = exercise_order(grades := [for_student(grade) for grade in grades], titles)
    grades.sort(key=lambda grade: order.index(grade.exercise))
    head = "\n".join([f"<h2>{total_text(grades)}</h2>", "", *_table(grades, titles), ""])
    room = limit - len(head.encode()) - 200
    blocks, left_out = [], 0
    for grade in told_once(one for one in grades if mark_of(one) is not Mark.FULL):
        block = "\n" + "\n".join(_details(grade, titles)) + "\n"
        room -= len(block.encode())
        if room > 0:
            blocks.append(block)
        else:
            left_out += 1
    if left_out:
        blocks.append(f"\n<p>The details of {left_out} more do not fit here; they are in the log.</p>\n")
    return "".join([head, *blocks])


def total_text(grades: Sequence[Grade]) -> str:
    """Return the points of *grades* as a sentence's beginning, such as ``7.5 of 10 points``."""
    total = sum_or_none([grade.score for grade in grades])
    worth = points_text(sum(grade.max_score for grade in grades))
    return (
        f"not graded yet, of {worth} points" if total is None else f"{points_text(total)} of {worth} points"
    )


def _table(grades: Iterable[Grade], titles: Mapping[str, str]) -> Iterator[str]:
    yield "<table>"
    yield '<tr><th></th><th align="left">exercise</th><th align="right">points</th>'
    yield "<th>checks passed</th></tr>"
    for grade in grades:
        passed = sum(one.finding.verdict is Verdict.PASSED for one in grade.findings)
        score = "not graded yet" if grade.score is None else points_text(grade.score)
        yield (
            f"<tr><td>{SIGNS[mark_of(grade)]}</td><td>{_title(grade, titles)}</td>"
            f'<td align="right">{score} / {points_text(grade.max_score)}</td>'
            f'<td align="center">{passed} / {len(grade.findings)}</td></tr>'
        )
    yield "</table>"


def _details(grade: Grade, titles: Mapping[str, str]) -> Iterator[str]:
    # Apart, so that findings cut no note away: those of a cell stand nowhere else.
    parts = (replace(grade, notes=()), replace(grade, findings=()))
    shown = "\n".join(filter(None, (_cut(_plain(part, titles)) for part in parts)))
    opened = " open" if mark_of(grade) in {Mark.PARTIAL, Mark.ZERO} else ""
    yield f"<details{opened}><summary>{SIGNS[mark_of(grade)]} {_title(grade, titles)}</summary>"
    yield f"<pre>{_text(shown)}</pre>"
    yield "</details>"


def _plain(grade: Grade, titles: Mapping[str, str]) -> str:
    """Return the report of *grade* without its heading."""
    return plain_text(exercise_report(grade, titles), WIDTH).partition("\n")[2]


def _cut(shown: str) -> str:
    if len(shown) <= MOST_DETAILS:
        return shown
    return shown[:MOST_DETAILS].rpartition("\n")[0] + "\n… cut here"


def _title(grade: Grade, titles: Mapping[str, str]) -> str:
    return _text(one_line(titles.get(grade.exercise) or grade.exercise))


def _text(text: str) -> str:
    return ACTIVE.sub(lambda match: f"&#{ord(match[0])};", clean(text))
