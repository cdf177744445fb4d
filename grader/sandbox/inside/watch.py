"""What all processes of one fork take together, as their supervisor sees it: proc(5).

``RLIMIT_DATA`` bounds each process by itself, and a submission may start many.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.sandbox import removal

KIBIBYTE = 1024
PROC = Path("/proc")
#: A process's name stands among them, and its owner chooses it.
SIZES = re.compile(rb"^(\w+):[ \t]+(\d+) kB$", re.MULTILINE)
#: Memory that is not among the pages of a process, but is held for it.
BESIDES = ("VmPTE", "VmSwap", "HugetlbPages")
#: Processes that are asked what they share.
FEW = 24
#: Of folders within folders. A descriptor is held for each.
MOST_LEVELS = 64


class TooDeep(Exception):
    """There are more folders within folders than are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """The most that a fork and all it started may hold: processes, bytes of memory and disk, files.

    ``shared`` bytes of the memory each process has from the warm process, and shares until it writes there.
    """

    processes: int
    memory: int
    shared: int = 0
    disk: int = 0
    files: int = 0


def bounds(processes: int, memory_mib: int, disk_mib: int, files: int) -> Bounds:
    """Return the bounds of a fork of this process: *memory_mib* on top of what it already holds."""
    shared = _fields("self", "status").get("RssAnon", 0)
    memory, disk = shared + memory_mib * KIBIBYTE**2, disk_mib * KIBIBYTE**2
    return Bounds(processes=processes, memory=memory, shared=shared, disk=disk, files=files)


def excess(own: Bounds, processes: Iterable[int]) -> str:
    """Return what there is too much of: ``processes`` or ``memory``; empty when all is well.

    One process alone is left to its own limit, which answers with an error instead of an end, but does not
    count memory that could be shared, nor the kernel's own for it.
    """
    several = list(processes)
    if len(several) > own.processes:
        return "processes"
    taken = _together(own, several) if len(several) > 1 else sum(map(_unlimited_of, several))
    return "memory" if taken > own.memory else ""


def _together(own: Bounds, several: list[int]) -> int:
    """Return what *several* processes hold together, or more when that is no matter.

    To tell what they share the kernel waits until each is done with its memory, which a process that forks
    without end never is: so it is asked only when it can change the answer, and of a few.
    """
    most = own.shared + sum(max(0, _plain_of(each) - own.shared) for each in several)
    if most <= own.memory or len(several) > FEW:
        return most
    return sum(map(memory_of, several))


def _plain_of(process: int) -> int:
    """Return the bytes of *process*, those that it shares with others, too."""
    plain = _fields(process, "status")
    return sum(plain.get(name, 0) for name in ("RssAnon", "RssShmem", *BESIDES))


def excess_on_disk(own: Bounds, folder: str) -> str:
    """Return what there is too much of below *folder*: ``files`` or ``disk``; empty when all is well.

    Folders that are too deep to count, or that are kept from being looked into, are too many files.
    """
    files = size = 0
    try:
        for blocks in _blocks_below(folder, own.files + 1):
            files, size = files + 1, size + blocks
            if files > own.files:
                return "files"
    except (PermissionError, TooDeep):
        return "files"
    return "disk" if size > own.disk else ""


def memory_of(process: int) -> int:
    """Return the bytes that *process* holds, pages shared with others in proportion.

    One that hides its memory is counted with all that it shares, and so is everyone before Linux 5.4.
    """
    shared, plain = _fields(process, "smaps_rollup"), _fields(process, "status")
    besides = sum(plain.get(name, 0) for name in BESIDES)
    if "Pss_Anon" in shared:
        return shared["Pss_Anon"] + shared.get("Pss_Shmem", 0) + besides
    return plain.get("RssAnon", 0) + plain.get("RssShmem", 0) + besides


def _unlimited_of(process: int) -> int:
    """Return the bytes of *process* that its own limit does not count."""
    return sum(_fields(process, "status").get(name, 0) for name in ("RssShmem", *BESIDES))


def everyone() -> list[int]:
    """Return every process that ``/proc`` shows."""
    try:
        return [int(name) for name in os.listdir(PROC) if name.isdigit()]  # noqa: PTH208 - fast
    except OSError:
        return []


def below(process: int) -> list[int]:
    """Return the processes that descend from *process*; none where there is no ``/proc``."""
    children: dict[int, list[int]] = {}
    for each in everyone():
        children.setdefault(_parent_of(each), []).append(each)
    found, waiting = list[int](), [process]
    while waiting:
        next_ones = children.get(waiting.pop(), [])
        found += next_ones
        waiting += next_ones
    return found


def _parent_of(process: int) -> int:
    """Return the parent of *process*, -1 when it is gone."""
    try:
        # Five times a second for each process of the machine: pathlib would take most of the time.
        with open(f"{PROC}/{process}/stat", "rb", buffering=0) as file:  # noqa: PTH123
            told = file.read(4096)
        # Its name may hold anything, brackets too.
        return int(told.rpartition(b")")[2].split(maxsplit=2)[1])
    except (OSError, IndexError):
        return -1


def _fields(process: object, file: str) -> dict[str, int]:
    """Return the sizes in a file of ``/proc``, in bytes; nothing when it cannot be read."""
    try:
        text = (PROC / str(process) / file).read_bytes()
    except OSError:
        return {}
    return {name.decode(): int(size) * KIBIBYTE for name, size in SIZES.findall(text)}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Level:
    """A folder that is being looked through."""

    place: int
    entries: Iterator[os.DirEntry[str]]


def _blocks_below(folder: str, most: int) -> Iterator[int]:
    """Yield the bytes that each file and folder below *folder* takes, of each folder *most* at the most.

    Raises ``TooDeep``, and ``PermissionError`` when a folder stays closed.
    """
    levels = [*_level(folder, None, most)]
    try:
        while levels:
            entry = next(levels[-1].entries, None)
            if entry is None:
                os.close(levels.pop().place)
                continue
            with suppress(FileNotFoundError):
                yield entry.stat(follow_symlinks=False).st_blocks * 512
            if entry.is_dir(follow_symlinks=False):
                levels += _level(entry.name, levels[-1].place, most)
            if len(levels) > MOST_LEVELS:
                raise TooDeep
    finally:
        for level in levels:
            os.close(level.place)


def _level(name: str, within: int | None, most: int) -> Iterator[_Level]:
    """Yield the folder *name*, unless it has gone or become something else since its name was read."""
    try:
        place = removal.open_folder(name, within)
    except (FileNotFoundError, NotADirectoryError):
        return
    with os.scandir(place) as entries:
        yield _Level(place=place, entries=iter(list(islice(entries, most))))
