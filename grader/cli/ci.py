"""``grader ci``: one submission, graded where its student may read everything that is printed or written.

So nothing goes out but what ``reports.handout`` lets through, and a fault says where to look,
not what it saw.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.cli.annotations import annotations, annotator
from grader.cli.bar import Bar, read_bar
from grader.cli.ci_log import Host, details, host_of, overview, write_step_summary
from grader.cli.course import Material, read_material
from grader.cli.exits import ExitCode
from grader.cli.grade import GradeOptions, grade_all, refuse_to_show
from grader.cli.import_path import refuse_imports
from grader.cli.links import refuse_links
from grader.cli.outputs import clear_outputs
from grader.errors import ExerciseError, GraderError, IsolationError, UsageError
from grader.grade import Grade
from grader.pytest_plugin.grounds import Grounds
from grader.readers.submissions import read_submission
from grader.reports.atomic import write_atomically
from grader.reports.classroom50 import Identity, write_result
from grader.reports.github import command
from grader.reports.handout import fault_for_student, for_student
from grader.reports.junit import READABLE, write_junit
from grader.reports.markdown import summary_markdown, total_text
from grader.reports.points import points_text
from grader.reports.record import write_record
from grader.sandbox.offers import choose_isolation
from grader.submission import Submission

NO_OTHER = "there is no other way here: see docs/ci.md"


@dataclass(frozen=True, kw_only=True, slots=True)
class CiOptions:
    """What the command line asked for."""

    notebook: Path
    assignment: str | None
    exercises: Path
    solutions: Path
    datasets: Path | None
    fail_below: str
    summary: Path | None
    junit: Path | None
    result: Path | None
    record: Path | None

    @property
    def outputs(self) -> dict[str, Path]:
        """What is to be written, by option."""
        given = {
            "--summary": self.summary,
            "--junit": self.junit,
            "--result": self.result,
            "--record": self.record,
        }
        return {flag: path for flag, path in given.items() if path is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Graded:
    """One submission with its grades, as its student may see them."""

    submission: Submission
    material: Material
    grades: Sequence[Grade]
    environment: Mapping[str, str]


def run_ci(options: CiOptions) -> int:
    """Grade, write, print. Returns the exit status."""
    host = host_of(os.environ)
    try:
        # First: whatever is refused, a forged report must not outlive this.
        clear_outputs(options.outputs, options.notebook)
        refuse_imports(Grounds(submissions=(options.notebook.absolute(),), asked=()))
        bar, identity = read_bar(options.fail_below), _identity(options)
        graded = _graded(options, bar)
    except GraderError as error:
        if host is Host.GITHUB:
            print(command("error", str(error), title="Not graded"))
        raise
    left_out = _write(options, graded, identity)
    _print(graded, host, [*left_out, _verdict(graded.grades, bar)])
    return _status(graded.grades, bar)


def _identity(options: CiOptions) -> Identity | None:
    return Identity.told_by(os.environ) if options.result else None


def _graded(options: CiOptions, bar: Bar) -> _Graded:
    """Grade, and keep to ourselves what a fault of ours, or an author's, says about hidden things."""
    refuse_links(options.notebook)
    if not options.notebook.is_file():
        raise UsageError(f"{options.notebook} is not a file: hand the notebook in under this very name")
    if not options.solutions.is_dir():
        raise UsageError(f"{options.solutions} is not a folder of solutions: give one with --solutions")
    try:
        return _grade(options, bar)
    except (UsageError, IsolationError):
        raise
    except ExerciseError as error:
        raise UsageError(fault_for_student(error)) from None
    except Exception as error:
        raise GraderError(
            f"nothing was graded, and that is not the student's fault: {fault_for_student(error)}"
        ) from error


def _grade(options: CiOptions, bar: Bar) -> _Graded:
    isolation = choose_isolation("auto", NO_OTHER)
    material = read_material(options.exercises, options.solutions, options.datasets, options.assignment, ())
    bar.points(sum(exercise.max_points for exercise in material.exercises))
    submission = read_submission(options.notebook, material.catalogue.titles)
    with tempfile.TemporaryDirectory(prefix="grader-ci-") as folder:
        asked = _as_class(options, Path(folder) / "gradebook.db")
        refuse_to_show(asked, isolation)
        grades, environment = grade_all(asked, material, [submission], isolation)
    shown = [for_student(grade) for grade in grades]
    return _Graded(submission=submission, material=material, grades=shown, environment=environment)


def _as_class(options: CiOptions, gradebook: Path) -> GradeOptions:
    """Return the options of ``grader grade`` for a class of one, with a gradebook of its own."""
    return GradeOptions(
        paths=(options.notebook,),
        assignment=options.assignment,
        only=(),
        exercises=options.exercises,
        solutions=options.solutions,
        datasets=options.datasets,
        jobs=None,
        gradebook=str(gradebook),
        record=None,
        csv=None,
        html=None,
        isolation="auto",
    )


def _write(options: CiOptions, graded: _Graded, identity: Identity | None) -> list[str]:
    """Write what was asked for; return what could not be, and why."""
    grades, titles = graded.grades, graded.material.titles
    if options.summary:
        write_atomically(options.summary, summary_markdown(grades, titles).encode(), READABLE)
    if options.junit:
        write_junit(options.junit, grades, titles)
    if options.record:
        write_record(options.record, grades, exercises=list(titles), environment=graded.environment)
    written = not (options.result and identity) or write_result(options.result, grades, identity)
    return (
        [] if written else [f"{options.result} is not written: Classroom 50 has no word for not graded yet."]
    )


def _print(graded: _Graded, host: Host, last: Sequence[str]) -> None:
    titles = graded.material.titles
    for line in (*overview(graded.submission, graded.grades, titles), *details(host, graded.grades, titles)):
        print(line)
    if host is Host.GITHUB:
        write_step_summary(graded.grades, titles)
        for line in _annotations(graded):
            print(line)
    for line in last:
        print(line, flush=True)


def _annotations(graded: _Graded) -> Iterator[str]:
    made = annotator(graded.submission, graded.material.exercises, graded.material.titles)
    return annotations(graded.grades, made)


def _verdict(grades: Sequence[Grade], bar: Bar) -> str:
    status, worth = _status(grades, bar), sum(grade.max_score for grade in grades)
    if status == ExitCode.UNGRADED:
        return (
            "Something is left ungraded, which is not the student's fault: run it again, or tell the course."
        )
    word = "reached" if status == ExitCode.OK else "not reached"
    return f"{total_text(grades)}; {points_text(bar.points(worth))} wanted: {word}."


def _status(grades: Sequence[Grade], bar: Bar) -> ExitCode:
    scores = [grade.score for grade in grades if grade.score is not None]
    if len(scores) < len(grades):
        return ExitCode.UNGRADED
    worth = sum(grade.max_score for grade in grades)
    return ExitCode.OK if bar.is_reached(sum(scores), worth) else ExitCode.INCOMPLETE
