"""The processes below this one, as ``/proc`` tells: proc(5)."""

import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.sandbox.inside import sweep

PAGE = os.sysconf("SC_PAGE_SIZE")
DEAD = frozenset("ZX")
ENDING_SECONDS = 10.0


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Have the kernel give this process all that its descendants leave behind, so that it stays below it."""
    _adopt(wanted=True)
    try:
        yield
    finally:
        _adopt(wanted=False)


def _adopt(*, wanted: bool) -> None:
    sweep.adopt_orphans(wanted=wanted)


def below(top: int) -> set[int]:
    """Return the ids of all processes that descend from *top*; none where there is no ``/proc``.

    Those that only wait to be buried do not count. Nobody descends from 0, which stands for no process.
    """
    children: dict[int, list[int]] = {}
    if top == 0:
        return set()
    for process in map(int, filter(str.isdigit, _names("/proc"))):
        fields = _stat(process)
        if fields and fields[0] not in DEAD:
            children.setdefault(int(fields[1]), []).append(process)
    found, waiting = set[int](), [top]
    while waiting:
        next_ones = children.get(waiting.pop(), [])
        found.update(next_ones)
        waiting += next_ones
    return found


def _names(folder: str) -> list[str]:
    try:
        return [path.name for path in Path(folder).iterdir()]
    except OSError:
        return []


def _stat(process: int) -> list[str]:
    """Return the fields of *process* from its state on; nothing when it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def end_all_but(known: set[int]) -> None:
    """Kill what runs below this process besides *known*, also what forks faster than it is found."""
    deadline = time.monotonic() + ENDING_SECONDS
    while (left := below(os.getpid()) - known) and time.monotonic() < deadline:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                with suppress(OSError):
                    os.kill(process, number)


def resident_mib(process: int) -> float:
    """Return how much memory *process* has mapped and in use, 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * PAGE / 2**20


def held_mib(process: int) -> float:
    """Return how much memory *process* holds, pages shared with others in proportion.

    Of one that hides its memory nothing is known, and nothing counted: only processes of the grader do that.
    """
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon", "Pss_Shmem"))) / 1024


def nameless_mib(found: set[int]) -> float:
    """Return how much the files take that *found* keep open and that no folder has: memfd_create, unlink."""
    taken: dict[tuple[int, int], int] = {}
    for process in found:
        for number in _names(f"/proc/{process}/fd"):
            try:
                told = Path(f"/proc/{process}/fd/{number}").stat()
            except OSError:
                continue
            if stat.S_ISREG(told.st_mode) and told.st_nlink == 0:
                taken[told.st_dev, told.st_ino] = told.st_blocks * 512
    return sum(taken.values()) / 2**20


def oldest_first(found: set[int]) -> list[int]:
    """Return *found* in the order of their starts; process ids themselves begin again at some time."""
    return sorted(found, key=lambda process: (_started(process), process))


def _started(process: int) -> int:
    fields = _stat(process)
    return int(fields[19]) if fields else sys.maxsize


def gone_within(seconds: float, known: set[int]) -> set[int]:
    """Return what still runs below this process after at most *seconds*, besides *known*."""
    deadline = time.monotonic() + seconds
    while True:
        left = below(os.getpid()) - known
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)
