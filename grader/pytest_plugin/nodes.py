"""What pytest collects: an exercise file, in it (of a class) a student, in it a check.

An error in here is told in a sentence: a traceback, or its arguments, could hold what no student may see.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from grader.errors import GraderError
from grader.exercise import Check, Exercise
from grader.pytest_plugin import score, wording
from grader.pytest_plugin.desk import Desk
from grader.pytest_plugin.shelf import Shelf
from grader.reports.prose import clean
from grader.submission import Submission
from grader.verdict import Verdict

SHELF = pytest.StashKey[Shelf]()
DESK = pytest.StashKey[Desk]()


class NoTrace:
    """Ends Ctrl-C and errors without the way that they came: --full-trace shows every call's arguments.

    Of an error it lets nothing through but what a student may see: even what pytest writes down for itself,
    with --debug, can be read. It ends *the_run*, the check, or, where *collecting* a file, that.
    """

    def __init__(self, collecting: "ExerciseFile | None" = None, *, the_run: bool = False) -> None:
        """Keep what to do."""
        self._file, self._ends_run = collecting, the_run

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raise something else in the place of *error*."""
        told = self._told(error)
        # With --showlocals, pytest shows what is here, too.
        del error, _trace
        if told:
            raise told from None

    def _told(self, error: BaseException | None) -> BaseException | None:
        if isinstance(error, KeyboardInterrupt):
            return KeyboardInterrupt()
        if not isinstance(error, Exception):
            return None
        if self._file and isinstance(error, GraderError):
            return wording.uncollected(error, private=self._file.is_private)
        told = wording.ours(error)
        return pytest.exit.Exception(told.line, pytest.ExitCode.INTERNAL_ERROR) if self._ends_run else told


class ExerciseFile(pytest.File):
    """An exercise, ``exercises/<id>.yaml``."""

    def collect(self) -> Sequence["CheckItem | Student"]:
        """Return the checks, or of a class the students."""
        with NoTrace(self):
            return self._collected(self.config.stash[SHELF])

    @property
    def is_private(self) -> bool:
        """Whether solutions are read with it."""
        return self.config.stash[SHELF].options.solutions is not None

    def _collected(self, shelf: Shelf) -> Sequence["CheckItem | Student"]:
        exercise = shelf.put(self.path)
        if exercise is None:
            return []
        if not shelf.options.of_a_class:
            return list(_checks(self, exercise, shelf.submissions[0]))
        return [
            Student.from_parent(
                self, name=shelf.names[submission.student], exercise=exercise, submission=submission
            )
            for submission in shelf.submissions
        ]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:  # noqa: ARG002
        """Return every mistake in the files; with solutions, where they are."""
        return clean(str(excinfo.value))


class Student(pytest.Collector):
    """One student's answer to an exercise."""

    def __init__(self, *, exercise: Exercise, submission: Submission, **usual: Any) -> None:
        """Keep whose work it is."""
        super().__init__(**usual)
        self._exercise, self._submission = exercise, submission

    def collect(self) -> Sequence["CheckItem"]:
        """Return the checks."""
        with NoTrace():
            return list(_checks(self, self._exercise, self._submission))


class CheckItem(pytest.Item):
    """One check of one student's answer."""

    def __init__(self, *, exercise: str, submission: Submission, check: Check, **usual: Any) -> None:
        """Keep what is checked; nothing is started."""
        super().__init__(**usual)
        self.exercise, self.submission, self.check = exercise, submission, check
        self.student = self.config.stash[SHELF].whole_names[submission.student]
        self.extra_keyword_matches.add(exercise)
        self.add_marker("visible" if check.visible else "hidden")

    @classmethod
    def of(cls, parent: pytest.Collector, exercise: str, submission: Submission, check: Check) -> Self:
        """Return the item of *check* below *parent*."""
        # Given whole: pytest would take the brackets for a part of the name, and --lf not find it again.
        name = name_of(check.id)
        whole = f"{parent.nodeid}::{name}"
        made: Self = cls.from_parent(
            parent, name=name, nodeid=whole, exercise=exercise, submission=submission, check=check
        )
        return made

    def setup(self) -> None:
        """Grade. What is no answer that could be judged ends here, so that pytest counts it as an error."""
        with NoTrace():
            desk = self.config.stash[DESK]
            marked, notes = desk.finding(self.submission, self.exercise, self.check)
        others = [each for each in self.user_properties if not each[0].startswith(score.PREFIX)]
        self.user_properties = [*others, *score.properties(marked, self.exercise, self.student)]
        if reason := wording.skip_of(marked):
            raise pytest.skip.Exception(reason, _use_item_location=True)
        if marked.finding.verdict is not Verdict.PASSED:
            notes = tuple(desk.unsaid(self.submission, notes))
        if error := wording.error_of(marked, notes):
            raise error
        self._failure = wording.failure_of(marked, notes)

    def runtest(self) -> None:
        """Fail for a wrong answer."""
        if self._failure:
            raise self._failure

    def report(self, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Return the report of *call* with what a student may see, whatever the command line wants to see.

        (``repr_failure`` is not asked about setup.) Times are left out: they tell about hidden inputs.
        """
        told = pytest.TestReport.from_item_and_call(self, call)
        told.duration, told.start = 0.0, told.stop
        if told.failed and call.excinfo:
            told.longrepr = wording.report(call.excinfo, str(self.path))
        return told

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the exercise's file, and the heading of this check's report."""
        student = f"{self.parent.name}: " if isinstance(self.parent, Student) else ""
        return self.path, 0, f"{student}{self.exercise} {self.name}"


def name_of(check: str) -> str:
    """Return a check's id as pytest can read it again: ``equals[x]#2`` is ``equals[x#2]``."""
    stem, bracket, number = check.rpartition("]")
    return f"{stem}{number}{bracket}"


def _checks(parent: pytest.Collector, exercise: Exercise, submission: Submission) -> Iterator[CheckItem]:
    roll = parent.config.stash[SHELF].roll
    for check in exercise.checks:
        item = CheckItem.of(parent, exercise.id, submission, check)
        roll.worth[item.nodeid] = (item.student, check.settings.points)
        yield item
