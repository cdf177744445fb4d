"""What stands at several places is read once, and kept everywhere."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from grader.cli.ci_log import Host, details
from grader.grade import Grade, MarkedFinding
from grader.notebook.view import grades_view
from grader.reports.class_report import ClassReport
from grader.reports.html.pages import pages
from grader.reports.junit import junit_of
from grader.reports.markdown import summary_markdown
from grader.reports.once import told_once
from grader.reports.terminal import student_report
from grader.verdict import Verdict

TITLES = {"one": "First", "two": "Second"}
SHARED, OWN = "cell 2: skipped the magic", "cell 5 stopped with ValueError"
OTHER = "Trained in your notebook"


@pytest.fixture
def twins(graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]) -> list[Grade]:
    """Two exercises of one submission, with a cell outside both, and a hint at two checks of each."""
    wrong = tuple(marked(Verdict.FAILED, check=name, hint=f"Mind {name[0]}") for name in ("ax", "ay", "bz"))
    one = graded(Verdict.FAILED, findings=wrong, notes=(SHARED, OTHER))
    return [one, replace(one, exercise="two", notes=(SHARED, OWN, OTHER))]


def page(grades: list[Grade], folder: str) -> str:
    """Return a student's page."""
    report = ClassReport(
        assignment="A",
        grades=grades,
        titles=TITLES,
        max_points=4.0,
        created=datetime(2026, 11, 21, tzinfo=UTC),
    )
    return next(each.text for each in pages(report) if each.name.startswith(folder))


def printed(grades: list[Grade], *, staff: bool) -> str:
    """Return what a terminal shows."""
    file = StringIO()
    Console(file=file, width=100).print(student_report(grades, TITLES, staff=staff))
    return file.getvalue()


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(lambda grades: printed(grades, staff=False), id="terminal"),
        pytest.param(lambda grades: printed(grades, staff=True), id="terminal of staff"),
        pytest.param(lambda grades: "\n".join(details(Host.OTHER, grades, TITLES)), id="log"),
        pytest.param(lambda grades: summary_markdown(grades, TITLES).replace("&#58;", ":"), id="Markdown"),
        pytest.param(lambda grades: page(grades, "students"), id="page"),
        pytest.param(lambda grades: page(grades, "staff"), id="page of staff"),
        pytest.param(lambda grades: grades_view(grades, TITLES).text, id="notebook"),
        pytest.param(lambda grades: grades_view(grades, TITLES).html, id="notebook's page"),
    ],
)
def test_it_is_read_once(twins: list[Grade], shown: Callable[[list[Grade]], str]) -> None:
    """A cell's note in a submission, a hint in an exercise; what is about an exercise itself stays."""
    text = shown(twins)

    assert [text.count(said) for said in (SHARED, OWN, OTHER)] == [1, 1, 2]
    assert [text.count(said) for said in ("Mind a", "Mind b")] == [2, 2]


def test_the_first_check_has_the_hint(twins: list[Grade]) -> None:
    """And the first exercise the note."""
    first, second = told_once(twins)

    assert [one.finding.hint for one in first.findings] == ["Mind a", "", "Mind b"]
    assert (first.notes, second.notes) == ((SHARED, OTHER), (OWN, OTHER))


def test_another_submission_has_notes_of_its_own(twins: list[Grade]) -> None:
    """The same words are about another cell there."""
    one, other = told_once([twins[0], replace(twins[1], sha256="1" * 64)])

    assert SHARED in one.notes
    assert SHARED in other.notes


def test_what_programs_read_has_it_everywhere(twins: list[Grade]) -> None:
    """A case is read by itself."""
    text = ET.tostring(junit_of(twins, TITLES), encoding="unicode")

    assert text.count("Hint: Mind a") == 4
