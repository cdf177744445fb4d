"""Reads a notebook's cells. What a student wrote may be of any form and size; it costs memory by the measure.

Outputs and most metadata are left out before nbformat looks: it takes minutes, and gigabytes, over what
nobody reads here.
"""

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from grader.submission import Cell, CellKind

MAX_CELLS = 2000
#: Values in the JSON: a million of them are a hundred megabytes, once parsed.
MAX_PARTS = 1_000_000
# The closing quote may lack: a string that never ends is passed over once, not from each of its quotes.
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
KEPT = frozenset(
    {"cell_type", "source", "input", "id", "language", "level", "execution_count", "prompt_number"}
)


class Unreadable(Exception):
    """What is wrong with a file, for its student."""


def notebook_cells(text: str) -> tuple[list[Cell], dict[int, str]]:
    """Return the cells of the notebook *text*, and the exercises that their metadata name, by cell number."""
    import nbformat  # noqa: PLC0415 - takes long, and a class of scripts does not need it

    raw = _parsed(text)
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise Unreadable("the file is JSON, but not a notebook: hand in the .ipynb file itself")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(json.dumps(_bare(raw)), as_version=4)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(
            f"the notebook is damaged ({type(error).__name__}): open it in Jupyter and save it"
        ) from error
    return _upgraded_cells(notebook)


def _parsed(text: str) -> Any:
    if _too_many_parts(text):
        raise Unreadable(
            f"the notebook holds more than {MAX_PARTS:,} values: clear its outputs and hand it in again"
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(
            f"the notebook is broken JSON{where}: open it in Jupyter, save it, and hand it in again"
        ) from error


def _too_many_parts(text: str) -> bool:
    """Return whether *text*, JSON not yet parsed, holds too many values: each but the first needs a sign."""
    parts = _signs(text)
    if parts <= MAX_PARTS:
        return False
    # Strings hold commas by the million: a plot's JavaScript, a table.
    for number, string in enumerate(STRING.finditer(text)):
        parts -= _signs(string[0])
        if number > MAX_PARTS:
            return True
    return parts > MAX_PARTS


def _signs(text: str) -> int:
    return sum(map(text.count, ",[{"))


def _bare(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook with nothing but what is read of it: its cells' sources, and marks of ours."""
    bare: dict[str, Any] = {key: raw[key] for key in ("nbformat", "nbformat_minor") if key in raw}
    if "worksheets" in raw:
        bare["worksheets"] = [{"cells": _bare_cells(sheet["cells"])} for sheet in raw["worksheets"]]
    if "cells" in raw:
        bare["cells"] = _bare_cells(raw["cells"])
    return {**bare, "metadata": {}}


def _bare_cells(cells: Any) -> Any:
    if not isinstance(cells, list):
        return cells
    if len(cells) > MAX_CELLS:
        raise Unreadable(
            f"the notebook has too many cells, more than {MAX_CELLS}: hand in your own work alone"
        )
    return [dict(_bare_cell(cell)) if isinstance(cell, dict) else cell for cell in cells]


def _bare_cell(cell: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in cell.items():
        if key in KEPT:
            yield key, value
        elif key == "outputs":
            yield key, []
    metadata = cell.get("metadata")
    ours = metadata.get("grader") if isinstance(metadata, dict) else None
    yield "metadata", {"grader": ours} if ours else {}


def _upgraded_cells(notebook: Any) -> tuple[list[Cell], dict[int, str]]:
    written = notebook.get("cells")
    if not isinstance(written, list) or len(written) > MAX_CELLS:
        raise Unreadable("the notebook has no list of cells, or too many: open it in Jupyter and save it")
    cells, marks = [], {}
    for number, cell in enumerate(written, start=1):
        kind = CellKind.CODE if cell.get("cell_type") == "code" else CellKind.TEXT
        cells.append(Cell(number=number, kind=kind, source=_source(cell.get("source", ""))))
        mark = _mark_of(cell)
        if mark:
            marks[number] = mark
    return cells, marks


def _source(written: Any) -> str:
    if isinstance(written, list):
        return "".join(written)
    if not isinstance(written, str):
        raise Unreadable("the notebook is damaged (a cell without text): open it in Jupyter and save it")
    return written


def _mark_of(cell: Mapping[str, Any]) -> str:
    ours = cell.get("metadata", {}).get("grader", {}) if isinstance(cell.get("metadata"), dict) else {}
    mark = ours.get("exercise", "") if isinstance(ours, dict) else ""
    return mark if isinstance(mark, str) else ""
