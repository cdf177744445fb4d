"""Which exercise each cell of a submission answers.

A section begins at a heading that names an exercise by its id or title, at a cell whose metadata
names it (``{"grader": {"exercise": "same-padding"}}``), or at a code comment ``# exercise: same-padding``.
It ends at the next section, or at a heading of the same or a higher level that names none.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.submission import Cell, CellKind

# Students write these texts: no two neighbouring parts of a pattern may match the same characters, or
# a line of many spaces takes minutes.
HEADING = re.compile(r"^(#{1,6})[^\S\n](.*)$", re.MULTILINE)
COMMENT = re.compile(
    r"^[^\S\n]*#(?:[^\S\n]*%%)?[^\S\n]*exercise[^\S\n]*:[^\S\n]*([a-z0-9-]+)[^\S\n]*$",
    re.MULTILINE | re.IGNORECASE,
)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


@dataclass(kw_only=True)
class _Place:
    exercise: str = ""
    level: int = 0


def assign_sections(
    cells: Sequence[Cell], titles: Mapping[str, Sequence[str]], marks: Mapping[int, str]
) -> tuple[Cell, ...]:
    """Return *cells* with their exercises.

    *titles* lists each id's titles; *marks* is the exercise that a cell's metadata names, by cell number.
    """
    names = {
        _normal(name): exercise for exercise, all_titles in titles.items() for name in (exercise, *all_titles)
    }
    place, assigned = _Place(), []
    for cell in cells:
        _move(place, cell, names, marks.get(cell.number, ""), titles)
        assigned.append(Cell(number=cell.number, kind=cell.kind, source=cell.source, exercise=place.exercise))
    return tuple(assigned)


def _move(
    place: _Place, cell: Cell, names: Mapping[str, str], mark: str, ids: Mapping[str, Sequence[str]]
) -> None:
    if mark in ids:
        place.exercise, place.level = mark, 7
    elif cell.kind is CellKind.CODE:
        found = COMMENT.search(cell.source)
        if found and found[1].lower() in ids:
            place.exercise, place.level = found[1].lower(), 7
    else:
        _follow_headings(place, cell.source, names)


def _follow_headings(place: _Place, text: str, names: Mapping[str, str]) -> None:
    for marks, heading in HEADING.findall(_without_code(text)):
        exercise = _named_by(_normal(heading), names)
        if exercise:
            place.exercise, place.level = exercise, len(marks)
        elif len(marks) <= place.level:
            place.exercise = ""


def _without_code(text: str) -> str:
    """Leave out fenced code, where ``#`` begins a comment and no heading."""
    kept, fence = [], ""
    for line in text.split("\n"):
        found = FENCE.match(line)
        if not fence:
            fence = found[1] if found else ""
            kept.append("" if found else line)
        elif found and found[1].startswith(fence):
            fence = ""
    return "\n".join(kept)


def _named_by(heading: str, names: Mapping[str, str]) -> str:
    """Return the exercise that *heading* names; of several, the one with the longest name."""
    padded = f" {heading} "
    found = [name for name in names if f" {name} " in padded]
    return names[max(found, key=len)] if found else ""


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFC", text).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())
