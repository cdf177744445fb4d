"""The processes below this one, as ``/proc`` tells: proc(5)."""

import os
import sys
import time
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def below(top: int) -> set[int]:
    """Return the ids of all processes that descend from *top*; none where there is no ``/proc``."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(status.parent.name))
    found, waiting = set[int](), [top]
    while waiting:
        next_ones = children.get(waiting.pop(), [])
        found.update(next_ones)
        waiting += next_ones
    return found


def marked(word: str) -> set[int]:
    """Return the processes whose environment holds *word*: also those that left their family."""
    found = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if word.encode() in environment.read_bytes():
                found.add(int(environment.parent.name))
        except (OSError, ValueError):
            continue
    return found


def resident_mib(process: int) -> float:
    """Return how much memory *process* holds, 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * PAGE / 2**20


def oldest_first(found: set[int]) -> list[int]:
    """Return *found* in the order of their starts; process ids themselves begin again at some time."""
    return sorted(found, key=lambda process: (_started(process), process))


def _started(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return sys.maxsize


def name_of(process: int) -> str:
    """Return the name of *process*, nothing when it is gone."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def folder_of(process: int) -> Path:
    """Return the working folder of *process*."""
    return Path(f"/proc/{process}/cwd").readlink()


def gone_within(seconds: float, known: set[int], word: str) -> set[int]:
    """Return what still runs after at most *seconds* besides *known*: below this process, or with *word*."""
    deadline = time.monotonic() + seconds
    while True:
        left = (below(os.getpid()) | marked(word)) - known
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)
