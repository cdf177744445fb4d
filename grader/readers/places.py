"""Where a submission's cells stand in its file, for whoever points at them: an editor, a CI's annotation."""

import json
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.readers.submissions import script_starts
from grader.submission import Cell, Submission

WHITE = re.compile(r"[ \t\n\r]*")
DECODER = json.JSONDecoder()


@dataclass(frozen=True, kw_only=True, slots=True)
class CellPlace:
    """A cell's first line in the file, and the line of each line of its source; both count from 1."""

    line: int
    source: Sequence[int] = ()

    def of(self, number: int) -> int:
        """Return where line *number* of the source stands, or else where the cell begins."""
        return self.source[number - 1] if 0 < number <= len(self.source) else self.line


class _Lines:
    """Tells on which line of a text a place is. Asked in order, it keeps no list of all lines."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place, self._line = 0, 1

    def at(self, place: int) -> int:
        """Return the line, counted from 1; places may also go back, at the price of counting anew."""
        if place < self._place:
            self._place, self._line = 0, 1
        self._line += self._text.count("\n", self._place, place)
        self._place = place
        return self._line


def cell_places(path: Path) -> Mapping[int, CellPlace]:
    """Return each cell's place in *path*, by the cell's number; nothing for a file that cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        places = _of_script(text) if path.suffix.lower() == ".py" else _of_notebook(text)
        return dict(enumerate(places, start=1))
    except (OSError, ValueError, LookupError, RecursionError):
        return {}


def defined_at(submission: Submission, exercise: str, name: str) -> tuple[int, int] | None:
    """Return the cell, and the line in it, that gives *name* its last value for *exercise*.

    Without any, the first code cell of the exercise's section; ``None`` when there is no such section.
    """
    own = [cell for cell in submission.code if cell.exercise == exercise]
    shared = [cell for cell in submission.code if not cell.exercise]
    pattern = re.compile(
        rf"^(?:async[ \t]+)?(?:(?:def|class)[ \t]+{re.escape(name)}\b|{re.escape(name)}[ \t]*[:=])",
        re.MULTILINE,
    )
    for cell in (*reversed(own), *reversed(shared)):
        if found := _last_line(pattern, cell):
            return cell.number, found
    return (own[0].number, 1) if own else None


def _last_line(pattern: re.Pattern[str], cell: Cell) -> int:
    starts = [match.start() for match in pattern.finditer(cell.source)]
    return cell.source.count("\n", 0, starts[-1]) + 1 if starts else 0


def _of_script(text: str) -> Iterator[CellPlace]:
    starts = script_starts(text)
    for start, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        first = text.count("\n", 0, start) + 1
        last = first + text.count("\n", start, stop)
        yield CellPlace(line=first, source=range(first, last + 1))


def _of_notebook(text: str) -> Iterator[CellPlace]:
    lines = _Lines(text)
    for start in _cell_starts(text):
        yield _cell_place(text, start, lines)


def _cell_starts(text: str) -> list[int]:
    """Return where each cell begins; cells stand in worksheets before nbformat 4."""
    whole = dict(_members(text, _past_white(text, 0)))
    if "cells" in whole:
        return list(_elements(text, whole["cells"]))
    sheets = _elements(text, whole["worksheets"])
    return [start for sheet in sheets for start in _elements(text, dict(_members(text, sheet))["cells"])]


def _cell_place(text: str, start: int, lines: _Lines) -> CellPlace:
    members = dict(_members(text, start))
    line = lines.at(start)
    source = members.get("source", members.get("input"))
    if source is None:
        return CellPlace(line=line)
    found, fresh = array("L"), True
    for place in _elements(text, source) if text[source] == "[" else (source,):
        written = _value(text, place)[0]
        if isinstance(written, str) and written:
            begun = fresh + written.count("\n", 0, -1)
            found.extend(array("L", [lines.at(place)]) * begun)
            fresh = written.endswith("\n")
    return CellPlace(line=line, source=found)


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield the keys of the JSON object at *start*, each with where its value begins."""
    for place in _elements(text, start, "{"):
        key, end = _value(text, place)
        yield str(key), _past_white(text, _past_white(text, end) + 1)


def _elements(text: str, start: int, opening: str = "[") -> Iterator[int]:
    """Yield where each element of the JSON array at *start* begins, or each key of an object."""
    if text[start] != opening:
        raise ValueError(f"found {text[start]!r}, expected {opening!r}")
    place = _past_white(text, start + 1)
    while text[place] not in "]}":
        yield place
        end = _value(text, place)[1]
        if opening == "{":
            end = _value(text, _past_white(text, _past_white(text, end) + 1))[1]
        place = _past_white(text, end)
        if text[place] == ",":
            place = _past_white(text, place + 1)


def _value(text: str, place: int) -> tuple[Any, int]:
    found: tuple[Any, int] = DECODER.raw_decode(text, place)
    return found


def _past_white(text: str, place: int) -> int:
    found = WHITE.match(text, place)
    return found.end() if found else place
