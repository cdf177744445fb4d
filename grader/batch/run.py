"""Grades submissions side by side and hands each result over as soon as it is there.

Python threads only wait here: the work is done in forks of the worker. What was graded before, with
the same file, exercise, limits and versions, is taken from the gradebook.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Self

from grader.batch.fingerprints import Fingerprints
from grader.errors import GraderError, SandboxError
from grader.exercise import Exercise
from grader.grade import Grade
from grader.gradebook import Gradebook
from grader.pipeline import Course, grade_submission, ungraded
from grader.sandbox.edge import Sandbox
from grader.sandbox.referee import Referee
from grader.submission import Submission

TRIES = 2
#: Submissions handed to the pool beforehand, so that a class of any size needs little memory.
AHEAD = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """One submission's grades; ``remembered`` says how many came from the gradebook."""

    submission: Submission
    grades: tuple[Grade, ...]
    remembered: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a class is graded with. ``run`` is the gradebook's run."""

    course: Course
    sandbox: Sandbox
    book: Gradebook
    run: int
    fingerprints: Fingerprints
    jobs: int = 2


def grade_class(batch: Batch, submissions: Iterable[Submission], tell: Callable[[Done], None]) -> None:
    """Grade *submissions*; call *tell* in this thread for each. An interruption loses nothing recorded."""
    stopped = threading.Event()
    with ThreadPoolExecutor(max_workers=batch.jobs) as pool, _Referees(batch.sandbox) as referees:
        try:
            for done in _in_turn(pool, batch, submissions, referees, stopped):
                tell(done)
        except BaseException:
            stopped.set()
            # Otherwise the pool would wait for submissions that may take minutes yet.
            batch.sandbox.close()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _in_turn(
    pool: ThreadPoolExecutor,
    batch: Batch,
    submissions: Iterable[Submission],
    referees: "_Referees",
    stopped: threading.Event,
) -> Iterator[Done]:
    waiting: set[Future[Done]] = set()
    for submission in submissions:
        waiting.add(pool.submit(_grade_one, batch, submission, referees, stopped))
        while len(waiting) >= batch.jobs * AHEAD:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)
    while waiting:
        finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in finished)


def _grade_one(batch: Batch, submission: Submission, referees: "_Referees", stopped: threading.Event) -> Done:
    known, missing = _remembered(batch, submission)
    fresh = _fresh(batch, submission, missing, referees, stopped) if missing else []
    # After an interruption the sandbox is gone, and what it could not grade is no attempt.
    kept = [grade for grade in fresh if grade.score is not None] if stopped.is_set() else fresh
    batch.book.record(batch.run, kept, batch.fingerprints)
    by_exercise = {grade.exercise: grade for grade in (*known, *fresh)}
    grades = tuple(by_exercise[exercise.id] for exercise in batch.course.exercises)
    return Done(submission=submission, grades=grades, remembered=len(known))


def _remembered(batch: Batch, submission: Submission) -> tuple[list[Grade], list[Exercise]]:
    known, missing = [], []
    for exercise in batch.course.exercises:
        print_of_it = batch.fingerprints[exercise.id]
        grade = batch.book.find(submission.student, submission.sha256, exercise.id, print_of_it)
        if grade is None:
            missing.append(exercise)
        else:
            known.append(grade)
    return known, missing


def _fresh(
    batch: Batch,
    submission: Submission,
    exercises: Sequence[Exercise],
    referees: "_Referees",
    stopped: threading.Event,
) -> list[Grade]:
    """Grade anew; when the sandbox fails, try once more, then leave the work ungraded."""
    reason = ""
    for attempt in range(TRIES):
        if stopped.is_set():
            break
        try:
            grades = grade_submission(submission, exercises, batch.course, batch.sandbox, referees.own())
            # What cells say the second time may be what they were asked the first, hidden questions included.
            return grades if attempt == 0 else [replace(grade, notes=()) for grade in grades]
        except SandboxError as error:
            referees.drop()
            reason = str(error)
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the rest of the class
            told = f"a mistake in the grader itself ({type(error).__name__})"
            return ungraded(submission, exercises, batch.course, told, error)
    return ungraded(submission, exercises, batch.course, reason)


class _Referees:
    """One referee for each thread."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._own = threading.local()
        self._all: list[Referee] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for referee in self._all:
            referee.close()

    def own(self) -> Referee:
        """Return this thread's referee."""
        if getattr(self._own, "referee", None) is None:
            self._own.referee = Referee(self._sandbox)
            self._all.append(self._own.referee)
        referee: Referee = self._own.referee
        return referee

    def drop(self) -> None:
        """Forget this thread's referee; the next one comes from a new fork."""
        self.own().close()
