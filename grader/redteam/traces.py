"""What a submission may have left behind: processes, files, changed rights, memory of the warm process."""

import hashlib
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.redteam import processes
from grader.sandbox.worker import Worker

MEMORY_MIB = 16.0
DYING_SECONDS = 15.0
#: Grows when TensorFlow complains; it is read for secrets instead.
LOG = "worker.log"
State = tuple[int, int, int, str]
Files = dict[str, State]


@dataclass(frozen=True, kw_only=True, slots=True)
class Warm:
    """The warm process: its id, its folder, and what runs besides it while nothing is graded."""

    process: int
    launched: int
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


def find_warm(worker: Worker, before: set[int]) -> Warm:
    """Return *worker*'s warm process, given what was below this process *before* it.

    It is the first of those that were launched to hold what they all share, TensorFlow. Its launchers, of the
    wall, hold next to nothing; its forks are younger.
    """
    launched = worker.process_id
    started = processes.oldest_first({launched, *processes.below(launched)})
    held = {process: processes.resident_mib(process) for process in started}
    zygote = next(process for process in started if held[process] >= max(held.values()) / 2)
    known = {*before, *started[: started.index(zygote) + 1]}
    return Warm(process=zygote, launched=launched, folder=worker.folder, others=frozenset(known))


def look(folders: list[Path], warm: Warm) -> Snapshot:
    """Take a snapshot of *folders* and of the warm process."""
    files = {str(path): state for folder in folders for path in _all(folder) if (state := _state(path))}
    return Snapshot(files=files, resident_mib=processes.resident_mib(warm.process))


def _all(folder: Path) -> Iterator[Path]:
    """Yield *folder* and what is in it, however deep somebody nested it."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        yield path
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                waiting += path.iterdir()


def _state(path: Path) -> State | None:
    """Return rights, owner, and of a plain file its time and content; ``None`` when it cannot be told."""
    try:
        told = path.lstat()
        if not stat.S_ISREG(told.st_mode) or path.name == LOG:
            return told.st_mode, told.st_uid, 0, ""
        return told.st_mode, told.st_uid, told.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def left_behind(before: Snapshot, folders: list[Path], warm: Warm, worker: Worker) -> Iterator[str]:
    """Yield in words what is there now and was not before. Processes are ended, so that nobody meets them."""
    replaced = worker.process_id != warm.launched
    # Its successor is no trace.
    known = {worker.process_id, *processes.below(worker.process_id)} if replaced else set[int]()
    known |= warm.others
    left = processes.gone_within(DYING_SECONDS, known)
    if left:
        yield f"left {len(left)} processes behind"
        processes.end_all_but(known)
    now = look([folder for folder in folders if folder.exists()], warm)
    yield from _changes(before.files, now.files, warm.folder)
    if replaced or now.resident_mib == 0:
        yield "ended the warm process"
    elif now.resident_mib - before.resident_mib > MEMORY_MIB:
        yield f"the warm process grew by {now.resident_mib - before.resident_mib:.0f} MiB"


def _changes(before: Files, now: Files, folder: Path) -> Iterator[str]:
    """Yield in words how *now* differs; a *folder* that is gone went with its process."""
    for path in sorted(before.keys() | now.keys()):
        parent = str(Path(path).parent)
        if (parent in before) != (parent in now):
            continue  # it came or went with its folder
        if path not in now:
            if folder.exists() or not Path(path).is_relative_to(folder):
                yield f"removed {path}"
        elif before.get(path) != now[path]:
            yield f"{'changed' if path in before else 'left behind'} {path}"
