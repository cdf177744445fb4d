"""What a submission may have left behind: processes, files, changed rights, memory of the warm process."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.redteam import processes

MEMORY_MIB = 16.0
DYING_SECONDS = 15.0
#: Grows when TensorFlow complains; it is read for secrets instead.
LOG = "worker.log"
Files = dict[str, tuple[int, int, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Warm:
    """The warm process: its id, its folder, and what runs besides it while nothing is graded."""

    process: int
    folder: Path
    others: frozenset[int]

    @property
    def log(self) -> str:
        """What the warm process has said so far."""
        try:
            return (self.folder / LOG).read_text(errors="replace")
        except OSError:
            return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The machine as it was before a technique."""

    files: Files
    resident_mib: float


def find_warm(before: set[int]) -> Warm:
    """Return the warm process that was started since *before* was ``below`` this process."""
    started = processes.oldest_first(processes.below(os.getpid()) - before)
    zygote = next(process for process in started if processes.name_of(process).startswith("python"))
    # The launcher of the wall is older than what it launched; a first trial fork is younger than both.
    known = {*before, *started[: started.index(zygote) + 1]}
    return Warm(process=zygote, folder=processes.folder_of(started[0]), others=frozenset(known))


def look(folders: list[Path], warm: Warm) -> Snapshot:
    """Take a snapshot of *folders* and of the warm process."""
    files = {str(path): _state(path) for folder in folders for path in (folder, *folder.rglob("*"))}
    return Snapshot(files=files, resident_mib=processes.resident_mib(warm.process))


def _state(path: Path) -> tuple[int, int, str]:
    told = path.lstat()
    plain = path.is_file() and not path.is_symlink() and path.name != LOG
    content = hashlib.sha256(path.read_bytes()).hexdigest() if plain else ""
    return told.st_mode, told.st_uid, content


def left_behind(before: Snapshot, folders: list[Path], warm: Warm) -> Iterator[str]:
    """Yield in words what is there now and was not before."""
    left = processes.gone_within(DYING_SECONDS, set(warm.others), str(warm.folder))
    if left:
        yield f"left {len(left)} processes behind"
    now = look(folders, warm)
    for path in sorted(before.files.keys() | now.files.keys()):
        if path not in now.files:
            yield f"removed {path}"
        elif before.files.get(path) != now.files[path]:
            yield f"{'changed' if path in before.files else 'left behind'} {path}"
    if now.resident_mib == 0:
        yield "ended the warm process"
    elif now.resident_mib - before.resident_mib > MEMORY_MIB:
        yield f"the warm process grew by {now.resident_mib - before.resident_mib:.0f} MiB"
