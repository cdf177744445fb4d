"""Runs one technique after another against a warm worker, and holds each to what this grader promises.

No mark above what the honest part earns, no secret read or shown, nothing left behind, the next submission
graded as if it were alone, all within the time limit.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderError, UsageError
from grader.exercise import in_language
from grader.grade import Grade
from grader.pipeline import Course, grade_submission
from grader.readers.submissions import find_submissions, read_submission
from grader.redteam import processes
from grader.redteam.course import Ground, exercise_named, read_course, write_ground
from grader.redteam.memory import MemoryWatch
from grader.redteam.planting import SIBLING, Listener, planted, write_notebook
from grader.redteam.technique import Outcome, Technique
from grader.redteam.traces import Warm, find_warm, left_behind, look
from grader.redteam.views import Views, injected, views_of
from grader.redteam.watched import WatchedSandbox
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Isolation, Worker
from grader.submission import Submission
from grader.verdict import Verdict

ATTACKER = "mallory"
HONEST = "def double(x):\n    return 2 * x\n"
NEIGHBOUR = ("double", "surroundings")
#: On top of a submission's own time: ending its forks, the referee, a worker that is busy.
GRACE_SECONDS = 15.0
#: A submission's data, its three folders in memory, and what others may take in the meantime.
MEMORY_MIB = 512.0 + 3 * 256.0 + 1024.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """What a technique brought about: its grades, all that was said across the wall, what went wrong."""

    undecided: bool = False
    grades: tuple[Grade, ...] = ()
    heard: tuple[str, ...] = ()
    trouble: str = ""
    seconds: float = 0.0


class Siege:
    """A course under attack. Made by ``besieged``."""

    def __init__(self, ground: Ground, worker: Worker, warm: Warm, listener: Listener) -> None:
        """Attack *ground*'s course on *worker*, whose process is *warm*."""
        self._ground, self._worker, self._warm, self._listener = ground, worker, warm, listener
        self._course = read_course(ground, worker)
        self._titles = {each.id: in_language(each.question.title) for each in self._course.exercises}
        self._neighbour = self._read_neighbour()
        self._folders = [ground.folder, warm.folder]
        self._alone = self._grade_neighbour()

    @property
    def course(self) -> Course:
        """The course that is attacked."""
        return self._course

    def run(self, technique: Technique) -> Outcome:
        """Run *technique* and return every promise that it broke."""
        before = look(self._folders, self._warm)
        with MemoryWatch() as memory:
            attack = self._attack(technique)
        views = views_of(attack.grades, self._titles)
        breaches = [
            *([attack.trouble] if attack.trouble else []),
            *_undeserved(technique, attack),
            *self._read(attack, views),
            *injected(views),
            *(f"reached {place}" for place in self._listener.reached()),
            *left_behind(before, self._folders, self._warm),
            *self._harmed_neighbour(),
            *_late(attack, self._course),
            *_greedy(memory.used_mib),
        ]
        return Outcome(technique=technique, breaches=tuple(breaches), seconds=attack.seconds)

    def _attack(self, technique: Technique) -> Attack:
        path = self._ground.submissions / f"{ATTACKER}.ipynb"
        started = time.monotonic()
        try:
            if technique.handed:
                technique.handed(path)
            else:
                write_notebook(path, [HONEST, *technique.cells])
            attack = self._grade_what_came(technique)
        finally:
            self._clear_away()
        return Attack(
            undecided=attack.undecided,
            grades=attack.grades,
            heard=attack.heard,
            trouble=attack.trouble,
            seconds=time.monotonic() - started,
        )

    def _grade_what_came(self, technique: Technique) -> Attack:
        """Grade what the technique handed in. Whatever is raised would have stopped a class, or a student."""
        watched, referee = WatchedSandbox(self._worker), Referee(self._worker)
        exercises = [exercise_named(self._course, name) for name in _asked(technique)]
        grades: list[Grade] = []
        submissions: list[Submission] = []
        try:
            submissions = self._find()
            for submission in submissions:
                grades += grade_submission(submission, exercises, self._course, watched, referee)
        except GraderError as error:
            trouble = f"left ungraded: {type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - that would have been a mistake of ours
            trouble = f"broke the grader: {type(error).__name__}: {error}"
        else:
            trouble = ""
        finally:
            referee.close()
        return Attack(
            undecided=any(each.undecided for each in submissions),
            grades=tuple(grades),
            heard=tuple(watched.heard()),
            trouble=trouble[:500],
        )

    def _find(self) -> list[Submission]:
        titles = {name: (title,) for name, title in self._titles.items()}
        found = find_submissions([self._ground.submissions], titles)
        return [submission for submission in found if submission.student != SIBLING]

    def _clear_away(self) -> None:
        for path in self._ground.submissions.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != f"{SIBLING}.ipynb":
                path.unlink()

    def _read(self, attack: Attack, views: Views) -> Iterator[str]:
        canaries = self._ground.canaries
        for place in sorted(canaries.read(iter((*attack.heard, self._warm.log)))):
            yield f"read {place}"
        for place in sorted(canaries.shown(iter(views.for_student))):
            yield f"was shown {place}"

    def _read_neighbour(self) -> Submission:
        solution = exercise_named(self._course, "surroundings").solution
        source = (solution.source if solution else None) or ""
        path = self._ground.folder / "neighbour.ipynb"
        write_notebook(path, [HONEST, source])
        return read_submission(path, {})

    def _grade_neighbour(self) -> tuple[Grade, ...]:
        exercises = [exercise_named(self._course, name) for name in NEIGHBOUR]
        referee = Referee(self._worker)
        try:
            return tuple(grade_submission(self._neighbour, exercises, self._course, self._worker, referee))
        finally:
            referee.close()

    def _harmed_neighbour(self) -> Iterator[str]:
        try:
            now = self._grade_neighbour()
        except GraderError as error:
            yield f"the next submission was left ungraded: {error}"[:300]
            return
        for grade, alone in zip(now, self._alone, strict=True):
            if (grade.score, grade.notes) != (alone.score, alone.notes):
                wrong = [
                    one.finding.message for one in grade.findings if one.finding.verdict != Verdict.PASSED
                ]
                told = " ".join([*wrong, *grade.notes]) or f"{grade.score} points"
                yield f"the next submission was graded otherwise on {grade.exercise}: {told}"[:500]


