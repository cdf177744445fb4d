"""What all processes of one fork take together, as their supervisor sees it: proc(5).

``RLIMIT_DATA`` bounds each process by itself, and a submission may start many.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

KIBIBYTE = 1024
PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """The most that a fork and everything it started may hold: processes, bytes of memory and in *folder*."""

    processes: int
    memory: int
    disk: int = 0
    folder: str = ""


def bounds(processes: int, memory_mib: int, disk_mib: int, folder: str) -> Bounds:
    """Return the bounds of a fork of this process: *memory_mib* on top of what it already holds."""
    memory = _fields("self", "status").get("RssAnon", 0) + memory_mib * KIBIBYTE**2
    return Bounds(processes=processes, memory=memory, disk=disk_mib * KIBIBYTE**2, folder=folder)


def excess(own: Bounds, processes: Iterable[int]) -> str:
    """Return what there is too much of: ``processes``, ``memory`` or ``disk``; empty when all is well.

    One process alone is left to its own limit, which answers with an error instead of an end, but does not
    count memory that could be shared.
    """
    several = list(processes)
    if len(several) > own.processes:
        return "processes"
    taken = sum(map(memory_of, several)) if len(several) > 1 else sum(map(_shared_of, several))
    if taken > own.memory:
        return "memory"
    return "disk" if own.folder and _disk_of(own.folder) > own.disk else ""


def memory_of(process: int) -> int:
    """Return the bytes that *process* holds, pages shared with others in proportion.

    One that hides its memory is counted with all that it shares.
    """
    shared = _fields(process, "smaps_rollup")
    if shared:
        return shared.get("Pss_Anon", 0) + shared.get("Pss_Shmem", 0)
    plain = _fields(process, "status")
    return plain.get("RssAnon", 0) + plain.get("RssShmem", 0)


def _shared_of(process: int) -> int:
    return _fields(process, "status").get("RssShmem", 0)


def everyone() -> list[int]:
    """Return every process that ``/proc`` shows."""
    try:
        return [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]
    except OSError:
        return []


def below(process: int) -> list[int]:
    """Return the processes that descend from *process*."""
    found, waiting = list[int](), [process]
    while waiting:
        children = list(_children(waiting.pop()))
        found += children
        waiting += children
    return found


def _children(process: int) -> Iterator[int]:
    for task in PROC.glob(f"{process}/task/*/children"):
        try:
            yield from map(int, task.read_text().split())
        except OSError:
            continue


def _fields(process: object, file: str) -> dict[str, int]:
    """Return the sizes in a file of ``/proc``, in bytes; nothing when it cannot be read."""
    try:
        lines = (PROC / str(process) / file).read_text().splitlines()
    except OSError:
        return {}
    pairs = [line.split(":", 1) for line in lines if line.endswith(" kB")]
    return {name: int(size.split()[0]) * KIBIBYTE for name, size in pairs}


def _disk_of(folder: str) -> int:
    """Return the bytes that the files below *folder* take."""
    return sum(_blocks(Path(place) / name) for place, _folders, names in os.walk(folder) for name in names)


def _blocks(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:
        return 0
