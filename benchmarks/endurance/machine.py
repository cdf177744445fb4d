"""What runs and what it holds, as ``/proc`` and the control groups tell: proc(5), cgroups(7)."""

import ctypes
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
PR_SET_CHILD_SUBREAPER = 36
#: Of a process that was forked and has not called exec since: linux/sched.h.
PF_FORKNOEXEC = 0x40
PREFIX = "grader-"
DYING_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """One process: its parent, its name, and whether it is a program of its own, not a fork of another."""

    parent: int
    name: str
    is_program: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What one process holds."""

    mib: float
    threads: int
    files: int


def adopt_orphans() -> None:
    """Have the kernel give this process whatever its descendants leave: prctl(2)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)


def everyone() -> dict[int, Process]:
    """Return all processes, those that wait to be buried left out."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = path.read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if fields[0] not in "ZX":
            name = head.partition("(")[2]
            is_program = not int(fields[6]) & PF_FORKNOEXEC
            number = int(path.parent.name)
            found[number] = Process(parent=int(fields[1]), name=name, is_program=is_program)
    return found


def below(top: int, known: dict[int, Process] | None = None) -> list[int]:
    """Return the processes that descend from *top*, parents before their children."""
    known = everyone() if known is None else known
    children: dict[int, list[int]] = {}
    for number, process in known.items():
        children.setdefault(process.parent, []).append(number)
    found, waiting = list[int](), [top]
    while waiting:
        own = children.get(waiting.pop(0), [])
        found += own
        waiting += own
    return found


def warm_process(grader: int, known: dict[int, Process]) -> int | None:
    """Return *grader*'s warm process: the only Python program below it; its orphaned forks are none."""
    programs = (number for number in below(grader, known) if known[number].is_program)
    return next((number for number in programs if known[number].name.startswith("python")), None)


def held(process: int) -> Held | None:
    """Return what *process* holds, ``None`` when it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        threads = sum(1 for _ in Path(f"/proc/{process}/task").iterdir())
        files = sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())
    except (OSError, IndexError):
        return None
    if not pages:
        return None  # it ends
    return Held(mib=pages * PAGE / 2**20, threads=threads, files=files)


def groups(grader: int) -> list[Path]:
    """Return the control groups that *grader* made."""
    return list(_groups_below(Path("/sys/fs/cgroup"), f"{PREFIX}{grader}-"))


def _groups_below(folder: Path, prefix: str) -> Iterator[Path]:
    for place, folders, _files in os.walk(folder):
        yield from (Path(place) / name for name in folders if name.startswith(prefix))


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """What is there of a grader: orphaned by it, in its temporary folder, among control groups."""

    processes: int
    folders: int
    groups: int

    @property
    def nothing(self) -> bool:
        """Whether none of it is left."""
        return not (self.processes or self.folders or self.groups)


def left_by(grader: int, temporary: Path) -> Left:
    """Return what *grader*, which has ended, left; what is about to die is waited for."""
    deadline = time.monotonic() + DYING_SECONDS
    while True:
        _bury()
        left = Left(
            processes=len(below(os.getpid())),
            folders=sum(1 for _ in temporary.iterdir()),
            groups=len(groups(grader)),
        )
        if left.nothing or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def _bury() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
