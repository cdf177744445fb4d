"""What a check that did not pass says in pytest's own report. It is given what a student may see."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from grader.errors import GraderError
from grader.grade import MarkedFinding
from grader.reports.handout import fault_for_student
from grader.reports.points import points_text
from grader.reports.prose import one_line
from grader.reports.signs import VERDICT_WORDS
from grader.reports.terminal import explanation
from grader.verdict import Verdict

WIDTH = 80
HIDDEN = "(Hidden check: what it asks and expects is not shown.)"
MOST_NOTES = 5


class Unsuccessful(Exception):
    """Why a check did not pass. It carries what may be shown, in full, and the same in one line."""

    # pytest and JUnit name an exception with its module, which says nothing here.
    __module__ = "builtins"

    def __init__(self, text: str, line: str) -> None:
        """Keep the *text* and its *line*."""
        self.line = line
        super().__init__(text)


class WrongAnswer(Unsuccessful):
    """The answer is wrong."""

    __module__ = "builtins"


class Broken(Unsuccessful):
    """The submission raised, crashed, or could not be read."""

    __module__ = "builtins"


class TimedOut(Unsuccessful):
    """The submission used up its time."""

    __module__ = "builtins"


class OutOfMemory(Unsuccessful):
    """The submission used up its memory."""

    __module__ = "builtins"


class Ungraded(Unsuccessful):
    """Not graded: the grader's fault, or for a person to decide."""

    __module__ = "builtins"


class Uncollected(Unsuccessful):
    """An exercise file, or what belongs to it, cannot be read."""

    __module__ = "builtins"


#: What is no wrong answer is no failure either, but an error, in pytest's words.
ERRORS: dict[Verdict, type[Unsuccessful]] = {
    Verdict.BROKEN: Broken,
    Verdict.TIMED_OUT: TimedOut,
    Verdict.OUT_OF_MEMORY: OutOfMemory,
    Verdict.UNGRADED: Ungraded,
}
REASONS = {
    Verdict.FAILED: "A wrong answer.",
    Verdict.BROKEN: "It raised, crashed, or could not be read.",
    Verdict.TIMED_OUT: "It did not finish in time.",
    Verdict.OUT_OF_MEMORY: "It ran out of memory.",
    Verdict.NOT_ATTEMPTED: "Nothing is there, or still the starter.",
    Verdict.SKIPPED: "A check that it needs did not pass.",
    Verdict.UNGRADED: "The grader's fault, or for a person to decide; it never counts as 0.",
}


def error_of(marked: MarkedFinding, notes: Sequence[str]) -> Unsuccessful | None:
    """Return what to raise where a check could not be judged by its answer; ``None`` where it could."""
    kind = ERRORS.get(marked.finding.verdict)
    return kind(_text(marked, notes), one_line(_reason(marked))) if kind else None


def failure_of(marked: MarkedFinding, notes: Sequence[str]) -> Unsuccessful | None:
    """Return what to raise for a wrong answer; ``None`` for a right one."""
    if marked.finding.verdict is Verdict.PASSED:
        return None
    return WrongAnswer(_text(marked, notes), one_line(_reason(marked)))


def skip_of(marked: MarkedFinding) -> str:
    """Return why a check is skipped; nothing when it is not."""
    if marked.finding.verdict is Verdict.SKIPPED:
        return one_line(_reason(marked))
    if marked.finding.verdict is Verdict.NOT_ATTEMPTED:
        return one_line(f"{VERDICT_WORDS[Verdict.NOT_ATTEMPTED]}: {_reason(marked)}")
    return ""


def ours(error: BaseException) -> Unsuccessful:
    """Return what to say of a fault of ours."""
    text = f"not graded: {fault_for_student(error)}"
    return Ungraded(text, one_line(text))


def uncollected(error: GraderError, *, private: bool) -> Unsuccessful:
    """Return what to say of files that cannot be read: all of it, if nothing *private* is among them."""
    text = fault_for_student(error, private=private)
    return Uncollected(text, one_line(text))


def report(error: pytest.ExceptionInfo[BaseException], path: str) -> Any:
    """Return pytest's representation of *error*, without traceback or values, placed in *path*."""
    told = error.value if isinstance(error.value, Unsuccessful) else ours(error.value)
    shown: Any = pytest.ExceptionInfo.from_exception(_raised(told)).getrepr(style="value", chain=False)
    crash = replace(shown.reprcrash, path=path, lineno=1, message=f"{type(told).__name__}: {told.line}")
    shown.reprcrash = crash
    shown.chain = [(traceback, crash, description) for traceback, _, description in shown.chain]
    return shown


def _raised(told: Unsuccessful) -> Unsuccessful:
    """Return *told* with a traceback that begins and ends here."""
    try:
        raise told.with_traceback(None) from None
    except Unsuccessful as error:
        return error


def _text(marked: MarkedFinding, notes: Sequence[str]) -> str:
    file = StringIO()
    console = Console(file=file, width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    found = marked.finding
    points = f"{points_text(marked.score) or '?'} of {points_text(marked.max_score)} points"
    console.print(f"{points}, {VERDICT_WORDS[found.verdict]}", markup=False, highlight=False)
    if not found.message:
        console.print(_reason(marked), markup=False, highlight=False)
    for part in explanation(found):
        console.print(part)
    for note in notes[:MOST_NOTES]:
        console.print(f"note: {one_line(note)}", markup=False, highlight=False)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _reason(marked: MarkedFinding) -> str:
    """Return in a sentence or two why a check did not pass."""
    found = marked.finding
    if found.message:
        return found.message
    return REASONS[found.verdict] if marked.visible else f"{REASONS[found.verdict]} {HIDDEN}"
