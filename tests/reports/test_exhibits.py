"""Exhibits are read with care."""

from typing import Any

import pytest

from grader.reports.exhibits import (
    ArrayExhibit,
    LayersExhibit,
    ValuesExhibit,
    cell_text,
    read_exhibit,
    shape_text,
)


def test_a_malformed_exhibit_is_none_or_harmless(malformed: Any) -> None:
    """It never raises."""
    for exhibit in malformed:
        read_exhibit(exhibit)


@pytest.mark.parametrize("nothing", [None, {}, [], 3, "layers"])
def test_nothing_is_no_exhibit(nothing: Any) -> None:
    """Absent exhibits are the usual case."""
    assert read_exhibit(nothing) is None


def test_a_broken_window_does_not_take_the_values_with_it() -> None:
    """What can be shown is shown."""
    case = {"call": "f()", "found": "1", "expected": "2", "right": False}

    exhibit = read_exhibit({"kind": "values", "cases": [case], "array": {"kind": "array", "found": 3}})

    assert isinstance(exhibit, ValuesExhibit)
    assert exhibit.array is None
    assert exhibit.cases[0].expected == "2"


def test_a_long_exhibit_is_cut() -> None:
    """A report stays readable, and small."""
    exhibit = read_exhibit({"kind": "layers", "rows": [{"change": "same"}] * 5000})

    assert isinstance(exhibit, LayersExhibit)
    assert len(exhibit.rows) == 500


def test_cells_keep_their_kind() -> None:
    """True is not 1, and "nan" stays a word."""
    exhibit = read_exhibit({"kind": "array", "found": [[True, 1, 1.5, "nan"]], "expected": []})

    assert isinstance(exhibit, ArrayExhibit)
    assert [cell_text(cell) for cell in exhibit.found[0]] == ["True", "1", "1.5", "nan"]


@pytest.mark.parametrize(
    ("found", "expected", "texts"),
    [
        (3.15, 3.7, ["3.15", "3.7"]),
        (1.000001, 1.000002, ["1.000001", "1.000002"]),
        (0.1 + 0.2, 0.3, ["0.30000000000000004", "0.29999999999999999"]),
        (1.0, 1.0, ["1", "1"]),
        ("nan", 1.0, ["nan", "1"]),
    ],
)
def test_cells_have_digits_enough_to_differ(found: Any, expected: Any, texts: list[str]) -> None:
    """At the worst place; no more than that takes."""
    given = {"kind": "array", "worst": [4, 2], "origin": [4, 1], "found": [[0.0, found]]}
    exhibit = read_exhibit({**given, "expected": [[0.0, expected]]})

    assert isinstance(exhibit, ArrayExhibit)
    assert [cell_text(rows[0][1], exhibit.digits) for rows in (exhibit.found, exhibit.expected)] == texts


@pytest.mark.parametrize("worst", [[0, 0], [9, 9], [-1, -1]])
def test_a_worst_place_that_is_not_shown_needs_none(worst: list[int]) -> None:
    """A record may say anything."""
    exhibit = read_exhibit({"kind": "array", "worst": worst, "origin": [1, 1], "found": [[]], "expected": []})

    assert isinstance(exhibit, ArrayExhibit)
    assert exhibit.digits == 5


def test_differing_columns_are_named() -> None:
    """So that a reader sees which number is wrong."""
    cell = {"kind": "Conv2D", "output_shape": [None, 4], "parameters": 9}
    row = {"change": "changed", "found": cell, "expected": {**cell, "parameters": 8}}

    exhibit = read_exhibit({"kind": "layers", "rows": [row]})

    assert isinstance(exhibit, LayersExhibit)
    assert exhibit.rows[0].differing == {"parameters"}


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ([None, 28, 28, 8], "(None, 28, 28, 8)"),
        ([None], "(None,)"),
        ([], "()"),
        (None, ""),
        ([[1], [2]], "((1,), (2,))"),
    ],
)
def test_shapes_read_as_in_keras(shape: Any, text: str) -> None:
    """As ``model.summary()`` writes them."""
    assert shape_text(shape) == text
