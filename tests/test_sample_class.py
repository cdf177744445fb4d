"""The sample class, graded by the command that ``make demo`` runs, against verdicts written by hand."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.commands import COURSE, ROOT, grader

EXPECTED: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
    (ROOT / "tests" / "sample_class_verdicts.yaml").read_text(encoding="utf-8")
)
CASES = [(student, exercise) for student, answers in EXPECTED.items() for exercise in answers]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a run over the sample class wrote."""
    folder = tmp_path_factory.mktemp("demo")
    done = grader(
        folder,
        *("grade", str(ROOT / "tests" / "sample_class"), "--assignment", "convolution", *COURSE),
        *("--record", "record.json", "--csv", "grades.csv", "--html", "report"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def grades(output: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The record's grades by (student, exercise)."""
    record = json.loads((output / "record.json").read_text(encoding="utf-8"))
    return {(each["student"], each["exercise"]): each for each in record["grades"]}


@pytest.mark.parametrize(("student", "exercise"), CASES)
def test_verdicts(grades: dict[tuple[str, str], dict[str, Any]], student: str, exercise: str) -> None:
    """Every check of every answer has the verdict that the answer deserves."""
    found = {each["check"]: each["verdict"] for each in grades[student, exercise]["findings"]}
    wanted = EXPECTED[student][exercise]
    if set(wanted) == {"all"}:
        wanted = dict.fromkeys(found, wanted["all"])

    assert found == wanted


def test_every_submission_is_expected(grades: dict[tuple[str, str], dict[str, Any]]) -> None:
    """No file of the class goes untested."""
    folder = ROOT / "tests" / "sample_class"
    there = {path.stem if path.is_file() else path.name for path in folder.iterdir()}

    assert there == {student for student, _exercise in grades} == set(EXPECTED)


def test_right_answers_earn_everything(grades: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Students who are right throughout have full marks, in whatever style they write."""
    for student in ("amelie-dubois", "kenji-watanabe", "priya-raghavan", "ravi-kumar", "chloe-martin"):
        scores = [grade["score"] for (name, _exercise), grade in grades.items() if name == student]
        assert scores == [10.0] * 10, student


def test_known_mistakes_are_named(grades: dict[tuple[str, str], dict[str, Any]]) -> None:
    """The notes' formula is met with its own hint."""
    findings = grades["lukas-bauer", "conv-output-shape"]["findings"]

    assert any("stride divides first" in each["hint"] for each in findings)


def test_subclasses_wait_for_a_person(grades: dict[tuple[str, str], dict[str, Any]]) -> None:
    """What a submission says of itself is marked."""
    grade = grades["elif-yilmaz", "small-cnn"]

    assert grade["needs_review"]
    assert any(each["self_reported"] for each in grade["findings"])


def test_the_report_is_complete(output: Path) -> None:
    """A page for each student, twice: one to hand out, one for staff."""
    for folder in ("students", "staff"):
        assert len(list((output / "report" / folder).glob("*.html"))) == len(EXPECTED)


def text_of(folder: Path) -> str:
    """Return what a reader of the pages in *folder* reads, white space and quotes aside."""
    pages = (page.read_text(encoding="utf-8") for page in folder.glob("*.html"))
    return plain("\n".join(html.unescape(re.sub(r"<[^>]*>", "", page)) for page in pages))


def plain(text: str) -> str:
    """Return *text* without white space and backquotes."""
    return re.sub(r"[\s`]+", "", text)


def test_pages_to_hand_out_tell_no_hidden_value(
    output: Path, grades: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """What hidden checks say to staff does not stand on students' pages."""
    findings = [
        each for grade in grades.values() for each in grade["findings"] if each["verdict"] == "failed"
    ]
    shown = {plain(each["message"])[:60] for each in findings if each["visible"]}
    hidden = {plain(each["message"])[:60] for each in findings if not each["visible"]} - shown
    staff, students = text_of(output / "report" / "staff"), text_of(output / "report" / "students")

    assert len(hidden) > 50
    assert [message for message in hidden if message not in staff] == []
    assert [message for message in hidden if message in students] == []
