"""What a check says where a name may be, or surely is, what a student wrote for another exercise."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from grader.grade import Grade
from grader.notebook.claims import Claims, Present
from grader.notebook.standing import EARLIER, better
from grader.reports.standings import Mark, mark_of


def as_it_stands(grade: Grade, present: Present, claims: Claims, names: Mapping[str, Any]) -> Grade:
    """Return *grade*, or the last one where names are another exercise's by now; progress says the same."""
    last = claims.last_grade(grade.exercise)
    if last is not None and present.taken and better(grade, last) is last:
        return replace(last, notes=(*last.notes, EARLIER))
    return with_notes(grade, present, claims, names)


def with_notes(grade: Grade, present: Present, claims: Claims, names: Mapping[str, Any]) -> Grade:
    """Return *grade*; unless all is right, its notes say which of *names* may not be the exercise's own."""
    if mark_of(grade) is Mark.FULL:
        return grade
    return replace(grade, notes=(*grade.notes, *_notes(grade, present, claims, names)))


def _notes(grade: Grade, present: Present, claims: Claims, names: Mapping[str, Any]) -> Iterator[str]:
    exercise, last = grade.exercise, claims.last_grade(grade.exercise)
    for name in present.taken:
        others = " and ".join(sorted(claims.claimants(name, names[name])))
        yield (
            f"{name} is now the one that you checked for {others}; run the cell with the one for "
            f"{exercise} again, then check"
        )
    if last is not None and better(grade, last) is last:
        for name in present.open:
            yield (
                f"{name} is another one than when you last checked {exercise}, and that was better; if it is "
                f"for another exercise, run the cell with the one for {exercise} again"
            )
