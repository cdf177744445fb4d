"""The course that the red team attacks: written anew for each siege, with random secrets in it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.exercise import Exercise
from grader.pipeline import Course
from grader.readers.exercises import read_exercises
from grader.readers.inputs import probes_of
from grader.redteam.canaries import Canaries
from grader.references import References
from grader.sandbox.edge import Sandbox
from grader.sandbox.session import Allowance
from grader.trainings import Trainings

MATERIAL = Path(__file__).parent / "material"
ALLOWANCE = Allowance(cell_seconds=2.0, submission_seconds=25.0, memory_mib=512)
OBSERVATION_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """The folders of the course, and what is planted in them."""

    folder: Path
    canaries: Canaries

    @property
    def exercises(self) -> Path:
        """The public files."""
        return self.folder / "exercises"

    @property
    def solutions(self) -> Path:
        """The private files."""
        return self.folder / "solutions"

    @property
    def datasets(self) -> Path:
        """The public data."""
        return self.folder / "datasets"

    @property
    def submissions(self) -> Path:
        """What the class handed in."""
        return self.folder / "class"

    @property
    def commons(self) -> Path:
        """A folder that every user of this machine may write in."""
        return self.folder / "commons"


def write_ground(folder: Path) -> Ground:
    """Write the course's files below *folder*, each placeholder replaced by a canary of its own."""
    ground = Ground(folder=folder, canaries=Canaries())
    shutil.copytree(MATERIAL, folder, dirs_exist_ok=True)
    for path in sorted(folder.glob("*/*.yaml")):
        path.write_text(ground.canaries.fill(path.read_text()))
    ground.submissions.mkdir()
    return ground


def read_course(ground: Ground, sandbox: Sandbox) -> Course:
    """Read the course as ``grader grade`` does, with small limits."""
    exercises = tuple(read_exercises(ground.exercises, ground.solutions))
    probes = {each.id: tuple(probes_of(each, ground.datasets, OBSERVATION_SECONDS)) for each in exercises}
    names: dict[str, frozenset[str]] = {}
    for exercise in exercises:
        for observation in exercise.observations.values():
            names[observation.name] = names.get(observation.name, frozenset()) | {exercise.id}
    return Course(
        exercises=exercises,
        probes=probes,
        trainings=Trainings(ground.datasets),
        allowance=ALLOWANCE,
        references=References(sandbox),
        names=names,
    )


def exercise_named(course: Course, name: str) -> Exercise:
    """Return the exercise with the id *name*."""
    return next(exercise for exercise in course.exercises if exercise.id == name)
