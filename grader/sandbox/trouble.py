"""How an exchange with a fork went wrong: what happened, in words for the student, or whose fault it is."""

from collections.abc import Callable
from pathlib import Path

from grader.errors import CodecError, WorkerDied
from grader.evidence import Happening
from grader.sandbox.defences import MOST_FILES, MOST_FILES_MIB, MOST_PROCESSES
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
#: By what a supervisor says that there was too much of.
TOO_MUCH = {
    "processes": f"it had more than {MOST_PROCESSES} processes at a time: start fewer",
    "memory": (
        "all its processes together held more memory than a submission may: "
        "start fewer, or give each less to hold"
    ),
    "disk": f"it wrote more than {MOST_FILES_MIB} MiB to files: write less, or remove what is done with",
    "files": (
        f"it had more than {MOST_FILES:,} files, or folders too deep to count them: "
        "make fewer, or remove what is done with"
    ),
}


def guarded(fork: Fork, exchange: Callable[[], None], kills: int) -> tuple[Happening, str] | None:
    """Do *exchange*; when it fails, return how. Raises ``WorkerDied`` when the fault is ours.

    *kills* is what ``oom_kills`` said before.
    """
    try:
        exchange()
    except TimeoutError:
        _blame_us(fork.end())
        return Happening.TIMED_OUT, "it did not stop when its time was up, and was killed"
    except CodecError as error:
        _blame_us(fork.end())
        return Happening.MALFORMED, str(error)
    except ForkEnded:
        return _post_mortem(fork.end(), kills)
    return None


def oom_kills() -> int:
    """Return how many processes the kernel has killed since boot because the machine's memory ran out."""
    try:
        counters = Path("/proc/vmstat").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in counters.splitlines() if line.startswith("oom_kill ")), 0)


def _blame_us(ending: Ending) -> None:
    if ending.ours:
        raise WorkerDied(ending.ours)


def _post_mortem(ending: Ending, kills: int) -> tuple[Happening, str]:
    """Say from *ending* how the process ended by itself.

    A submission's own memory has a limit that answers with an error; when the kernel had to kill for the
    whole machine's sake, whose memory it was is not known.
    """
    _blame_us(ending)
    if ending.over:
        return Happening.OUT_OF_MEMORY, TOO_MUCH.get(ending.over, f"it used too much {ending.over}")
    # A control group counts its own; then the machine's count says nothing of this fork.
    if ending.signal == SIGKILL and not (ending.killed or ending.boxed) and oom_kills() > kills:
        raise WorkerDied("the machine ran out of memory, and the kernel ended a process; use fewer --jobs")
    said = ending.output.lower()
    if ending.killed:
        return Happening.CRASHED, "the process closed its connection to the grader"
    if ending.signal == SIGKILL or any(word in said for word in MEMORY_WORDS):
        return Happening.OUT_OF_MEMORY, "the process ran out of memory and was ended"
    if ending.signal:
        return Happening.CRASHED, f"the process crashed with signal {ending.signal}"
    return Happening.CRASHED, f"the process ended itself with exit status {ending.exit}"
