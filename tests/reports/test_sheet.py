"""The CSV sheet."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.grade import Grade
from grader.reports.sheet import harmless, sheet_rows, students_lost, write_sheet
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


def test_the_students_that_another_run_would_lose_are_counted(graded: Make, tmp_path: Path) -> None:
    """By their names in the sheet, which are made harmless."""
    path = tmp_path / "grades.csv"
    write_sheet(path, [graded(student=name) for name in ("an", "=binh", "chi")], exercises=["one"])

    assert students_lost(path, ["an"]) == 2
    assert students_lost(path, ["an", "=binh", "chi", "duy"]) == 0


@pytest.mark.parametrize(
    "content", [b"", b"student\nan\n", b"name,total,max_total,needs_review\nan,1,1,no\n", b"\xff\xfe"]
)
def test_a_file_of_somebody_elses_loses_nobody(tmp_path: Path, content: bytes) -> None:
    """Nor does one that is not there."""
    path = tmp_path / "grades.csv"
    assert students_lost(path, []) == 0

    path.write_bytes(content)

    assert students_lost(path, []) == 0


STARTS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\u2212"]
BEFORE = ["", " ", "\xa0", "\u3000", "'", '"', "' \"", "\u201c"]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("start", STARTS)
def test_a_name_is_never_a_formula(before: str, start: str) -> None:
    """Opening the sheet runs nothing, in a wide sign neither, nor behind what spreadsheets drop."""
    assert harmless(f"{before}{start}cmd()") == f"'{before}{start}cmd()"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\t=cmd()", r"\t=cmd()"),
        ("\r=cmd()", r"\r=cmd()"),
        ("two\n=cmd()", r"two\n=cmd()"),
        ("\ufeff=cmd()", r"\ufeff=cmd()"),
        ("\u200b=cmd()", r"\u200b=cmd()"),
        ("\x00=cmd()", r"\x00=cmd()"),
        ("a\x1b[2J", r"a\x1b[2J"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
    ],
)
def test_what_cannot_be_seen_in_a_name_is_spelled_out(name: str, shown: str) -> None:
    """A spreadsheet might drop it, split at it, or begin a new cell behind it; spelled out, it is text."""
    assert harmless(name) == shown


def test_a_name_begins_no_cell_where_semicolons_part_them(tmp_path: Path, graded: Make) -> None:
    """So they do in most of Europe and in Vietnam; quoted, the name is one cell there, too."""
    write_sheet(
        tmp_path / "s.csv", [graded(student='a";=cmd()'), graded(student="b;=cmd()")], exercises=["one"]
    )

    lines = (tmp_path / "s.csv").read_text(encoding="utf-8-sig").splitlines()

    assert lines[1].startswith('"a"";=cmd()",')
    assert [row[0][:3] for row in csv.reader(lines, delimiter=";")] == ["stu", 'a";', "b;="]


def test_a_hostile_name_is_made_harmless_in_its_row(graded: Make) -> None:
    """Where it matters."""
    _, row = sheet_rows([graded(student="=cmd()")], exercises=["one"])

    assert row[0] == "'=cmd()"


def test_an_ordinary_name_stays() -> None:
    """Nothing is added that need not be."""
    assert harmless("Anne-Marie =)") == "Anne-Marie =)"


def test_any_name_survives_the_file(tmp_path: Path, graded: Make) -> None:
    """Quotes, commas, semicolons and Vietnamese come back as they were."""
    names = ['O"Neil, Jr', "Lê; Hoàng", "Nguyễn Thị Ánh", "'quoted'"]
    write_sheet(tmp_path / "s.csv", [graded(student=name) for name in names], exercises=["one"])

    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        read = [row["student"] for row in csv.DictReader(file)]

    assert sorted(read) == sorted(names)


def test_excel_is_told_that_it_is_utf8(tmp_path: Path, graded: Make) -> None:
    """Without the mark, Excel shows Vietnamese names as mojibake."""
    write_sheet(tmp_path / "s.csv", [graded()], exercises=["one"])

    assert (tmp_path / "s.csv").read_bytes().startswith(b'\xef\xbb\xbf"student","one","total"')


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write to it; there are no rows to lose."""
    os.mkfifo(tmp_path / "pipe")

    assert students_lost(tmp_path / "pipe", ["an"]) == 0
