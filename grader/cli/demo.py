"""``grader demo``: a class of three, graded before your eyes, from nothing but the installed package."""

import os
import shlex
import shutil
from pathlib import Path

from rich.console import Console

from grader.cli.exits import ExitCode
from grader.cli.grade import GradeOptions, run_grade
from grader.errors import IsolationError, UsageError
from grader.readers.public import datasets_for
from grader.reports.prose import clean
from grader.sandbox.offers import choose_isolation

COURSE = Path(__file__).parents[1] / "demo"
OURS = ("exercises", "solutions", "class")
GRADEBOOK, RECORD, SHEET, REPORT = "gradebook.db", "record.json", "grades.csv", "report"
ANOTHER = "give another with --folder"
ABOUT = """\
Three students answered one question: a function, a model, and how it trains.
ada is right. ben made two mistakes that many make. cleo looked for the
solutions on the grader's machine, and her function never ends.
Grading them takes about a minute, most of it for starting TensorFlow.
"""


def run_demo(folder: Path, isolation: str) -> int:
    """Write the demonstration's course into *folder* and grade its class; exit status as ``grader grade``."""
    _lay_out(folder)
    console = Console()
    console.print(ABOUT, markup=False, highlight=False)
    status = run_grade(
        GradeOptions(
            paths=tuple(folder / name for name in _carried() if name.parts[0] == "class"),
            assignment=None,
            only=(),
            exercises=folder / "exercises",
            solutions=folder / "solutions",
            datasets=datasets_for(folder / "exercises"),
            jobs=None,
            gradebook=str(folder / GRADEBOOK),
            record=folder / RECORD,
            csv=folder / SHEET,
            html=folder / REPORT,
            isolation=_own_choice(isolation),
        )
    )
    if status == ExitCode.OK:
        console.print(clean(_next(folder)), markup=False, highlight=False, soft_wrap=True)
    return status


def _lay_out(folder: Path) -> None:
    """Write the course where nothing is yet; a demonstration that is there already stays as it is."""
    try:
        if folder.exists() and any(folder.iterdir()):
            _refuse_others(folder)
            return
        for name in OURS:
            shutil.copytree(COURSE / name, folder / name)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror}); {ANOTHER}") from error


def _refuse_others(folder: Path) -> None:
    """Refuse a folder that holds anything but our course, file by file: it is somebody's work."""
    if not all((folder / name).is_dir() for name in OURS):
        raise UsageError(f"{folder} is there already and holds no demonstration; {ANOTHER}")
    ours = _carried()
    for name, content in ours.items():
        path = folder / name
        if path.is_symlink() or not path.is_file() or path.read_bytes() != content:
            raise UsageError(f"{path} is not as the demonstration has it, so {folder} is yours; {ANOTHER}")
    expected = {*(folder / name for name in ours), *(folder / name for name in OURS)}
    found = {path for name in OURS for path in (folder / name, *(folder / name).rglob("*"))}
    if others := sorted(found - expected):
        raise UsageError(f"{others[0]} is not the demonstration's, so {folder} is yours; {ANOTHER}")
    _refuse_reports(folder)


def _refuse_reports(folder: Path) -> None:
    """Refuse reports without the gradebook that a demonstration makes before them: they are not its own."""
    reports = [folder / name for name in (RECORD, SHEET, REPORT)]
    others = [path for path in reports if os.path.lexists(path)]
    if others and not (folder / GRADEBOOK).is_file():
        raise UsageError(
            f"{others[0]} is there without the demonstration's {GRADEBOOK}, so {folder} is yours; {ANOTHER}"
        )


def _carried() -> dict[Path, bytes]:
    """Return every file of the course that this package carries."""
    files = (path for name in OURS for path in sorted((COURSE / name).rglob("*")) if path.is_file())
    return {path.relative_to(COURSE): path.read_bytes() for path in files}


def _own_choice(asked: str) -> str:
    """Return *asked*, or no boundary where the machine offers none: the class is our own."""
    try:
        choose_isolation(asked)
    except IsolationError:
        if asked != "auto":
            raise
        return "process"
    return asked


def _next(folder: Path) -> str:
    exercises, solutions = folder / "exercises", folder / "solutions"
    check = ["grader", "check", str(folder / "class" / "ben.ipynb"), "--exercises", str(exercises)]
    prove, by = ["grader", "prove", "--exercises", str(exercises)], ["--solutions", str(solutions)]
    page, question, reference = (
        shlex.quote(str(path)) for path in (folder / REPORT / "index.html", exercises, solutions)
    )
    # A path has a line of its own, so that a terminal breaks it only where it is longer than that itself.
    return f"""
What to look at next.
Each student's page, with learning curves, in a browser:
  {page}
The question and its reference, in YAML:
  {question}
  {reference}
What ben sees by himself:
  {shlex.join(check)}
Is the question fair?
  {shlex.join(prove)} \\
    {shlex.join(by)}"""
