"""Puts together what a class is graded by, from folders on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.exercise import Assignment, Exercise, Limits, in_language
from grader.pipeline import Course
from grader.readers.exercises import read_assignment, read_exercises
from grader.readers.inputs import probes_of
from grader.references import References
from grader.sandbox.edge import Sandbox
from grader.sandbox.session import Allowance

Titles = dict[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What was read from the course's folders."""

    exercises: tuple[Exercise, ...]
    datasets: Path
    assignment: Assignment | None

    @property
    def limits(self) -> Limits:
        """The assignment's limits, or the usual ones."""
        return self.assignment.limits if self.assignment else Limits()

    @property
    def allowance(self) -> Allowance:
        """The limits of one submission."""
        return Allowance(
            cell_seconds=self.limits.cell_seconds,
            submission_seconds=self.limits.submission_seconds,
            memory_mib=self.limits.memory_mib,
        )

    @property
    def titles(self) -> dict[str, str]:
        """Each exercise's English title."""
        return {exercise.id: in_language(exercise.question.title) for exercise in self.exercises}


def read_material(
    exercises: Path,
    solutions: Path | None,
    datasets: Path | None,
    assignment: str | None,
    only: Sequence[str],
) -> Material:
    """Read the exercises that *assignment* and *only* choose."""
    given = read_assignment(exercises, assignment) if assignment else None
    chosen = only or (given.exercises if given else ())
    read = read_exercises(exercises, solutions, chosen)
    folder = datasets or exercises.resolve().parent / "datasets"
    return Material(exercises=tuple(read), datasets=folder, assignment=given)


def section_titles(exercises: Path) -> Titles:
    """Return the ids and titles of all exercises in the folder, also of those not graded now.

    A notebook's sections are told apart by all of them: the next exercise's heading ends a section.
    """
    titles: Titles = {}
    for exercise in read_exercises(exercises, None):
        title = exercise.question.title
        titles[exercise.id] = (title,) if isinstance(title, str) else tuple(title.values())
    return titles


def make_course(material: Material, sandbox: Sandbox, *, visible_only: bool = False) -> Course:
    """Return the course, with inputs made and references to be observed in *sandbox*."""
    seconds = material.limits.observation_seconds
    return Course(
        exercises=material.exercises,
        probes={each.id: tuple(probes_of(each, material.datasets, seconds)) for each in material.exercises},
        datasets=material.datasets,
        allowance=material.allowance,
        references=References(sandbox, material.datasets),
        visible_only=visible_only,
    )
