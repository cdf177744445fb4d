"""Ends what a fork leaves behind where no namespace of its own does it: processes, then files."""

import contextlib
import ctypes
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.sandbox.inside import isolation, watch

PR_SET_CHILD_SUBREAPER = 36
SWEEPING_SECONDS = 10.0


def adopt_orphans() -> None:
    """Have the kernel give this process the children of those of its descendants that end (Linux only)."""
    if hasattr(isolation.LIBC, "prctl"):
        isolation.LIBC.prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)


def end_descendants() -> bool:
    """Kill and bury every descendant; return whether none is left."""
    deadline = time.monotonic() + SWEEPING_SECONDS
    while victims := watch.below(os.getpid()):
        # One that forks while it is looked for is stopped first, and found the next time round.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for victim in victims:
                with contextlib.suppress(OSError):
                    os.kill(victim, number)
        _bury()
        if time.monotonic() > deadline:
            return False
    return True


def _bury() -> None:
    with contextlib.suppress(OSError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def remove(folder: str) -> bool:
    """Remove *folder* with all that is in it, also what its owner closed; return whether it is gone."""
    shutil.rmtree(folder, onerror=_open_and_retry)
    return not Path(folder).exists()


def _open_and_retry(function: Callable[[str], Any], path: str, _error: object) -> None:
    """Remove a folder's entry although its owner closed it."""
    with contextlib.suppress(OSError):
        Path(path).parent.chmod(0o700)
        if Path(path).is_dir() and not Path(path).is_symlink():
            Path(path).chmod(0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            function(path)
