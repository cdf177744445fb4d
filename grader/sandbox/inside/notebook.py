"""Runs a submission's code cells, in order, in IPython's shell, as Jupyter would.

A failing cell does not stop the next ones. What needs the outside world (shell commands, Colab's
drive, uploads, keyboard input) is skipped with a note.
"""

import builtins
import contextlib
import io
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from grader.sandbox.inside import colab

PRINTED_CHARACTERS = 4000
MESSAGE_CHARACTERS = 2000
TRACE_LINES = 12
SKIPPED_LINE_MAGICS = frozenset({
    "alias_magic", "autoreload", "cd", "conda", "env", "load_ext", "matplotlib", "mamba", "notebook", "pip",
    "pylab", "reset", "reset_selective", "run", "sx", "system", "tensorflow_version", "uv", "who", "whos",
    "xdel",
})  # fmt: skip
SKIPPED_CELL_MAGICS = frozenset({
    "bash", "cmd", "html", "javascript", "js", "latex", "perl", "pypy", "python", "python2", "ruby", "script",
    "sh", "svg", "system",
})  # fmt: skip


#: A student's self-check of a cell; when the work is graded, there is only the cell.
CHECK_MAGIC = re.compile(r"\s*%%check\b[^\n]*(?:\n|\Z)")


class TimeIsUp(BaseException):
    """A cell or an observation used up its time. No ``Exception``, so that ``except`` clauses pass it on."""


class CellCompiler(CachingCompiler):
    """Names compiled code after its cell, so that tracebacks say ``cell 5``."""

    cell_name = "cell"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:  # noqa: ARG002
        """Return the name that tracebacks show."""
        return self.cell_name


class QuietShell(InteractiveShell):
    """IPython's shell without history, display, shell commands or a way to wait for a person."""

    compiler_class = CachingCompiler
    compile: CellCompiler
    notes: list[str]

    def note(self, text: str) -> None:
        """Remember that something was skipped."""
        if len(self.notes) < 20 and text not in self.notes:
            self.notes.append(text[:200])

    def system(self, cmd: str) -> None:
        """Skip ``!command``."""
        self.note(f"skipped the shell command: !{cmd.strip()}")

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:  # noqa: ARG002, FBT001, FBT002
        """Skip ``name = !command``; the result is empty."""
        self.system(cmd)
        return [] if split else ""

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Skip magics that need Jupyter or the outside world; run the others."""
        if (magic_name, line.strip()) == ("load_ext", "grader"):
            return None
        if magic_name in SKIPPED_LINE_MAGICS or self.find_line_magic(magic_name) is None:
            return self.note(f"skipped the magic: %{magic_name} {line}".rstrip())
        return super().run_line_magic(magic_name, line, _stack_depth)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Skip cell magics in other languages; run an unknown one's body as Python."""
        if magic_name in SKIPPED_CELL_MAGICS:
            return self.note(f"skipped the cell magic: %%{magic_name}")
        if self.find_cell_magic(magic_name) is None:
            self.note(f"ran the cell without its magic: %%{magic_name}")
            return self.ex(cell)
        return super().run_cell_magic(magic_name, line, cell)

    def showtraceback(self, *_args: Any, **_kwargs: Any) -> None:
        """Print nothing: errors are reported as evidence."""

    def showsyntaxerror(self, *_args: Any, **_kwargs: Any) -> None:
        """Print nothing: errors are reported as evidence."""


class Printed(io.StringIO):
    """Standard output with an end: what comes after the limit is counted, not kept."""

    dropped = 0

    def write(self, text: str) -> int:
        """Keep *text* up to the limit."""
        room = max(0, PRINTED_CHARACTERS - self.tell())
        self.dropped += max(0, len(text) - room)
        super().write(text[:room])
        return len(text)

    def text(self) -> str:
        """Return what was kept, and how much was not."""
        return self.getvalue() + (f"\n… {self.dropped} more characters" if self.dropped else "")


