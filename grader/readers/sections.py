"""Which exercise each cell of a submission answers.

A section begins at a heading that names an exercise by its id or title, at a cell whose metadata
names it (``{"grader": {"exercise": "same-padding"}}``), at a code comment ``# exercise: same-padding``, or at
a cell that begins with ``%%check same-padding``.
It ends at the next section, or at a heading of the same or a higher level that names none.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.submission import Cell, CellKind

# Students write these texts: no two neighbouring parts of a pattern may match the same characters, or
# a line of many spaces takes minutes.
LINE = re.compile(r"^(?: {0,3}(`{3,}|~{3,})|(#{1,6})[^\S\n](.*)$)", re.MULTILINE)
COMMENT = re.compile(
    r"^[^\S\n]*#(?:[^\S\n]*%%)?[^\S\n]*exercise[^\S\n]*:[^\S\n]*([a-z0-9-]+)[^\S\n]*$",
    re.MULTILINE | re.IGNORECASE,
)

MAGIC = re.compile(r"\s*%%check[^\S\n]+[\"']?([a-z0-9-]+)", re.IGNORECASE)


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
        found = COMMENT.search(cell.source) or MAGIC.match(cell.source)
        # One more mark of the same section does not end it any earlier.
        if found and found[1].lower() in ids and found[1].lower() != place.exercise:
            place.exercise, place.level = found[1].lower(), 7
    else:
        _follow_headings(place, cell.source, names)


def _follow_headings(place: _Place, text: str, names: Mapping[str, str]) -> None:
    """Follow the headings of *text*, but for those in fenced code, where ``#`` begins a comment."""
    fence = ""
    for ticks, marks, heading in (match.groups("") for match in LINE.finditer(text)):
        if not ticks and not fence:
            _follow(place, len(marks), _named_by(_normal(heading), names))
        elif ticks and not fence:
            fence = ticks
        elif ticks.startswith(fence):
            fence = ""


def _follow(place: _Place, level: int, exercise: str) -> None:
    if exercise:
        place.exercise, place.level = exercise, level
    elif level <= place.level:
        place.exercise = ""


def _named_by(heading: str, names: Mapping[str, str]) -> str:
    """Return the exercise that *heading* names; of several, the one with the longest name."""
    padded = f" {heading} "
    found = [name for name in names if f" {name} " in padded]
    return names[max(found, key=len)] if found else ""


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFC", text).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())
