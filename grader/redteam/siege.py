"""Runs one technique after another against a warm worker, and holds each to what this grader promises.

No mark above what the honest part earns, no secret read or shown, nothing left behind, the next submission
graded as if it were alone, all within the time limit.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from grader.errors import GraderError, UsageError
from grader.exercise import in_language
from grader.grade import Grade
from grader.pipeline import Course, grade_submission
from grader.readers.submissions import find_submissions, read_submission
from grader.redteam import abandoned, processes
from grader.redteam.course import Ground, exercise_named, read_course, write_ground
from grader.redteam.memory import MemoryWatch
from grader.redteam.planting import SIBLING, Planted, planted, write_notebook
from grader.redteam.promises import Attack, greedy, late, load, undeserved
from grader.redteam.technique import Result, Technique
from grader.redteam.traces import Warm, find_warm, left_behind, look
from grader.redteam.views import Views, injected, views_of
from grader.redteam.watched import WatchedSandbox
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Isolation, Worker
from grader.submission import Submission
from grader.verdict import Verdict

FOLDER = "grader-redteam-"
ATTACKER = "mallory"
HONEST = "def double(x):\n    return 2 * x\n"
NEIGHBOUR = ("double", "surroundings")


class Siege:
    """A course under attack. Made by ``besieged``."""

    def __init__(self, ground: Ground, worker: Worker, places: Planted, before: set[int]) -> None:
        """Attack *ground*'s course on *worker*; *before* it, these processes were below this one."""
        self._ground, self._worker, self._places, self._before = ground, worker, places, before
        self._warm = self._find_warm()
        self._course = read_course(ground, worker)
        self._titles = {each.id: in_language(each.question.title) for each in self._course.exercises}
        self._neighbour = self._read_neighbour()
        self._alone = self._grade_neighbour()

    @property
    def course(self) -> Course:
        """The course that is attacked."""
        return self._course

    @property
    def missing(self) -> tuple[str, ...]:
        """What could not be planted or watched, so that nobody can be seen to reach or to change it."""
        odd = [grade.exercise for grade in self._alone if grade.score != grade.max_score]
        told = (f"what an honest submission finds around it ({name}): it differs anyway" for name in odd)
        return (*self._places.missing, *told)

    def run(self, technique: Technique) -> Result:
        """Run *technique* and return every promise that it broke."""
        self._warm = self._find_warm()
        watched = [self._ground.folder, self._warm.folder]
        before = look(watched, self._warm)
        with MemoryWatch(self._warm.launched) as memory:
            attack = self._attack(technique)
        views = views_of(attack.grades, self._titles)
        breaches = [
            *([attack.trouble] if attack.trouble else []),
            *undeserved(technique, attack),
            *self._read(attack, views),
            *injected(views),
            *(f"reached {place}" for place in self._places.listener.reached()),
            *left_behind(before, watched, self._warm, self._worker),
            *self._harmed_neighbour(),
            *late(attack, self._course.allowance),
            *greedy(memory.used_mib),
        ]
        return Result(technique=technique, breaches=tuple(breaches), seconds=attack.seconds)

    def _find_warm(self) -> Warm:
        """Return the warm process: another one, if the last technique broke it."""
        if processes.resident_mib(self._worker.process_id) == 0:
            self._worker.start()
        return find_warm(self._worker, self._before)

    def _attack(self, technique: Technique) -> Attack:
        path = self._ground.submissions / f"{ATTACKER}.ipynb"
        wanted, started = load(), time.monotonic()
        try:
            if technique.handed:
                technique.handed(path)
            else:
                write_notebook(path, [HONEST, *map(self._places.fill, technique.cells)])
            attack = self._grade_what_came(technique)
        finally:
            self._clear_away()
        return replace(attack, seconds=time.monotonic() - started, load=wanted)

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
            waited=watched.waited,
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
    with abandoned.folder(FOLDER) as folder, processes.adopting_orphans():
        ground = write_ground(folder)
        with planted(ground) as places:
            before = processes.below(os.getpid())
            with Worker(isolation, ground.datasets, private=ground.solutions) as worker:
                yield Siege(ground, worker, places, before)
