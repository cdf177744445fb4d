"""The shipped course as ``grader grade`` uses it, for tests that hand in hostile submissions."""

from dataclasses import dataclass
from pathlib import Path

from grader.cli.course import make_course, read_material
from grader.grade import Grade, MarkedFinding
from grader.pipeline import Course, grade_submission
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from grader.submission import Submission
from tests.sandbox.running import cells

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Classroom:
    """The course and the warm sandbox that grades it."""

    course: Course
    worker: Worker
    referee: Referee

    def grade(self, exercise: str, *sources: str) -> Grade:
        """Return the grade of a submission of code cells on *exercise*."""
        handed = Submission(student="mallory", path="mallory.ipynb", sha256="0", cells=tuple(cells(*sources)))
        chosen = [each for each in self.course.exercises if each.id == exercise]
        (grade,) = grade_submission(handed, chosen, self.course, self.worker, self.referee)
        return grade


def open_classroom(worker: Worker, referee: Referee) -> Classroom:
    """Read ``exercises/`` and ``solutions/``; *worker* observes their references when they are needed."""
    material = read_material(ROOT / "exercises", ROOT / "solutions", ROOT / "datasets", None, ())
    return Classroom(course=make_course(material, worker), worker=worker, referee=referee)


def findings(grade: Grade) -> dict[str, MarkedFinding]:
    """Return the marked findings by check."""
    return {each.check: each for each in grade.findings}
