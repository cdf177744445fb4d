"""``grader watch``: checks a notebook again whenever it is saved, in a worker that stays warm."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.cli.check import own_worker, refusal_of
from grader.cli.course import make_course, read_public_material
from grader.cli.exits import ExitCode
from grader.errors import SandboxError, UsageError
from grader.grade import Grade
from grader.pipeline import grade_submission
from grader.readers.submissions import read_submission
from grader.reports.changes import changes
from grader.reports.prose import clean
from grader.reports.terminal import total_line
from grader.reports.terminal_changes import standing_view
from grader.sandbox.referee import Referee
from grader.submission import Submission

LOOKING_SECONDS = 0.05
#: How long a file that cannot be read may be one that is still being written.
WRITING_SECONDS = 2.0

Stamp = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """A notebook, the folder of its exercises, and how to read and to check it."""

    notebook: Path
    folder: Path
    read: Callable[[], Submission]
    check: Callable[[Submission], list[Grade]]
    titles: dict[str, str]


def run_watch(
    notebook: Path, only: Sequence[str], exercises: Path | None, datasets: Path | None, isolation: str
) -> int:
    """Check *notebook* now and at every save, until Ctrl-C; that is the usual end, exit status 0."""
    if notebook.is_dir():
        raise UsageError(f"{notebook} is a folder: give the notebook (.ipynb) or script (.py) itself")
    material, console = read_public_material(exercises, datasets, only), Console()
    try:
        with console.status("starting TensorFlow …"):
            worker = own_worker(isolation, material.datasets)
            worker.start()
        with worker:
            course, referee = make_course(material, worker, visible_only=True), Referee(worker)
            try:
                watched = Watched(
                    notebook=notebook,
                    folder=material.folder,
                    read=lambda: read_submission(notebook, material.catalogue.titles),
                    check=lambda submission: grade_submission(
                        submission, material.exercises, course, worker, referee
                    ),
                    titles=material.titles,
                )
                watch(watched, console)
            finally:
                referee.close()
    except KeyboardInterrupt:
        console.print("stopped watching", style="dim")
    return ExitCode.OK


def watch(watched: Watched, console: Console) -> None:
    """Show *watched* after each save; one in the middle of which it was read is no second one."""
    before: list[Grade] = []
    checked = None
    told = clean(f"Exercises from {watched.folder}.")
    console.print(told, style="dim", markup=False, highlight=False, soft_wrap=True)
    if not watched.notebook.exists():
        console.print(clean(f"{watched.notebook} is not there yet; waiting for it"), markup=False)
    for _save in saves(watched.notebook):
        began = time.monotonic()
        submission = whole(watched.read)
        if submission.sha256 == checked:
            continue
        checked = submission.sha256
        problem = refusal_of(submission)
        if problem:
            _say(console, f"{watched.notebook}: {problem}; waiting for the next save")
            continue
        try:
            grades = watched.check(submission)
        except SandboxError as error:
            _say(console, f"not checked, and not your fault: {error}; save again to try again")
            checked = None
            continue
        _show(watched, console, before, grades, time.monotonic() - began)
        before = grades


def saves(path: Path) -> Iterator[Stamp]:
    """Yield once for every version of *path* that holds still, the one that is there now first."""
    known = last = None
    while True:
        stamp = _stamp(path)
        if stamp is not None and stamp == last and stamp != known:
            known = stamp
            yield stamp
        last = stamp
        time.sleep(LOOKING_SECONDS)


def whole(read: Callable[[], Submission]) -> Submission:
    """Read the submission; what cannot be read may be half of what is being written, so read it again."""
    until = time.monotonic() + WRITING_SECONDS
    while True:
        submission = read()
        if not submission.unreadable or time.monotonic() > until:
            return submission
        time.sleep(LOOKING_SECONDS)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _say(console: Console, text: str) -> None:
    console.print(clean(text), markup=False, highlight=False, style="red")


def _show(
    watched: Watched, console: Console, before: Sequence[Grade], grades: Sequence[Grade], seconds: float
) -> None:
    if console.is_terminal:
        console.clear()
    heading = Text(clean(watched.notebook.name), style="bold")
    heading.append(f"  checked at {datetime.now():%H:%M:%S} in {seconds:.1f} s", style="dim")  # noqa: DTZ005 - the clock on the student's wall
    console.print(heading)
    console.print(standing_view(grades, changes(before, grades), watched.titles))
    console.print(total_line(grades))
    console.print("Visible checks only. Save to check again; Ctrl-C stops.", style="dim")
