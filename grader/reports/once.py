"""What readers need to be told once: the notes of a cell that stands in no exercise's section, and a hint."""

import re
from collections.abc import Iterable
from dataclasses import replace

from grader.grade import Grade, MarkedFinding

#: How a cell ran; a cell outside all sections is noted at every exercise.
OF_A_CELL = re.compile(r"cell \d+\b")


def told_once(grades: Iterable[Grade]) -> list[Grade]:
    """Return *grades* as they are read from the first to the last, without what was said before.

    A note on a cell is said once for each submission, a hint once for each exercise, at its first check.
    """
    said: set[tuple[str, str, str]] = set()
    shown = []
    for grade in grades:
        notes = {note: (grade.submission, grade.sha256, note) for note in grade.notes}
        kept = tuple(note for note in grade.notes if notes[note] not in said)
        said.update(key for note, key in notes.items() if OF_A_CELL.match(note))
        shown.append(replace(grade, notes=kept, findings=_hinted_once(grade.findings)))
    return shown


def _hinted_once(findings: Iterable[MarkedFinding]) -> tuple[MarkedFinding, ...]:
    given: set[str] = set()
    shown = []
    for one in findings:
        hint = one.finding.hint
        shown.append(replace(one, finding=replace(one.finding, hint="")) if hint in given else one)
        given.add(hint)
    return tuple(shown)
