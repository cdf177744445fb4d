"""``grader demo``: a class of three, graded before your eyes, from nothing but the installed package."""

import shutil
from pathlib import Path

from rich.console import Console

from grader.cli.exits import ExitCode
from grader.cli.grade import GradeOptions, run_grade
from grader.errors import IsolationError, UsageError
from grader.readers.public import find_public
from grader.reports.prose import clean
from grader.sandbox.offers import choose_isolation

COURSE = Path(__file__).parents[1] / "demo"
#: What a folder must hold to be taken for one of ours, and not for somebody's work.
OURS = ("exercises", "solutions", "class")
ABOUT = """\
Three students answered one question: a function, a model, and how it trains.
ada is right. ben made two mistakes that many make. cleo looked for the
solutions on the grader's machine, and her function never ends.
"""


def run_demo(folder: Path, isolation: str) -> int:
    """Write the demonstration's course into *folder* and grade its class; exit status as ``grader grade``."""
    _lay_out(folder)
    console = Console()
    console.print(ABOUT, markup=False, highlight=False)
    status = run_grade(
        GradeOptions(
            paths=(folder / "class",),
            assignment=None,
            only=(),
            exercises=folder / "exercises",
            solutions=folder / "solutions",
            datasets=find_public(folder, package=COURSE.parent).datasets,
            jobs=None,
            gradebook=str(folder / "gradebook.db"),
            record=folder / "record.json",
            csv=folder / "grades.csv",
            html=folder / "report",
            isolation=_own_choice(isolation),
        )
    )
    if status == ExitCode.OK:
        console.print(clean(_next(folder)), markup=False, highlight=False, soft_wrap=True)
    return status


def _lay_out(folder: Path) -> None:
    if folder.exists() and not all((folder / name).is_dir() for name in OURS):
        raise UsageError(f"{folder} is there already and holds no demonstration; give another with --folder")
    try:
        for name in OURS:
            shutil.copytree(COURSE / name, folder / name, dirs_exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written ({error.strerror}); give another with --folder"
        ) from error


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
    return f"""
What to look at next:
  {folder}/report/index.html   open it in a browser: each student's page, with learning curves
  {folder}/exercises, {folder}/solutions   the question and its reference, in YAML
  grader check {folder}/class/ben.ipynb --exercises {folder}/exercises   what ben sees by himself
  grader prove --exercises {folder}/exercises --solutions {folder}/solutions   is the question fair?"""
