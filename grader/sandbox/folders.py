"""The grader's own temporary folders: one for each warm process, removed also after a grader was killed."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "grader-"
NOBODY = 64321
#: In each folder; it tells whose it is, and is the file that no submission may read.
OWNER = "owner"


def make(user: int | None = None) -> str:
    """Return a new folder, of *user* if one is given, and remove those whose grader is gone."""
    for old in stale():
        shutil.rmtree(old, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=PREFIX)
    (Path(folder) / OWNER).write_text(owner(os.getpid()))
    if user is not None:
        os.chown(folder, user, user)
    return folder


def owner(process: int) -> str:
    """Return what tells whose a folder is."""
    # Process ids mean nothing on another machine, or in another container, that shares the folder.
    return f"{socket.gethostname()} {process}"


def stale() -> Iterator[Path]:
    """Yield this user's folders whose grader was killed before it could remove them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.lstat().st_uid in (os.getuid(), NOBODY) and (folder / OWNER).is_file():
                host, pid = (folder / OWNER).read_text().rsplit(maxsplit=1)
                if host == socket.gethostname():
                    os.kill(int(pid), 0)
        except ProcessLookupError:
            yield folder
        except (OSError, ValueError, OverflowError):
            continue
