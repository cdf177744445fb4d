"""Grades when a check runs: a submission is run once, an exercise judged when its first check is asked for.

What is kept is what a student may see, so nothing that pytest prints can hold more.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from grader.cli.course import Material, make_course
from grader.errors import IsolationError, SandboxError
from grader.exercise import Check, Exercise
from grader.grade import Grade, MarkedFinding
from grader.pipeline import Answers, Course, ask, grade_exercise, grade_submission, ungraded
from grader.pytest_plugin.shelf import Options
from grader.reports.handout import fault_for_student, for_student
from grader.sandbox import visible
from grader.sandbox.offers import UNPROTECTED, choose_isolation
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from grader.submission import Submission
from grader.verdict import Finding, Verdict

TRIES = 2
#: Submissions whose answers are remembered: checks come student by student, unless a plugin shuffles them.
REMEMBERED = 2
OURS = "not graded, and not the student's fault: {}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    """What grading needs."""

    course: Course = field(repr=False)
    worker: Worker
    referee: Referee


class Desk:
    """Grades *material*, in one warm worker that starts with the first check."""

    def __init__(self, options: Options, material: Material) -> None:
        """Prepare; nothing is started."""
        self._options, self._material = options, material
        self._exercises = {exercise.id: exercise for exercise in material.exercises}
        self._worker: Worker | None = None
        self._room: _Room | None = None
        self._problem = ""
        self._answers: OrderedDict[str, Answers] = OrderedDict()
        self._said: dict[str, set[str]] = {}
        self._runs: Counter[str] = Counter()
        self._grades: dict[tuple[str, str], Grade] = {}

    def finding(
        self, submission: Submission, exercise: str, check: Check
    ) -> tuple[MarkedFinding, tuple[str, ...]]:
        """Return what *check* says of *submission*, and how its cells ran, as its student may see it."""
        key = (submission.student, exercise)
        if key not in self._grades and (room := self._opened()):
            self._grades[key] = for_student(self._graded(room, submission, self._exercises[exercise]))
        grade = self._grades.get(key)
        if grade is None:
            finding = Finding(verdict=Verdict.UNGRADED, message=OURS.format(self._problem))
            points = check.settings.points
            marked = MarkedFinding(
                check=check.id, finding=finding, score=None, max_score=points, visible=check.visible
            )
            return marked, ()
        return next(one for one in grade.findings if one.check == check.id), grade.notes

    def unsaid(self, submission: Submission, notes: Sequence[str]) -> list[str]:
        """Return those of *notes* on *submission* that were not returned before, since they are now told."""
        said = self._said.setdefault(submission.student, set())
        new = [note for note in notes if note not in said]
        said.update(new)
        return new

    def close(self) -> None:
        """Stop the worker."""
        if self._room:
            self._room.referee.close()
        if self._worker:
            self._worker.close()
        self._room = self._worker = None

    def _opened(self) -> _Room | None:
        """Return what grading needs, or ``None`` when it cannot be had; that is found out once."""
        if self._room is None and not self._problem:
            try:
                self._room = self._open()
            except IsolationError as error:
                # It speaks of an option of 'grader', and that is no choice for somebody else's work.
                self._problem = str(error).replace(f"; {UNPROTECTED}", "")
            except Exception as error:  # noqa: BLE001 - a mistake of ours ends as ungraded, never as a zero
                self._problem = fault_for_student(error)
        return self._room

    def _open(self) -> _Room:
        datasets = self._material.datasets if self._material.datasets.is_dir() else None
        for submission in self._options.submissions:
            visible.refuse_to_show(submission, visible.places(datasets))
        self._worker = Worker(choose_isolation("auto"), datasets, private=self._options.solutions)
        self._worker.start()
        course = make_course(self._material, self._worker)
        return _Room(course=course, worker=self._worker, referee=Referee(self._worker))

    def _graded(self, room: _Room, submission: Submission, exercise: Exercise) -> Grade:
        """Grade *exercise*; when the sandbox fails, try once more, then leave it ungraded."""
        reason = ""
        for _attempt in range(TRIES):
            try:
                return self._grade(room, submission, exercise)
            except SandboxError as error:
                room.referee.close()
                reason = fault_for_student(error)
            except Exception as error:  # noqa: BLE001 - a mistake of ours must cost nobody a mark
                reason = fault_for_student(error)
                break
        [grade] = ungraded(submission, [exercise], room.course, reason)
        return grade

    def _grade(self, room: _Room, submission: Submission, exercise: Exercise) -> Grade:
        if submission.undecided or submission.unreadable or not submission.code:
            [grade] = grade_submission(submission, [exercise], room.course, room.worker, room.referee)
            return grade
        answers = self._asked(room, submission)
        grade = grade_exercise(submission, exercise, room.course, answers, room.referee)
        # What cells say the second time may be what they were asked the first, hidden questions included.
        return grade if self._runs[submission.student] == 1 else replace(grade, notes=())

    def _asked(self, room: _Room, submission: Submission) -> Answers:
        """Return what *submission* answered; it is run when that is not remembered."""
        student = submission.student
        if student not in self._answers:
            self._runs[student] += 1
            # All exercises at once: nothing hidden is asked before the last public question.
            self._answers[student] = ask(submission, self._material.exercises, room.course, room.worker)
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return self._answers[student]
