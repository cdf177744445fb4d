"""Control groups, where they can be had: the kernel's own bound on the memory of all a fork's processes.

cgroups(7). Version 2 is used in a group that was delegated to this user (``systemd-run --user --scope -p
Delegate=yes grader grade ...``), version 1 by root. Everywhere else the supervisors watch.
"""

import contextlib
import functools
import itertools
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "grader-"
MEBIBYTE = 2**20
#: A supervisor and two threads for each process that a fork may have.
MOST_TASKS = 192
#: One sequence for all places of this process.
NUMBERS = itertools.count()
SETTLING_SECONDS = 3.0
CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What a version calls the files of a group that bound and count."""

    memory: str
    tasks: str
    kills: str
    met_file: str
    met: str


#: By version.
KINDS = {
    2: Kind(
        memory="memory.max", tasks="pids.max", kills="memory.events", met_file="memory.events", met="oom"
    ),
    1: Kind(
        memory="memory.limit_in_bytes",
        tasks="pids.max",
        kills="memory.oom_control",
        met_file="memory.failcnt",
        met="",
    ),
}


class Box:
    """The control group of one fork."""

    def __init__(self, place: "Place", folder: Path) -> None:
        """Stand for the group at *folder*, in *place*."""
        self._place = place
        self._folder = folder
        #: Version 1 bounds tasks in a tree of their own, where there is one.
        self._counted = place.tasks / folder.name if place.tasks else folder
        self.is_left = False

    def make(self, memory_mib: int) -> None:
        """Make the group, with room for *memory_mib* and ``MOST_TASKS``."""
        kind = self._place.kind
        self._folder.mkdir()
        (self._folder / kind.memory).write_text(str(memory_mib * MEBIBYTE))
        with contextlib.suppress(OSError):
            self._counted.mkdir(exist_ok=True)
            (self._counted / kind.tasks).write_text(str(MOST_TASKS))

    def admit(self, process: int) -> None:
        """Move *process* in, and with it whatever it will start."""
        if self._counted != self._folder and self._counted.is_dir():
            (self._counted / "cgroup.procs").write_text(str(process))
        (self._folder / "cgroup.procs").write_text(str(process))

    def ran_out(self) -> bool:
        """Whether the kernel ended a process here because this group's own bound was met."""
        kind = self._place.kind
        return self.lost_one() and self._count(kind.met_file, kind.met) > 0

    def lost_one(self) -> bool:
        """Whether the kernel ended a process here for memory, this group's or the whole machine's."""
        return self._count(self._place.kind.kills, "oom_kill") > 0

    def _count(self, file: str, name: str) -> int:
        """Return the counter *name* in *file*, which holds nothing else where *name* is empty."""
        try:
            lines = [line.split() for line in (self._folder / file).read_text().splitlines()]
        except OSError:
            return 0
        return next((int(line[-1]) for line in lines if line[:-1] == name.split()), 0)

    def leave(self) -> None:
        """Remove the group, or have it removed when its processes are gone."""
        self.is_left = True
        self._place.sweep()

    def remove(self) -> bool:
        """Remove the group now; return whether it is gone, which it is not before its last process is."""
        return all(_is_removed(folder) for folder in {self._folder, self._counted})


def _is_removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Place:
    """A group in which groups can be made; with ``tasks``, where those that bound tasks are made."""

    folder: Path
    kind: Kind
    tasks: Path | None = None
    boxes: list[Box] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, process: int, memory_mib: int) -> Box:
        """Move *process* into a group of its own that may hold *memory_mib*. Raises ``OSError``."""
        box = Box(self, self.folder / f"{PREFIX}{os.getpid()}-{next(NUMBERS)}")
        try:
            box.make(memory_mib)
            box.admit(process)
        except OSError:
            box.remove()
            raise
        with self.lock:
            self.boxes.append(box)
        return box

    def sweep(self) -> bool:
        """Remove the groups that were left and whose processes are gone; return whether no such is there."""
        with self.lock:
            self.boxes[:] = [each for each in self.boxes if not each.is_left or not each.remove()]
            return not any(each.is_left for each in self.boxes)


@functools.cache
def find() -> Place | None:
    """Return a place for groups of our own, if this user has one; asked before processes are started."""
    own = _own_groups()
    for folder, version in _candidates(own):
        tasks = own.get("pids") if version == 1 else None
        place = Place(folder=folder, kind=KINDS[version], tasks=tasks)
        with contextlib.suppress(OSError):
            for each in filter(None, (folder, tasks)):
                _remove_stale(each)
            if version == 2:
                _make_room(folder)
            trial = Box(place, folder / f"{PREFIX}{os.getpid()}-{next(NUMBERS)}")
            try:
                trial.make(1)
            finally:
                trial.remove()
            return place
    return None


def settle() -> None:
    """Wait a moment for the groups that were left to become empty, and remove them."""
    place = find() if find.cache_info().currsize else None
    deadline = time.monotonic() + SETTLING_SECONDS
    while place is not None and not place.sweep() and time.monotonic() < deadline:
        time.sleep(0.02)


def _candidates(own: Mapping[str, Path]) -> Iterator[tuple[Path, int]]:
    """Yield this process's *own* groups that could bound memory: folder and version."""
    for controller, version in (("", 2), ("memory", 1)):
        if controller in own:
            yield own[controller], version


def _own_groups() -> dict[str, Path]:
    """Return this process's group in each tree, by controller; by nothing that of version 2."""
    try:
        own = [line.strip().split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return {}
    paths = {name: path for _number, controllers, path in own for name in controllers.split(",")}
    found: dict[str, Path] = {}
    for _device, target, kind, options, *_rest in mounts:
        names = {"cgroup2": [""], "cgroup": options.split(",")}.get(kind, [])
        found.update({name: _below(Path(target), paths[name]) for name in names if name in paths})
    return found


def _below(mount: Path, path: str) -> Path:
    # In a container the path may be the host's, which is not to be seen from here.
    inner = mount / path.lstrip("/")
    return inner if inner.is_dir() else mount


def _make_room(folder: Path) -> None:
    """Move this process into a leaf and hand the memory controller down: only leaves may hold processes."""
    if "memory" not in (folder / "cgroup.controllers").read_text().split():
        raise FileNotFoundError(folder / "memory.max")
    leaf = folder / f"{PREFIX}{os.getpid()}-self"
    leaf.mkdir(exist_ok=True)
    (leaf / "cgroup.procs").write_text(str(os.getpid()))
    try:
        (folder / "cgroup.subtree_control").write_text("+memory")
    except OSError:
        (folder / "cgroup.procs").write_text(str(os.getpid()))
        leaf.rmdir()
        raise
    with contextlib.suppress(OSError):
        (folder / "cgroup.subtree_control").write_text("+pids")


def _remove_stale(folder: Path) -> None:
    """Remove the empty groups of graders that were killed."""
    for stale in folder.glob(f"{PREFIX}*"):
        process = stale.name.removeprefix(PREFIX).split("-")[0]
        if process.isdigit() and not Path(f"/proc/{process}").exists():
            with contextlib.suppress(OSError):
                stale.rmdir()


def announced(line: socket.socket) -> int:
    """Return the process id, as seen from here, of who wrote a byte on *line*: unix(7), SCM_CREDENTIALS."""
    data, ancillary, _flags, _address = line.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size))
    for _level, kind, content in ancillary:
        process: int = CREDENTIALS.unpack(content)[0] if kind == socket.SCM_CREDENTIALS else 0
        # 0 is a process outside of what this one can see, and to a control group its writer.
        if data and process > 0:
            return process
    raise ConnectionResetError("a fork did not say which process it is")
