"""How an exchange with a fork went wrong: what happened, in words for the student, or whose fault it is."""

from collections.abc import Callable

from grader.errors import CodecError, WorkerDied
from grader.evidence import Happening
from grader.sandbox.edge import Ending, Fork, ForkEnded

SIGKILL = 9
MEMORY_WORDS = (
    "bad_alloc",
    "memoryerror",
    "out of memory",
    "cannot allocate memory",
    "resource_exhausted",
    "oom when",
)


def guarded(fork: Fork, exchange: Callable[[], None]) -> tuple[Happening, str] | None:
    """Do *exchange*; when it fails, return how. Raises ``WorkerDied`` when the fault is ours."""
    try:
        exchange()
    except TimeoutError:
        _blame_us(fork.end())
        return Happening.TIMED_OUT, "it did not stop when its time was up, and was killed"
    except CodecError as error:
        _blame_us(fork.end())
        return Happening.MALFORMED, str(error)
    except ForkEnded:
        return _post_mortem(fork.end())
    return None


def _blame_us(ending: Ending) -> None:
    if ending.ours:
        raise WorkerDied(ending.ours)


def _post_mortem(ending: Ending) -> tuple[Happening, str]:
    """Say from *ending* how the process ended by itself."""
    _blame_us(ending)
    said = ending.output.lower()
    if ending.killed:
        return Happening.CRASHED, "the process closed its connection to the grader"
    if ending.signal == SIGKILL or any(word in said for word in MEMORY_WORDS):
        return Happening.OUT_OF_MEMORY, "the process ran out of memory and was ended"
    if ending.signal:
        return Happening.CRASHED, f"the process crashed with signal {ending.signal}"
    return Happening.CRASHED, f"the process ended itself with exit status {ending.exit}"
