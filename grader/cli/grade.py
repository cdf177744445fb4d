"""``grader grade``: a class, from files to grades, tables and reports."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from grader import __version__
from grader.batch.fingerprints import fingerprints
from grader.batch.run import Batch, Done, grade_class
from grader.cli.course import Material, make_course, read_material
from grader.cli.main import ExitCode
from grader.cli.progress import ClassProgress
from grader.errors import UsageError
from grader.exercise import in_language
from grader.grade import Grade
from grader.gradebook import open_gradebook, shown
from grader.readers.submissions import find_submissions
from grader.reports.class_report import ClassReport
from grader.reports.points import moment_text
from grader.reports.prose import clean
from grader.reports.record import write_record
from grader.reports.sheet import write_sheet
from grader.reports.terminal import class_table, verdict_summary
from grader.sandbox.worker import Isolation, Worker, choose_isolation
from grader.submission import Submission

NO_BOUNDARY = (
    "Graded with --isolation process, which is no boundary: a submission could have read the solutions "
    "or changed the grades."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GradeOptions:
    """What the command line asked for."""

    paths: tuple[Path, ...]
    assignment: str | None
    only: tuple[str, ...]
    exercises: Path
    solutions: Path
    datasets: Path | None
    jobs: int | None
    gradebook: str
    record: Path | None
    csv: Path | None
    html: Path | None
    isolation: str


def run_grade(options: GradeOptions) -> int:
    """Grade, record, and report. Returns the exit status."""
    started = time.monotonic()
    _refuse_unwritable(options)
    isolation = choose_isolation(options.isolation)
    if not options.solutions.is_dir():
        raise UsageError(
            f"{options.solutions} is not a folder of solutions: give one with --solutions, "
            "or use 'grader check' for the visible checks alone"
        )
    material = read_material(
        options.exercises, options.solutions, options.datasets, options.assignment, options.only
    )
    submissions = find_submissions(options.paths, material.catalogue.titles)
    grades, environment = _grade_all(options, material, submissions, isolation)
    _print_summary(options, material, grades, isolation, time.monotonic() - started)
    _write_reports(options, material, grades, environment, isolation)
    incomplete = any(grade.score is None for grade in grades)
    return ExitCode.INCOMPLETE if incomplete else ExitCode.OK


def _refuse_unwritable(options: GradeOptions) -> None:
    """Make the outputs' folders, and refuse what cannot be written before an hour of grading, not after."""
    for flag, path in (("--record", options.record), ("--csv", options.csv), ("--html", options.html)):
        if path is None:
            continue
        if flag != "--html" and path.is_dir():
            raise UsageError(f"{flag} {path} is a folder; give a file's name")
        folder = path if flag == "--html" else path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{flag} {path}: {folder} cannot be made ({error.strerror}); give another"
            ) from error
        if not os.access(folder, os.W_OK):
            raise UsageError(f"{flag} {path}: {folder} cannot be written to; give another place")


def _grade_all(
    options: GradeOptions, material: Material, submissions: Sequence[Submission], isolation: Isolation
) -> tuple[list[Grade], dict[str, str]]:
    known = fingerprints(
        material.exercises, material.datasets, material.limits, isolation, material.catalogue
    )
    datasets = material.datasets if material.datasets.is_dir() else None
    grades: list[Grade] = []
    with (
        Worker(isolation, datasets, private=options.solutions) as worker,
        open_gradebook(options.gradebook) as book,
    ):
        environment = {**worker.environment, "grader": __version__}
        course, jobs = make_course(material, worker), options.jobs or os.cpu_count() or 1
        course.references.prepare(course.probes, course.exercises, jobs)
        batch = Batch(
            course=course,
            sandbox=worker,
            book=book,
            run=book.begin(environment),
            fingerprints=known,
            jobs=jobs,
        )
        with ClassProgress(len(submissions)) as progress:

            def tell(done: Done) -> None:
                grades.extend(done.grades)
                progress.advance(done)

            grade_class(batch, submissions, tell)
    return sorted(grades, key=lambda grade: grade.student), environment


def _print_summary(
    options: GradeOptions, material: Material, grades: Sequence[Grade], isolation: Isolation, seconds: float
) -> None:
    console = Console()
    console.print(class_table(grades, material.titles))
    console.print(verdict_summary(grades, material.titles))
    students = len({grade.student for grade in grades})
    due = material.assignment.due if material.assignment else None
    told = f" Due {moment_text(due)}." if due else ""
    console.print(f"{students} submissions, {len(grades)} grades in {seconds:.0f} s.{told}", highlight=False)
    review = sorted({grade.student for grade in grades if grade.needs_review})
    if review:
        console.print(
            f"{len(review)} need a person's review: {clean(', '.join(review))}", style="magenta", markup=False
        )
    if isolation is Isolation.PROCESS:
        console.print(NO_BOUNDARY, style="bold yellow")
    console.print(f"gradebook  {shown(options.gradebook)}", highlight=False, markup=False, soft_wrap=True)


def _write_reports(
    options: GradeOptions,
    material: Material,
    grades: Sequence[Grade],
    environment: dict[str, str],
    isolation: Isolation,
) -> None:
    order, console = list(material.titles), Console()
    warning = NO_BOUNDARY if isolation is Isolation.PROCESS else ""
    if options.record:
        told = {**environment, "warning": warning} if warning else environment
        write_record(options.record, grades, exercises=order, environment=told)
        console.print(f"record     {options.record}", highlight=False, markup=False, soft_wrap=True)
    if options.csv:
        write_sheet(options.csv, grades, exercises=order)
        console.print(f"table      {options.csv}", highlight=False, markup=False, soft_wrap=True)
    if options.html:
        # Jinja and matplotlib take a while to import; only those who want pages wait for them.
        from grader.reports.html import write_html

        write_html(options.html, _class_report(material, grades, environment, warning))
        console.print(
            f"report     {options.html / 'index.html'}", highlight=False, markup=False, soft_wrap=True
        )


def _class_report(
    material: Material, grades: Sequence[Grade], environment: dict[str, str], warning: str
) -> ClassReport:
    title = in_language(material.assignment.title) if material.assignment else "All exercises"
    return ClassReport(
        assignment=title,
        grades=tuple(grades),
        titles=material.titles,
        max_points=sum(exercise.max_points for exercise in material.exercises),
        created=datetime.now(UTC),
        due=material.assignment.due if material.assignment else None,
        environment=environment,
        warning=warning,
    )
