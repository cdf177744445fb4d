"""The grader's own temporary folders: one for each warm process, removed also after a grader was killed."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox import removal

PREFIX = "grader-"
#: In each folder. Its grader holds a lock on it as long as it lives, and no submission may read it.
OWNER = "lock"


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder and the descriptor that keeps it from being taken for a dead grader's."""

    path: Path
    lock: int

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        removal.remove(str(self.path))
        os.close(self.lock)


def make(user: int | None = None) -> Folder:
    """Return a new folder, of *user* if one is given, and remove those whose grader is gone."""
    for old in list(stale()):
        removal.remove(str(old))
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(path / f"{OWNER}.new", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    # Only a lock that is held bears the name that others look for.
    (path / f"{OWNER}.new").rename(path / OWNER)
    if user is not None:
        os.chown(path, user, user)
    return Folder(path=path, lock=lock)


def stale() -> Iterator[Path]:
    """Yield the folders whose grader was killed before it could remove them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(folder / OWNER, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield folder
            finally:
                os.close(lock)
