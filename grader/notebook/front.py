"""What students call. Whatever goes wrong is shown as a message, never as a traceback of ours."""

import sys
import threading
from collections.abc import Callable

from grader.errors import GraderError
from grader.notebook.borrowed import as_it_stands, with_notes
from grader.notebook.claims import Claims
from grader.notebook.course import Exercises, found_in, grade_here, read_all
from grader.notebook.kept import kept
from grader.notebook.kernel import Kernel, running_kernel
from grader.notebook.limit import Interrupted
from grader.notebook.standing import rows_of
from grader.notebook.view import View, grades_view, message_view, progress_view
from grader.reports.standings import Mark, mark_of

Say = Callable[[str], None]
IN_A_THREAD = "Not checked: run this in a cell of its own, not in a thread."
#: Of this kernel.
CLAIMS = Claims()


def check(exercise: object = None) -> View:
    """Check *exercise*, or those whose names are there."""
    say = _announcer()
    return _shown(lambda kernel: _check(exercise, kernel, say))


def progress() -> View:
    """Show the whole notebook."""
    return _shown(lambda kernel: progress_view(rows_of(read_all(), kernel, CLAIMS)))


def _check(given: object, kernel: Kernel, say: Say) -> View:
    exercises = read_all()
    if given is None or (isinstance(given, str) and not given.strip()):
        return _check_present(exercises, kernel, say)
    exercise = found_in(exercises, given)
    present = CLAIMS.names_for(exercises, exercise, kernel.names)
    (grade,) = grade_here(exercises, [exercise], kernel, say)
    noted = with_notes(grade, present, CLAIMS, kernel.names)
    if not present.taken or mark_of(grade) is Mark.FULL:
        # What was written for another exercise, and is wrong here, stays the other's.
        CLAIMS.note(grade, exercises.names(exercise), kernel.names)
    return grades_view([noted], exercises.material.titles)


def _check_present(exercises: Exercises, kernel: Kernel, say: Say) -> View:
    """Check the exercises that something in *kernel* was surely written for."""
    present = {each: CLAIMS.names_for(exercises, each, kernel.names) for each in exercises.by_id}
    chosen = [each for each, found in present.items() if found.own]
    if not chosen:
        return message_view(_what_to_give(exercises, kernel))
    others = frozenset((each, name) for each, found in present.items() for name in found.taken)
    grades = grade_here(exercises, chosen, kernel, say, others)
    shown = [as_it_stands(grade, present[grade.exercise], CLAIMS, kernel.names) for grade in grades]
    return grades_view(shown, exercises.material.titles)


def _what_to_give(exercises: Exercises, kernel: Kernel) -> str:
    open_to = [
        each for each in exercises.by_id if any(name in kernel.names for name in exercises.names(each))
    ]
    found = "what is here could be for several exercises" if open_to else "none of the exercises is here yet"
    calls = ", ".join(f'`grader.check("{each}")`' for each in open_to or exercises.by_id)
    return f"Found nothing to check: {found}. Run the cell with your answer, then one of {calls}."


def _announcer() -> Say:
    """Return what tells the student something at once, also while all other output is kept back."""
    out = sys.stdout
    return lambda text: print(text, file=out, flush=True)


def _shown(produce: Callable[[Kernel], View]) -> View:
    if threading.current_thread() is not threading.main_thread():
        # What is put back afterwards, names and output, the main thread changes at the same time.
        # What a thread returns is shown to nobody.
        _announcer()(IN_A_THREAD)
        return message_view(IN_A_THREAD)
    kernel = running_kernel()
    try:
        with kept(kernel):
            return produce(kernel)
    except (Interrupted, KeyboardInterrupt):
        # A new one: the way through our own code helps nobody.
        raise KeyboardInterrupt("the check was stopped; nothing in your notebook was changed") from None
    except GraderError as error:
        return message_view(str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours is no traceback in a student's notebook
        return message_view(_our_fault(error))


def _our_fault(error: Exception) -> str:
    return (
        f"The grader itself failed (`{type(error).__name__}: {str(error)[:300]}`). That says nothing about "
        "your work: go on, and tell your teachers."
    )
