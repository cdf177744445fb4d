"""Exhibits for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.reports.exhibits import (
    ArrayExhibit,
    CurvesExhibit,
    DiffCell,
    DiffRow,
    FaultExhibit,
    LayersExhibit,
    Row,
    ValuesExhibit,
    cell_text,
    count_text,
    read_exhibit,
)
from grader.reports.points import percent_text
from grader.reports.prose import one_line
from grader.reports.signs import CHANGE_SIGNS

CHANGE_STYLES = {"same": "dim", "extra": "red", "missing": "green", "changed": "yellow", "shifted": "cyan"}
# Of a longer run of equal layers only the ends are shown.
EQUAL_RUN = 4
WRONG_CASES = 8


def exhibit_view(exhibit: Mapping[str, Any]) -> RenderableType | None:
    """Return *exhibit* for a terminal, or ``None`` when there is none or it is malformed."""
    match read_exhibit(exhibit):
        case LayersExhibit() as shown:
            return _layers(shown)
        case ValuesExhibit() as shown:
            return _values(shown)
        case ArrayExhibit() as shown:
            return _array(shown)
        case CurvesExhibit() as shown:
            return _curves(shown)
        case FaultExhibit() as shown:
            return Text(one_line(shown.text, 500), style="dim")
    return None


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _layers(exhibit: LayersExhibit) -> Table:
    table = _table("", "found", "expected")
    for row in _folded(exhibit.rows):
        if isinstance(row, int):
            table.add_row("", Text(f"… {row} layers that agree …", style="dim"), "")
        else:
            table.add_row(*_diff_row(row))
    both = exhibit.totals
    if both.found or both.expected:
        totals = [count_text(side.total) if side else "" for side in (both.found, both.expected)]
        table.add_row("", *(Text(f"{total} in all" if total else "", style="bold") for total in totals))
    return table


def _folded(rows: Sequence[DiffRow]) -> Iterator[DiffRow | int]:
    """Yield the rows, with the middle of each long run of equal layers as a count."""
    for same, run in groupby(rows, key=lambda row: row.change == "same"):
        group = list(run)
        if same and len(group) > EQUAL_RUN:
            yield from (group[0], len(group) - 2, group[-1])
        else:
            yield from group


def _diff_row(row: DiffRow) -> tuple[Text, ...]:
    style = CHANGE_STYLES[row.change]
    found, expected = (Text(_side(side), style=style) for side in (row.found, row.expected))
    if row.why:  # beside a lone layer, below a pair: 80 columns have no room for a third column
        beside = found if not found else expected
        beside.append("\n" if beside else "").append(one_line(row.why), style="dim")
    return Text(CHANGE_SIGNS[row.change], style=style), found, expected


def _side(cell: DiffCell | None) -> str:
    return f"{one_line(cell.kind, 40)} {one_line(cell.shape, 60)} {cell.count}" if cell else ""


def _values(exhibit: ValuesExhibit) -> RenderableType:
    table = _table("call", "found", "expected")
    wrong = [case for case in exhibit.cases if not case.right]
    for case in wrong[:WRONG_CASES]:
        table.add_row(
            Text(one_line(case.call)),
            Text(one_line(case.found), style="red"),
            Text(one_line(case.expected), style="green"),
        )
    if len(wrong) > WRONG_CASES:
        table.add_row(Text(f"… and {len(wrong) - WRONG_CASES} more", style="dim"), "", "")
    return Group(table, _array(exhibit.array)) if exhibit.array else table


def _array(exhibit: ArrayExhibit) -> Columns:
    return Columns([_window("found", exhibit.found, exhibit), _window("expected", exhibit.expected, exhibit)])


def _window(title: str, rows: Sequence[Row], exhibit: ArrayExhibit) -> Table:
    top, left = exhibit.origin
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=title,
        title_justify="left",
        min_width=len(title),
    )
    table.add_column(style="dim", justify="right")
    width = max(map(len, rows), default=0)
    for column in range(width):
        table.add_column(str(left + column), justify="right", no_wrap=True, header_style="dim")
    digits = exhibit.digits
    for number, row in enumerate(rows):
        cells = [
            Text(one_line(cell_text(cell, digits)), style=_cell_style(exhibit, number, column))
            for column, cell in enumerate(row)
        ]
        table.add_row(str(top + number), *cells)
    return table


def _cell_style(exhibit: ArrayExhibit, row: int, column: int) -> str:
    place = (exhibit.origin[0] + row, exhibit.origin[1] + column)
    return "bold reverse" if place == exhibit.worst else ""


def _curves(exhibit: CurvesExhibit) -> Table:
    """Return how each training began and ended: in test accuracy, or in loss where no rows were held out."""
    drawn = [curve for curves in exhibit.arms.values() for curve in curves]
    told = any(curve.accuracies for curve in drawn)
    title = "test accuracy" if told else "training loss"
    table = _table("features", "seed", f"{title}, first epoch → last")
    for arm, curves in exhibit.arms.items():
        for curve in curves:
            values = (
                [percent_text(one) for one in curve.accuracies]
                if told
                else list(map(cell_text, curve.losses))
            )
            ends = [values[0], values[-1]] if values else []
            table.add_row(Text(one_line(arm)), str(curve.seed), " → ".join(ends))
    return table
