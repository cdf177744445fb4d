"""A class when the sandbox itself fails: tried again, then left ungraded, never zero."""

from pathlib import Path
from typing import NoReturn

import pytest

from grader.batch.run import Batch, Done, grade_class
from grader.errors import WorkerDied
from grader.exercise import Exercise
from grader.gradebook import open_gradebook
from grader.pipeline import Course
from grader.readers.exercises import read_exercises
from grader.readers.inputs import probes_of
from grader.references import References
from grader.reports.handout import for_student
from grader.sandbox.edge import Fork
from grader.sandbox.session import Allowance
from grader.submission import Cell, CellKind, Submission
from grader.trainings import Trainings
from grader.verdict import Verdict

ROOT = Path(__file__).parents[1]


class BrokenSandbox:
    """A sandbox whose every fork fails; counts how often it was asked."""

    def __init__(self) -> None:
        """Start with no forks."""
        self.asked = 0

    def fork(self, role: str, memory_mib: int) -> Fork:  # noqa: ARG002
        """Fail."""
        self.asked += 1
        raise WorkerDied("the warm process went away")

    def close(self) -> None:
        """There is nothing to end."""


def exercises() -> list[Exercise]:
    """Return one shipped exercise."""
    return read_exercises(ROOT / "exercises", ROOT / "solutions", ["conv-parameters"])


def batch(sandbox: BrokenSandbox, book: Path) -> Batch:
    """Return a batch of one exercise in *sandbox*."""
    chosen = exercises()
    course = Course(
        exercises=tuple(chosen),
        probes={each.id: tuple(probes_of(each, ROOT / "datasets", 1.0)) for each in chosen},
        trainings=Trainings(ROOT / "datasets"),
        allowance=Allowance(),
        references=References(sandbox),
    )
    opened = open_gradebook(book)
    return Batch(
        course=course,
        sandbox=sandbox,
        book=opened,
        run=opened.begin({}),
        fingerprints={"conv-parameters": "x"},
        jobs=1,
    )


def submission(student: str = "ada") -> Submission:
    """Return a submission with one cell."""
    cell = Cell(number=1, kind=CellKind.CODE, source="pass")
    return Submission(student=student, path="ada.py", sha256="0" * 64, cells=(cell,))


class OurMistake(Exception):
    """Something that no room raises on purpose."""


class TestOurOwnFaults:
    """A fault of ours leaves the work ungraded."""

    def test_it_is_tried_twice_then_ungraded(self, tmp_path: Path) -> None:
        """No score, no zero, and a person is asked to look."""
        sandbox, told = BrokenSandbox(), list[Done]()

        grade_class(batch(sandbox, tmp_path / "g.db"), [submission()], told.append)

        (grade,) = told[0].grades
        assert sandbox.asked == 2
        assert grade.score is None
        assert grade.needs_review
        assert {marked.finding.verdict for marked in grade.findings} == {Verdict.UNGRADED}
        assert "not the student's fault" in grade.findings[0].finding.message

    def test_a_mistake_of_ours_does_not_stop_the_class(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Any exception in a thread leaves that submission ungraded, and the next one is graded."""

        def fail(*_arguments: object) -> NoReturn:
            raise OurMistake("a bug")

        monkeypatch.setattr("grader.batch.run.grade_submission", fail)
        told: list[Done] = []

        grade_class(batch(BrokenSandbox(), tmp_path / "g.db"), [submission(), submission("bob")], told.append)

        assert [done.grades[0].score for done in told] == [None, None]
        finding = told[0].grades[0].findings[0].finding
        assert "a mistake in the grader itself (OurMistake)" in finding.message
        assert finding.exhibit == {"kind": "fault", "text": "OurMistake: a bug"}
        assert "a bug" not in str(for_student(told[0].grades[0]))

    def test_the_next_run_tries_again(self, tmp_path: Path) -> None:
        """An ungraded attempt is not taken over."""
        sandbox = BrokenSandbox()
        grade_class(batch(sandbox, tmp_path / "g.db"), [submission()], lambda _done: None)
        told: list[Done] = []

        grade_class(batch(sandbox, tmp_path / "g.db"), [submission()], told.append)

        assert sandbox.asked == 4
        assert told[0].remembered == 0
