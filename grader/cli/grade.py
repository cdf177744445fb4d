"""``grader grade``: a class, from files to grades, tables and reports."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader import __version__
from grader.batch.fingerprints import fingerprints
from grader.batch.run import Batch, Done, grade_class
from grader.checks.wording import count
from grader.cli.complaints import warn
from grader.cli.course import Material, make_course, read_material
from grader.cli.exits import ExitCode
from grader.cli.outputs import refuse_outputs
from grader.cli.progress import ClassProgress
from grader.cli.summary import Summary, print_summary
from grader.cli.surroundings import moved
from grader.errors import UsageError
from grader.exercise import in_language
from grader.grade import Grade
from grader.gradebook import is_settled, open_gradebook, shown
from grader.readers.handed_in import gather, of_students
from grader.readers.public import datasets_for
from grader.readers.submissions import read_submissions
from grader.reports.class_report import ClassReport
from grader.reports.record import write_record
from grader.reports.sheet import students_lost, write_sheet
from grader.sandbox import visible
from grader.sandbox.defences import Defence, Isolation
from grader.sandbox.offers import choose_isolation
from grader.sandbox.worker import Worker
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
    students: tuple[str, ...] = ()


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
    refuse_to_show(options, isolation)
    material = read_material(
        options.exercises, options.solutions, options.datasets, options.assignment, options.only
    )
    handed = of_students(gather(options.paths), options.students)
    submissions = read_submissions(handed, material.catalogue.titles)
    _warn_of_lost_rows(options.csv, submissions)
    grades, environment = grade_all(options, material, submissions, isolation)
    # Reports first: a terminal that goes away must not cost them.
    written = _write_reports(options, material, grades, environment)
    summary = Summary(
        material=material,
        grades=grades,
        submissions=submissions,
        handed=handed,
        seconds=time.monotonic() - started,
        warning=environment.get("warning", ""),
        written={"isolation": _held(environment), "gradebook": shown(options.gradebook), **written},
    )
    print_summary(summary)
    incomplete = any(grade.score is None for grade in grades)
    return ExitCode.INCOMPLETE if incomplete else ExitCode.OK


def refuse_to_show(options: GradeOptions, isolation: Isolation) -> None:
    """Refuse submissions and a gradebook that would be seen by other submissions."""
    if isolation is Isolation.PROCESS:
        return
    book = () if "://" in options.gradebook else (Path(options.gradebook),)
    seen = visible.places(options.datasets or datasets_for(options.exercises))
    for private in (*options.paths, *book):
        visible.refuse_to_show(private, seen)


def _warn_of_lost_rows(csv: Path | None, submissions: Sequence[Submission]) -> None:
    """Say, before it happens, that a class's table makes way for that of a few."""
    lost = students_lost(csv, [each.student for each in submissions]) if csv else 0
    if lost:
        warn(
            f"{csv} loses {count(lost, 'student')}, not in this run. To keep all, grade the whole folder "
            "again: what was graded before is taken from the gradebook."
        )


def _held(environment: dict[str, str]) -> str:
    layers = environment["layers"].split(", ") if environment["layers"] else []
    advice = "" if len(layers) == len(Defence) else " ('grader doctor' shows which)"
    return f"{environment['isolation']}, {len(layers)} of {len(Defence)} layers held{advice}"


def _refuse_unwritable(options: GradeOptions) -> None:
    """Refuse outputs that cannot be written, or that would be written over the gradebook or a submission."""
    given = {"--record": options.record, "--csv": options.csv, "--html": options.html}
    kept = [("submission", path) for path in options.paths if path.is_file()]
    if "://" not in options.gradebook:
        kept.append(("--gradebook", Path(options.gradebook)))
    refuse_outputs({flag: path for flag, path in given.items() if path is not None}, kept)


def grade_all(
    options: GradeOptions, material: Material, submissions: Sequence[Submission], isolation: Isolation
) -> tuple[list[Grade], dict[str, str]]:
    """Grade *submissions*; return their grades in order, and the environment they were graded in."""
    known = fingerprints(
        material.exercises, material.datasets, material.limits, isolation, material.catalogue
    )
    datasets = material.datasets if material.datasets.is_dir() else None
    unsettled: list[Grade] = []
    with (
        open_gradebook(options.gradebook) as book,
        Worker(isolation, datasets, private=options.solutions) as worker,
    ):
        environment = {**worker.environment, "grader": __version__}
        warning = _warning(isolation, moved(book.environments(), environment))
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
                # The others are in the gradebook: a larger class takes no more memory while it is graded.
                unsettled.extend(grade for grade in done.grades if not is_settled(grade))
                progress.advance(done)

            grade_class(batch, submissions, tell)
        grades = _in_order(material, [*unsettled, *_settled(batch, submissions)])
    return grades, {**environment, **warning}


def _warning(isolation: Isolation, change: str) -> dict[str, str]:
    boundary = NO_BOUNDARY if isolation is Isolation.PROCESS else ""
    said = " ".join(filter(None, [boundary, change]))
    return {"warning": said} if said else {}


def _settled(batch: Batch, submissions: Sequence[Submission]) -> list[Grade]:
    files = {(submission.student, submission.sha256) for submission in submissions}
    return batch.book.settled(files, set(batch.fingerprints.values()))


def _in_order(material: Material, grades: Sequence[Grade]) -> list[Grade]:
    """Return *grades* by student, each student's in the order of the assignment."""
    place = {exercise.id: number for number, exercise in enumerate(material.exercises)}
    return sorted(grades, key=lambda grade: (grade.student, place[grade.exercise]))


def _write_reports(
    options: GradeOptions,
    material: Material,
    grades: Sequence[Grade],
    environment: dict[str, str],
) -> dict[str, str]:
    """Write what was asked for; return where, by what."""
    order, written = list(material.titles), dict[str, str]()
    if options.record:
        write_record(options.record, grades, exercises=order, environment=environment)
        written["record"] = str(options.record)
    if options.csv:
        write_sheet(options.csv, grades, exercises=order)
        written["table"] = str(options.csv)
    if options.html:
        # Jinja and matplotlib take a while to import; only those who want pages wait for them.
        from grader.reports.html import write_html

        write_html(options.html, _class_report(material, grades, environment))
        written["report"] = str(options.html / "index.html")
    return written


def _class_report(material: Material, grades: Sequence[Grade], environment: dict[str, str]) -> ClassReport:
    title = in_language(material.assignment.title) if material.assignment else "All exercises"
    return ClassReport(
        assignment=title,
        grades=tuple(grades),
        titles=material.titles,
        max_points=sum(exercise.max_points for exercise in material.exercises),
        created=datetime.now(UTC),
        due=material.assignment.due if material.assignment else None,
        environment={key: value for key, value in environment.items() if key != "warning"},
        warning=environment.get("warning", ""),
    )
