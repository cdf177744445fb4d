"""Ends what a fork leaves behind where no namespace of its own does it: processes, then files."""

import contextlib
import ctypes
import os
import signal
import time

from grader.sandbox import removal
from grader.sandbox.inside import watch
from grader.sandbox.inside.kernel import LIBC

PR_SET_CHILD_SUBREAPER = 36
#: For processes and files together: well below what the grader waits for the report of an end.
SWEEPING_SECONDS = 10.0
#: On a machine so busy that this was not enough.
LASTING_SECONDS = 600.0
#: What is not dead yet is left some time to die.
ROUND_SECONDS = 0.01


def adopt_orphans(*, wanted: bool = True) -> None:
    """Have the kernel give this process the children of those of its descendants that end (Linux only)."""
    if hasattr(LIBC, "prctl"):
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(wanted), 0, 0, 0)


def clean(folder: str, seconds: float | None = None) -> str:
    """End and remove what a fork left where others would find it; return what could not be.

    In *seconds*; so long as the grader waits for the report, unless given.
    """
    deadline = time.monotonic() + (SWEEPING_SECONDS if seconds is None else seconds)
    ended = end_descendants(deadline)
    removed = not folder or removal.remove(folder, deadline - time.monotonic())
    gone = {"processes": ended, "files": removed}
    return ", ".join(name for name, is_gone in gone.items() if not is_gone)


def end_descendants(deadline: float) -> bool:
    """Kill and bury every descendant until *deadline*; return whether none is left."""
    while victims := watch.below(os.getpid()):
        # One that forks while it is looked for is stopped first, and found the next time round.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for victim in victims:
                with contextlib.suppress(OSError):
                    os.kill(victim, number)
        _bury()
        if time.monotonic() > deadline:
            return False
        time.sleep(ROUND_SECONDS)
    return True


def _bury() -> None:
    with contextlib.suppress(OSError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
