"""Reads exercises and submissions while pytest collects; nothing is graded here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.cli.course import Catalogue, Material, read_catalogue
from grader.errors import ExerciseError, UsageError
from grader.exercise import Assignment, Exercise
from grader.pytest_plugin.names import shown_names, whole_names
from grader.pytest_plugin.score import Roll
from grader.readers.exercises import read_assignment, read_exercises
from grader.readers.public import datasets_for
from grader.readers.submissions import find_submissions
from grader.submission import Submission


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the command line said."""

    submissions: tuple[Path, ...]
    solutions: Path | None
    datasets: Path | None
    assignment: str | None

    @property
    def of_a_class(self) -> bool:
        """Whether there may be several students, whose names then tell checks apart."""
        return len(self.submissions) > 1 or self.submissions[0].is_dir()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Folder:
    """A folder of exercises, and the submissions as its titles divide them."""

    path: Path
    catalogue: Catalogue = field(repr=False)
    assignment: Assignment | None = field(repr=False)
    submissions: tuple[Submission, ...] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    whole_names: Mapping[str, str] = field(repr=False)


@dataclass(kw_only=True)
class Shelf:
    """The exercises and submissions of this run. pytest may show it, and then shows nothing of them."""

    options: Options = field(repr=False)
    exercises: dict[str, Exercise] = field(default_factory=dict, repr=False)
    roll: Roll = field(default_factory=Roll, repr=False)
    _folder: _Folder | None = field(default=None, repr=False)
    _problem: Exception | None = field(default=None, repr=False)

    @property
    def submissions(self) -> Sequence[Submission]:
        """All submissions; none before the first exercise is put in."""
        return self._folder.submissions if self._folder else ()

    @property
    def names(self) -> Mapping[str, str]:
        """What each student is called in ids, by the exact name."""
        return self._folder.names if self._folder else {}

    @property
    def whole_names(self) -> Mapping[str, str]:
        """What each student is called in scores and properties, by the exact name."""
        return self._folder.whole_names if self._folder else {}

    def put(self, path: Path) -> Exercise | None:
        """Read the exercise in *path*; ``None`` when it is not of the assignment. Raises ``GraderError``."""
        folder = self._open(path)
        if folder.assignment and path.stem not in folder.assignment.exercises:
            return None
        [exercise] = read_exercises(folder.path, self.options.solutions, (path.stem,))
        self.exercises[exercise.id] = exercise
        return exercise

    def material(self, checks: Mapping[str, Collection[str]]) -> Material:
        """Return what is to be graded: of each exercise *checks*, by their ids, and what those need."""
        folder = self._folder
        if folder is None:
            raise UsageError("no exercise was collected, so there is nothing to grade")
        return Material(
            folder=folder.path,
            exercises=tuple(narrowed(self.exercises[name], chosen) for name, chosen in checks.items()),
            datasets=self.options.datasets or datasets_for(folder.path),
            assignment=folder.assignment,
            catalogue=folder.catalogue,
        )

    def _open(self, path: Path) -> _Folder:
        """Read what stands beside *path*, once. A mistake in it is told in full once, too."""
        if self._problem:
            raise UsageError(f"not collected, because of {_named(self._problem)} above")
        if self._folder and path.resolve().parent != self._folder.path:
            raise UsageError(
                f"{path} stands in another folder than {self._folder.path}: "
                "grade one folder of exercises at a time"
            )
        if self._folder is None:
            try:
                self._folder = _read_folder(path.resolve().parent, self.options)
            except Exception as error:
                self._problem = error
                raise
        return self._folder


def _read_folder(path: Path, options: Options) -> _Folder:
    catalogue = read_catalogue(path)
    submissions = tuple(find_submissions(options.submissions, catalogue.titles))
    return _Folder(
        path=path,
        catalogue=catalogue,
        assignment=read_assignment(path, options.assignment) if options.assignment else None,
        submissions=submissions,
        names=shown_names(each.student for each in submissions),
        whole_names=whole_names(each.student for each in submissions),
    )


def _named(problem: Exception) -> str:
    return "the mistakes in exercise files" if isinstance(problem, ExerciseError) else "the error"


def narrowed(exercise: Exercise, chosen: Collection[str]) -> Exercise:
    """Return *exercise* with the *chosen* checks and those that they need."""
    needs = {check.id: check.settings.needs for check in exercise.checks}
    wanted, waiting = set[str](), list(chosen)
    while waiting:
        check = waiting.pop()
        if check not in wanted:
            wanted.add(check)
            waiting.extend(needs[check])
    return exercise.model_copy(
        update={"checks": tuple(check for check in exercise.checks if check.id in wanted)}
    )