def _asked(technique: Technique) -> list[str]:
    return list(dict.fromkeys(("double", *technique.targets)))


def _undeserved(technique: Technique, attack: Attack) -> Iterator[str]:
    """Yield marks above what the honest part earns, and an honest part that was not marked."""
    for grade in attack.grades:
        if grade.score is None:
            if not attack.undecided:
                yield f"{grade.exercise} was left ungraded: {_why(grade)}"[:300]
            continue
        most = technique.targets.get(grade.exercise, grade.max_score)
        if grade.score > most:
            yield f"earned {grade.score:g} on {grade.exercise}, where {most:g} was honest"
        if grade.exercise == "double" and grade.score < grade.max_score and not technique.own_loss:
            yield f"the honest part earned {grade.score:g} of {grade.max_score:g}: {_why(grade)}"[:300]


def _why(grade: Grade) -> str:
    wrong = (one.finding for one in grade.findings if one.finding.verdict is not Verdict.PASSED)
    return " ".join([*(finding.message for finding in wrong), *grade.notes])


def _late(attack: Attack, course: Course) -> Iterator[str]:
    limit = course.allowance.submission_seconds + GRACE_SECONDS
    if attack.seconds > limit:
        yield f"took {attack.seconds:.0f} s, where {limit:.0f} s were allowed"


def _greedy(used_mib: float) -> Iterator[str]:
    if used_mib > MEMORY_MIB:
        yield f"took {used_mib:.0f} MiB of the machine's memory, where {MEMORY_MIB:.0f} are allowed for"


@contextmanager
def besieged(isolation: Isolation = Isolation.BUBBLEWRAP, *, unprotected: bool = False) -> Iterator[Siege]:
    """Yield a course under attack on a worker of its own, with secrets planted everywhere.

    Raises ``UsageError`` for a wall that is none, unless *unprotected*: techniques are real, and would mount,
    kill and fill this very machine. Harmless ones of one's own show that breaches are seen.
    """
    if isolation is Isolation.PROCESS and not unprotected:
        raise UsageError(
            "without isolation these attacks would be run on this very machine: install bubblewrap"
        )
    with tempfile.TemporaryDirectory(prefix="redteam-") as name:
        ground = write_ground(Path(name))
        with planted(ground) as listener:
            before = processes.below(os.getpid())
            with Worker(isolation, ground.datasets, private=ground.solutions) as worker:
                yield Siege(ground, worker, find_warm(before), listener)
