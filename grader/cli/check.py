"""``grader check``: a student's own work against the visible checks."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from grader.cli.course import make_course, read_public_material
from grader.cli.exits import ExitCode
from grader.errors import IsolationError, UsageError
from grader.grade import Grade
from grader.pipeline import grade_submission
from grader.readers.submissions import read_submission
from grader.reports.prose import clean
from grader.reports.terminal import student_report
from grader.sandbox.defences import Isolation
from grader.sandbox.offers import choose_isolation
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from grader.submission import Submission
from grader.verdict import Verdict


def run_check(
    notebook: Path, only: Sequence[str], exercises: Path | None, datasets: Path | None, isolation: str
) -> int:
    """Run the visible checks on *notebook*; exit status 0 when all passed."""
    if not notebook.is_file():
        raise UsageError(f"{notebook} is not a file: give your notebook (.ipynb) or script (.py)")
    material = read_public_material(exercises, datasets, only)
    submission = read_submission(notebook, material.catalogue.titles)
    console = Console()
    if problem := refusal_of(submission):
        console.print(clean(f"{notebook}: {problem}"), markup=False, highlight=False, style="red")
        return ExitCode.INCOMPLETE
    with console.status("starting TensorFlow …"), own_worker(isolation, material.datasets) as worker:
        course, referee = make_course(material, worker, visible_only=True), Referee(worker)
        grades = grade_submission(submission, material.exercises, course, worker, referee)
        referee.close()
    console.print(student_report(grades, material.titles))
    if worker.isolation is Isolation.PROCESS:
        console.print("Isolation process: it runs your code as you; no boundary.", style="dim")
    if exercises is None:
        told = f"Exercises from {material.folder}; for others give --exercises."
        console.print(clean(told), style="dim", markup=False, highlight=False, soft_wrap=True)
    console.print("These are the visible checks. Hidden ones are run when your work is graded.", style="dim")
    return ExitCode.OK if _all_passed(grades) else ExitCode.INCOMPLETE


def refusal_of(submission: Submission) -> str:
    """Return why *submission* cannot be checked, nothing when it can."""
    return submission.unreadable or submission.undecided or ("" if submission.code else "it holds no code")


def own_worker(asked: str, datasets: Path) -> Worker:
    """Students run their own code on their own machine: without isolation, a plain process will do."""
    shown = datasets if datasets.is_dir() else None
    try:
        return Worker(choose_isolation(asked), shown)
    except IsolationError:
        if asked != "auto":
            raise
    return Worker(Isolation.PROCESS, shown)


def _all_passed(grades: Sequence[Grade]) -> bool:
    return all(marked.finding.verdict is Verdict.PASSED for grade in grades for marked in grade.findings)