def make_shell() -> QuietShell:
    """Make the shell once, in the zygote; forks inherit it."""
    # No history: its file would be open in every fork, and one submission could leave word in it for another.
    quiet = Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}})
    shell = QuietShell.instance(cache_size=0, config=quiet)
    shell.compile = CellCompiler()
    shell.ast_node_interactivity = "none"
    shell.notes = []
    colab.install(shell.note)
    return shell


def current_shell() -> QuietShell:
    """Return the shell that ``make_shell`` made."""
    return QuietShell.instance()


def run_cell(shell: QuietShell, number: int, source: str, seconds: float) -> dict[str, Any]:
    """Run one cell and return what happened, as a wire record (see ``testimony.cell_run``)."""
    shell.notes = []
    shell.compile.cell_name = f"cell {number}"
    started, printed = time.monotonic(), Printed()
    result, late = ExecutionResult(None), None
    try:
        with time_limit(seconds), captured(printed, shell.note):
            result = shell.run_cell(without_check(source), store_history=False)
    except TimeIsUp as error:
        late = error
    problem = late or result.error_before_exec or result.error_in_exec
    return {
        "number": number,
        "happening": happening_of(problem),
        "error": None if problem is None else describe_error(problem),
        "printed": printed.text(),
        "notes": list(shell.notes),
        "seconds": time.monotonic() - started,
    }


def without_check(source: str) -> str:
    """Return *source* without ``%%check`` on its first line."""
    magic = CHECK_MAGIC.match(source)
    return source[magic.end() :] if magic else source


def happening_of(problem: BaseException | None) -> str:
    """Return the ``Happening`` value for how a piece of student code ended."""
    if problem is None or isinstance(problem, SystemExit):
        return "returned"
    if isinstance(problem, TimeIsUp):
        return "timed_out"
    return "out_of_memory" if is_about_memory(problem) else "raised"


def is_about_memory(problem: BaseException) -> bool:
    """Whether *problem* says that memory ran out; TensorFlow says so in several ways."""
    try:
        text = f"{type(problem).__name__}: {problem}"[:2000]
    except Exception:  # noqa: BLE001 - a student's __str__
        text = type(problem).__name__
    return isinstance(problem, MemoryError) or any(
        word in text for word in ("ResourceExhausted", "MemoryError", "bad_alloc")
    )


def describe_error(problem: BaseException) -> dict[str, Any]:
    """Return *problem* as a wire record: type, bases, message, and the student's own lines."""
    try:
        message = str(problem)
    except Exception:  # noqa: BLE001 - a student's __str__
        message = "<its message could not be read>"
    return {
        "type": type(problem).__name__,
        "bases": [base.__name__ for base in type(problem).__mro__[1:-1]][:20],
        "message": message[:MESSAGE_CHARACTERS],
        "trace": student_trace(problem),
    }


def student_trace(problem: BaseException) -> str:
    """Return the traceback's lines that stand in the submission's own cells."""
    if isinstance(problem, SyntaxError):
        line = (problem.text or "").rstrip()
        return f"{problem.filename}, line {problem.lineno}: {line.strip()}"
    return trace_lines(problem.__traceback__)


def trace_lines(where: TracebackType | None) -> str:
    """Format the frames of *where* whose code is a cell's, innermost last."""
    frames = [frame for frame in traceback.extract_tb(where) if frame.filename.startswith("cell ")]
    return "\n".join(
        f"{frame.filename}, line {frame.lineno}, in {frame.name}: {frame.line}"
        for frame in frames[-TRACE_LINES:]
    )


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ``TimeIsUp`` in the block after *seconds*. The grader stops code that holds the interpreter."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUp(f"stopped after {seconds:g} s")

    signal.signal(signal.SIGALRM, ring)
    # Again every second, for code that swallows it.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def captured(printed: Printed, note: Callable[[str], None]) -> Iterator[None]:
    """Collect what the block prints, and answer ``input()`` with an empty line."""

    def no_input(prompt: object = "", /) -> str:
        note(f"input({str(prompt)!r}) was answered with an empty line")
        return ""

    before = sys.stdout, sys.stderr, builtins.input
    sys.stdout, sys.stderr, builtins.input = printed, printed, no_input
    try:
        yield
    finally:
        sys.stdout, sys.stderr, builtins.input = before
