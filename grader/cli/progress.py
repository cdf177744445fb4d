"""A live progress bar for a class; a line now and then where there is no terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from grader.batch.run import Done
from grader.reports.prose import one_line

LINES_WITHOUT_TERMINAL = 10


class ClassProgress:
    """Counts graded submissions and tells how long the rest will take."""

    def __init__(self, total: int) -> None:
        """Expect *total* submissions."""
        self._console = Console(stderr=True)
        self._total, self._done, self._remembered = total, 0, 0
        self._bar = Progress(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away and say what was taken from the gradebook."""
        self._bar.stop()
        if self._remembered:
            text = f"{self._remembered} grades were already in the gradebook and were taken from there."
            self._console.print(text, highlight=False)

    def advance(self, done: Done) -> None:
        """Count one submission."""
        self._done += 1
        self._remembered += done.remembered
        self._bar.update(self._task, advance=1, description=one_line(done.submission.student, 24))
        step = max(1, self._total // LINES_WITHOUT_TERMINAL)
        if not self._console.is_terminal and (self._done % step == 0 or self._done == self._total):
            self._console.print(f"graded {self._done} of {self._total}", highlight=False)
