"""The exercises that a student may check, read once until a file changes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from grader.cli.course import Material, make_course, read_material
from grader.errors import TooLong, UsageError
from grader.exercise import Exercise, Trains
from grader.grade import Grade
from grader.notebook.kernel import Kernel
from grader.notebook.patience import Patience
from grader.notebook.sandbox import KernelSandbox, Others
from grader.pipeline import Course, grade_submission
from grader.readers.names import nearest
from grader.readers.public import find_public
from grader.reports.points import points_text
from grader.sandbox.referee import Referee
from grader.submission import Cell, CellKind, Submission

#: The cells have run in the kernel already; there is nothing to run again.
SUBMISSION = Submission(
    student="you", path="", sha256="", cells=(Cell(number=1, kind=CellKind.CODE, source=""),)
)
MAY_DIFFER = (
    "Trained in your notebook's own process: when your work is graded, the figures may differ a little."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exercises:
    """All exercises of the folder."""

    material: Material

    @property
    def by_id(self) -> dict[str, Exercise]:
        """The exercises, by id."""
        return {exercise.id: exercise for exercise in self.material.exercises}

    def names(self, exercise: str) -> tuple[str, ...]:
        """Return the Python names that *exercise* asks for, in its order."""
        observed = self.by_id[exercise].observations.values()
        return tuple(dict.fromkeys(observation.name for observation in observed))

    def trains(self, exercise: str) -> bool:
        """Return whether a visible check of *exercise* trains what a student gives."""
        return any(isinstance(check.settings, Trains) for check in self.by_id[exercise].checks)

    def asking_for(self, name: str) -> list[str]:
        """Return the exercises that ask for *name*."""
        return [exercise for exercise in self.by_id if name in self.names(exercise)]

    def titled(self, title: str) -> list[str]:
        """Return the exercises that have *title* in one of their languages, whatever its capitals."""
        return [
            exercise
            for exercise, titles in self.material.catalogue.titles.items()
            if title.casefold() in map(str.casefold, titles)
        ]

    def nearest(self, given: str) -> list[str]:
        """Return the id that *given*, an id or a title, was most probably meant to be, if there is one."""
        words = {exercise: exercise for exercise in self.by_id}
        words.update({title.casefold(): exercise for exercise, title in self.material.titles.items()})
        return [words[one] for one in nearest(given.casefold(), words)]


def read_all() -> Exercises:
    """Read the folder. Raises ``UsageError`` where there is none, ``ExerciseError`` for what is in it."""
    folders = find_public()
    files = sorted(folders.exercises.glob("*.yaml"))
    stamps = tuple((str(path), path.stat().st_mtime_ns) for path in files)
    return _read(folders.exercises.resolve(), folders.datasets, stamps)


@lru_cache(maxsize=4)
def _read(exercises: Path, datasets: Path, _stamps: tuple[tuple[str, int], ...]) -> Exercises:
    return Exercises(material=read_material(exercises, None, datasets, None, ()))


def grade_here(
    exercises: Exercises,
    chosen: Sequence[str],
    kernel: Kernel,
    say: Callable[[str], None],
    others: Others = frozenset(),
) -> list[Grade]:
    """Judge the visible checks of *chosen* against *kernel*'s names. *say* announces what takes long.

    A training that takes too long is left out, and the grade's notes say so.
    """
    parts = [_part(exercises, [exercise]) for exercise in chosen]
    return [_patient_grade(part, kernel, Patience(say), others) for part in parts]


def _patient_grade(part: Material, kernel: Kernel, patience: Patience, others: Others) -> Grade:
    sandbox = KernelSandbox(kernel, patience, others)
    try:
        (grade,) = _grades(part, sandbox)
    except TooLong as why:
        (grade,) = _grades(_untrained(part), sandbox)
        return _noted(grade, _left_out(part.exercises[0], str(why)))
    return _noted(grade, [MAY_DIFFER] if patience.spent else [])


def grade_quickly(
    exercises: Exercises, chosen: Sequence[str], kernel: Kernel, others: Others = frozenset()
) -> list[Grade]:
    """Judge the visible checks of *chosen* that train nothing; *others* are names of other exercises."""
    if not chosen:
        return []
    part = _untrained(_part(exercises, chosen))
    grades = _grades(part, KernelSandbox(kernel, Patience(lambda _text: None), others))
    by_id = exercises.by_id
    return [_noted(grade, _left_out(by_id[grade.exercise], "it trains your model")) for grade in grades]


def _part(exercises: Exercises, chosen: Iterable[str]) -> Material:
    by_id = exercises.by_id
    return replace(exercises.material, exercises=tuple(by_id[exercise] for exercise in chosen))


def _untrained(part: Material) -> Material:
    kept = [
        each.model_copy(
            update={"checks": tuple(c for c in each.checks if not isinstance(c.settings, Trains))}
        )
        for each in part.exercises
    ]
    return replace(part, exercises=tuple(kept))


def _grades(part: Material, sandbox: KernelSandbox) -> list[Grade]:
    course: Course = make_course(part, sandbox, visible_only=True)
    return grade_submission(SUBMISSION, part.exercises, course, sandbox, Referee(sandbox))


def _left_out(exercise: Exercise, why: str) -> list[str]:
    return [
        f"{check.id} ({points_text(check.settings.points)} points) runs when your work is graded: {why}."
        for check in exercise.checks
        if isinstance(check.settings, Trains)
    ]


def _noted(grade: Grade, notes: Sequence[str]) -> Grade:
    return replace(grade, notes=(*grade.notes, *notes))


def found_in(exercises: Exercises, given: object) -> str:
    """Return the id that *given* is, or has as title. Raises ``UsageError`` with the nearest one."""
    if not isinstance(given, str):
        name = str(getattr(given, "__name__", ""))
        found = f"found the {type(given).__name__} `{name[:80]}`" if name else f"found {type(given).__name__}"
        near = exercises.asking_for(name) or (exercises.nearest(name) if name else [])
        raise UsageError(
            f"`grader.check` takes an exercise's id, a text; {found}. {_advice(exercises, near)}"
        )
    words = given.strip().casefold()
    exact = [words] if words in exercises.by_id else exercises.titled(words)
    if len(exact) == 1:
        return exact[0]
    near = exact or exercises.asking_for(given) or exercises.nearest(given)
    raise UsageError(f"There is no exercise `{given[:80]}`. {_advice(exercises, near)}")


def _advice(exercises: Exercises, near: Sequence[str]) -> str:
    meant = " or ".join(f'`grader.check("{exercise}")`' for exercise in near)
    there = ", ".join(f"`{exercise}`" for exercise in exercises.by_id)
    return f"Did you mean {meant}?" if near else f"There are: {there}."
