"""The CSV sheet."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.grade import Grade
from grader.reports.sheet import harmless, sheet_rows, write_sheet
from grader.verdict import Verdict

Make = Callable[..., Grade]


def test_a_row_holds_points_total_and_review(graded: Make) -> None:
    """Numbers as short as they are."""
    grades = [graded(score=1 / 3), graded(exercise="two", score=0.5)]

    assert list(sheet_rows(grades, exercises=["one", "two"])) == [
        ["student", "one", "two", "total", "max_total", "needs_review"],
        ["an", "0.33", "0.5", "0.83", "4", "no"],
    ]


def test_ungraded_is_empty_and_so_is_its_total(graded: Make) -> None:
    """An empty cell is not counted as 0 by a spreadsheet's mean."""
    grades = [graded(Verdict.UNGRADED), graded(exercise="two"), graded(student="binh")]

    _, an, binh = sheet_rows(grades, exercises=["one", "two"])

    assert an == ["an", "", "2", "", "4", "yes"]
    assert binh == ["binh", "2", "", "", "4", "yes"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_name_is_never_a_formula(start: str) -> None:
    """Opening the sheet runs nothing."""
    assert harmless(f"{start}cmd()") == f"'{start}cmd()"


def test_a_hostile_name_is_made_harmless_in_its_row(graded: Make) -> None:
    """Where it matters."""
    _, row = sheet_rows([graded(student="=cmd()")], exercises=["one"])

    assert row[0] == "'=cmd()"


def test_an_ordinary_name_stays() -> None:
    """Nothing is added that need not be."""
    assert harmless("Anne-Marie =)") == "Anne-Marie =)"


def test_any_name_survives_the_file(tmp_path: Path, graded: Make) -> None:
    """Quotes, commas, newlines and Vietnamese come back as they were."""
    names = ['O"Neil, Jr', "two\nlines", "Nguyễn Thị Ánh", "'quoted'"]
    write_sheet(tmp_path / "s.csv", [graded(student=name) for name in names], exercises=["one"])

    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        read = [row["student"] for row in csv.DictReader(file)]

    assert sorted(read) == sorted(names)


def test_excel_is_told_that_it_is_utf8(tmp_path: Path, graded: Make) -> None:
    """Without the mark, Excel shows Vietnamese names as mojibake."""
    write_sheet(tmp_path / "s.csv", [graded()], exercises=["one"])

    assert (tmp_path / "s.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,one,total")
