"""Everything that can go wrong on our side of the wall, and whose fault it is.

    GraderError
    ├── UsageError              the command was asked for something impossible
    ├── ExerciseError           an author's file is wrong; carries every mistake with its place
    ├── SandboxError            the sandbox could not be had, or died: our fault, never a zero
    │   ├── IsolationError      this machine cannot isolate as asked
    │   ├── WorkerDied          a worker went away in the middle of its work
    │   └── TooLong             it takes longer than somebody who waits for it should
    └── CodecError              bytes from the other side of the wall are malformed

A student's fault is never an exception: it is a finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class GraderError(Exception):
    """Base of everything this package raises on purpose."""


class UsageError(GraderError):
    """The command was asked for something impossible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flaw:
    """One mistake in an author's file: where, what was found, what was expected."""

    file: str
    line: int
    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        """Render as ``file:line: where: found ...; expected ...``."""
        place = f"{self.file}:{self.line}: " + (f"{self.where}: " if self.where else "")
        return f"{place}found {self.found}; expected {self.expected}"


class ExerciseError(GraderError):
    """An author's file is wrong; every mistake is listed, each with its place."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        """Keep the *flaws* in the order of the file."""
        self.flaws = tuple(flaws)
        super().__init__("\n".join(map(str, self.flaws)))


class SandboxError(GraderError):
    """The sandbox could not be had, or died: the work stays ungraded."""


class IsolationError(SandboxError):
    """This machine cannot isolate as asked; the message says what to install."""


class WorkerDied(SandboxError):
    """A worker went away in the middle of its work."""


class TooLong(SandboxError):
    """It takes longer than somebody who waits for it should; nothing was begun."""


class CodecError(GraderError):
    """Bytes from the other side of the wall are malformed."""
