"""Puts together what a class is graded by, from folders on the command line."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import ExerciseError, Flaw
from grader.exercise import Assignment, Exercise, Limits, in_language
from grader.pipeline import Course
from grader.probe import Probe
from grader.readers.exercises import read_assignment, read_exercises
from grader.readers.inputs import probes_of
from grader.readers.public import datasets_for, find_public
from grader.readers.training_data import check_training_data
from grader.references import References
from grader.sandbox.edge import Sandbox
from grader.sandbox.session import Allowance
from grader.trainings import Trainings


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """All exercises of the folder, also those not graded now: a mark must not depend on what else is graded.

    ``titles`` are each id's titles, ``names`` the exercises that ask for a name.
    """

    titles: Mapping[str, Sequence[str]]
    names: Mapping[str, frozenset[str]]

    def __str__(self) -> str:
        """Render in a fixed order, for fingerprints."""
        return repr(
            (sorted(self.titles.items()), sorted((name, sorted(ids)) for name, ids in self.names.items()))
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What was read from the course's folders, and where the exercises are."""

    folder: Path
    exercises: tuple[Exercise, ...]
    datasets: Path
    assignment: Assignment | None
    catalogue: Catalogue

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
    folder = datasets or datasets_for(exercises)
    catalogue = read_catalogue(exercises)
    return Material(
        folder=exercises, exercises=tuple(read), datasets=folder, assignment=given, catalogue=catalogue
    )


def read_public_material(exercises: Path | None, datasets: Path | None, only: Sequence[str]) -> Material:
    """Read what students may have; without *exercises*, from the folder that ``find_public`` finds."""
    if exercises is None:
        found = find_public()
        exercises, datasets = found.exercises, datasets or found.datasets
    return read_material(exercises, None, datasets, None, only)


def read_catalogue(exercises: Path) -> Catalogue:
    """Read what tells a notebook's sections apart, from all exercises in the folder."""
    titles: dict[str, tuple[str, ...]] = {}
    names: dict[str, frozenset[str]] = {}
    for exercise in read_exercises(exercises, None):
        title = exercise.question.title
        titles[exercise.id] = (title,) if isinstance(title, str) else tuple(title.values())
        for observation in exercise.observations.values():
            names[observation.name] = names.get(observation.name, frozenset()) | {exercise.id}
    return Catalogue(titles=titles, names=names)


def make_course(material: Material, sandbox: Sandbox, *, visible_only: bool = False) -> Course:
    """Return the course, with inputs made and references to be observed in *sandbox*.

    Raises ``ExerciseError`` for all inputs that cannot be made, and data that cannot be trained on.
    """
    return Course(
        exercises=material.exercises,
        probes=_probes(material),
        trainings=Trainings(material.datasets),
        allowance=material.allowance,
        references=References(sandbox),
        names=material.catalogue.names,
        visible_only=visible_only,
    )


def _probes(material: Material) -> dict[str, tuple[Probe, ...]]:
    """Make all inputs. One exercise's mistakes do not hide another's."""
    seconds, flaws = material.limits.observation_seconds, list[Flaw]()
    probes = {}
    for exercise in material.exercises:
        with _gathered(flaws):
            check_training_data(exercise, material.datasets)
        with _gathered(flaws):
            probes[exercise.id] = tuple(probes_of(exercise, material.datasets, seconds))
    if flaws:
        # Several exercises may want the one data set that is not there.
        raise ExerciseError(list(dict.fromkeys(flaws)))
    return probes


@contextmanager
def _gathered(flaws: list[Flaw]) -> Iterator[None]:
    """Add to *flaws* what the block says is wrong."""
    try:
        yield
    except ExerciseError as error:
        flaws.extend(error.flaws)
