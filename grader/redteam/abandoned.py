"""What a red team that was killed could not remove: files and folders that nobody has locked."""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Between making something and locking it.
YOUNG_SECONDS = 10.0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock on *path* until the block ends: the kernel lets go of it when this process is killed."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """Yield a new temporary folder; those of red teams that were killed are removed."""
    remove(Path(tempfile.gettempdir()), prefix)
    with tempfile.TemporaryDirectory(prefix=prefix) as name, locked(Path(name)):
        yield Path(name)


@contextmanager
def file(place: Path, prefix: str, text: str) -> Iterator[None]:
    """Keep a file with *text* in *place* until the block ends; those of killed red teams are removed.

    Raises ``OSError`` when it cannot be written.
    """
    remove(place, prefix)
    path = place / f"{prefix}{secrets.token_hex(4)}"
    path.write_text(text)
    try:
        with locked(path):
            yield
    finally:
        path.unlink(missing_ok=True)


def remove(place: Path, prefix: str) -> None:
    """Remove what begins with *prefix* in *place*, is this user's, and is in nobody's use."""
    # Only names as they are made here: what a user called alike is the user's.
    ours = re.compile(rf"{re.escape(prefix)}\w{{8}}")
    for path in place.glob(f"{prefix}*"):
        with suppress(OSError):
            if ours.fullmatch(path.name) and not path.is_symlink() and _is_abandoned(path):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_abandoned(path: Path) -> bool:
    told = path.stat()
    if told.st_uid != os.getuid() or time.time() - told.st_mtime < YOUNG_SECONDS:
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
