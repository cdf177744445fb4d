"""The JSON record."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GraderError
from grader.grade import Grade
from grader.reports.record import record_of, write_record
from grader.verdict import Verdict

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text(encoding="utf-8")
EXAMPLE = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])


def strictly(text: str) -> Any:
    """Read JSON, but no NaN and no infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_the_record_has_exactly_the_fields_of_its_page(graded: Callable[..., Grade]) -> None:
    """The worked example and the code agree, key by key, in order."""
    made = record_of([graded()], exercises=["one"], environment={})

    assert list(made) == list(EXAMPLE)
    assert list(made["grades"][0]) == list(EXAMPLE["grades"][0])
    assert list(made["grades"][0]["findings"][0]) == list(EXAMPLE["grades"][0]["findings"][0])


def test_the_page_tells_of_every_field_and_verdict() -> None:
    """A field without a row in the page would be a secret."""
    grade = EXAMPLE["grades"][0]
    words = {*EXAMPLE, *grade, *grade["findings"][0], *(verdict.value for verdict in Verdict)}

    assert not [word for word in words if f"| `{word}` |" not in PAGE]


def test_ungraded_is_null_and_never_zero(graded: Callable[..., Grade]) -> None:
    """A fault of ours never becomes a zero."""
    (grade,) = record_of([graded(Verdict.UNGRADED)], exercises=["one"], environment={})["grades"]

    assert grade["score"] is None
    assert grade["findings"][0]["score"] is None
    assert grade["needs_review"] is True


def test_one_grade_per_student_and_exercise_in_order(graded: Callable[..., Grade]) -> None:
    """By student, then in the order of the assignment; the later grade counts."""
    grades = [
        graded(student="binh", exercise="one"),
        graded(Verdict.FAILED, exercise="one"),
        graded(exercise="two"),
        graded(exercise="one"),
    ]

    made = record_of(grades, exercises=["two", "one"], environment={})["grades"]

    assert [(one["student"], one["exercise"], one["score"]) for one in made] == [
        ("an", "two", 2.0),
        ("an", "one", 2.0),
        ("binh", "one", 2.0),
    ]


def test_the_file_is_strict_json_whatever_is_in_it(tmp_path: Path, graded: Callable[..., Grade]) -> None:
    """NaN, lone surrogates and objects without JSON do not spoil it."""
    path = tmp_path / "record.json"
    grade = graded(student="\udc80ì\x00", seconds=float("inf"))

    write_record(path, [grade], exercises=["one"], environment={"load": [float("nan")], "path": tmp_path})

    made = strictly(path.read_text(encoding="utf-8"))
    assert made["environment"] == {"load": [None], "path": str(tmp_path)}
    assert made["grades"][0]["student"] == "\\udc80ì\x00"
    assert made["grades"][0]["seconds"] is None


def test_the_file_shows_nothing_that_a_terminal_or_an_editor_obeys(
    tmp_path: Path, graded: Callable[..., Grade]
) -> None:
    """It is read with ``less`` as often as by programs, which get the very name."""
    path, name = tmp_path / "record.json", "\x1b[2J\x9b2J\u202e\u2028\ufeff\U000e0041"

    write_record(path, [graded(student=name)], exercises=["one"], environment={})

    text = path.read_text(encoding="utf-8")
    assert not set(name) - set("[2J") & set(text)
    assert strictly(text)["grades"][0]["student"] == name


def test_the_same_grades_give_the_same_bytes(tmp_path: Path, grades: tuple[Grade, ...]) -> None:
    """Whatever order they come in."""
    for name, given in (("a", grades), ("b", grades[::-1])):
        write_record(tmp_path / name, given, exercises=sorted({g.exercise for g in grades}), environment={})

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_record_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graded: Callable[..., Grade]
) -> None:
    """A full disk costs nothing, and the message says what to do."""
    path = tmp_path / "record.json"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(GraderError, match=r"No space left.*unchanged.*run the same command again"):
        write_record(path, [graded()], exercises=["one"], environment={})

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_is_private(tmp_path: Path, graded: Callable[..., Grade]) -> None:
    """It holds hidden expected values."""
    write_record(tmp_path / "r.json", [graded()], exercises=["one"], environment={})

    assert (tmp_path / "r.json").stat().st_mode & 0o777 == 0o600


def test_a_runner_obeys_nothing_in_a_record_that_a_log_shows(
    graded: Callable[..., Grade], tmp_path: Path
) -> None:
    """``cat record.json`` in a job: JSON's own escapes break the commands, and the text is the same."""
    said = "::error::a\\::b\n:::stop ##[error]c ###[group]d #[e] a:b"
    write_record(tmp_path / "r.json", [graded(student=said)], exercises=["one"], environment={"::a": said})

    text = (tmp_path / "r.json").read_text()

    assert "::" not in text
    assert "##[" not in text
    assert "#[e] a:b" in text
    assert strictly(text)["grades"][0]["student"] == said
    assert strictly(text)["environment"] == {"::a": said}
