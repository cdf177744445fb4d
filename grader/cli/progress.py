"""A live progress bar; a line now and then where there is no terminal."""

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
NAME_LENGTH = 24


class Count:
    """Counts what is done of *total*, and tells how long the rest will take."""

    def __init__(self, doing: str, done: str, total: int) -> None:
        """Expect *total*; *doing* and *done* say in a word what, as in ``grading`` and ``graded``."""
        self.console = Console(stderr=True)
        self._word, self._total, self._done = done, total, 0
        self._bar = Progress(
            TextColumn(doing),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def name(self, what: str) -> None:
        """Show *what* beside the bar."""
        self._bar.update(self._task, description=one_line(what, NAME_LENGTH))

    def advance(self) -> None:
        """Count one."""
        self._done += 1
        self._bar.advance(self._task)
        step = max(1, self._total // LINES_WITHOUT_TERMINAL)
        if not self.console.is_terminal and (self._done % step == 0 or self._done == self._total):
            self.console.print(f"{self._word} {self._done} of {self._total}", highlight=False)


class ClassProgress:
    """Counts graded submissions."""

    def __init__(self, total: int) -> None:
        """Expect *total* submissions."""
        self._count = Count("grading", "graded", total)
        self._remembered = 0

    def __enter__(self) -> Self:
        """Show the bar."""
        self._count.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away and say what was taken from the gradebook."""
        self._count.__exit__(kind, error, trace)
        if self._remembered:
            text = f"{self._remembered} grades were already in the gradebook and were taken from there."
            self._count.console.print(text, highlight=False)

    def advance(self, done: Done) -> None:
        """Count one submission."""
        self._remembered += done.remembered
        self._count.name(done.submission.student)
        self._count.advance()
