"""Removes a folder whatever a submission made of it: very deep, closed, full of links.

Nothing here recurses or keeps one descriptor a level: what a folder holds is moved to the top before it goes.
"""

import contextlib
import itertools
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
LOOKING_INTO = stat.S_IRUSR | stat.S_IXUSR


def remove(path: str | os.PathLike[str], seconds: float = float("inf")) -> bool:
    """Remove the file or folder *path*, for at most *seconds*; return whether it is gone.

    Links in it are removed, never followed, and folders that their owner closed are opened.
    """
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            _empty(path, time.monotonic() + seconds)
            Path(path).rmdir()
        else:
            Path(path).unlink()
    return not os.path.lexists(path)


def open_folder(name: str | os.PathLike[str], within: int | None = None) -> int:
    """Return a descriptor of the folder *name*, which is opened when its owner closed it.

    Raises ``OSError``; ``NotADirectoryError`` for a link.
    """
    mode = os.stat(name, dir_fd=within, follow_symlinks=False).st_mode
    if mode & LOOKING_INTO != LOOKING_INTO:
        _unlock(name, within)
    return os.open(name, FOLDER, dir_fd=within)


def _unlock(name: str | os.PathLike[str], within: int | None) -> None:
    """Let the owner of the folder *name* do everything in it; a link is refused."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, stat.S_IRWXU, dir_fd=within, follow_symlinks=False)
        return
    place = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    try:
        # The C library's own way to change the mode of no link is younger than some that are in use.
        Path(f"/proc/self/fd/{place}").chmod(stat.S_IRWXU)
    finally:
        os.close(place)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Top:
    """The folder that is emptied, names for what is moved there, and when to give up."""

    place: int
    names: Iterator[str]
    deadline: float


def _empty(path: str | os.PathLike[str], deadline: float) -> None:
    _unlock(path, None)
    mark = os.urandom(8).hex()
    names = (f"{mark}-{number}" for number in itertools.count())
    top = _Top(place=os.open(path, FOLDER), names=names, deadline=deadline)
    try:
        # As long as something goes, what could not be removed before is tried once more.
        while sum(_is_removed(name, top) for name in os.listdir(top.place)):  # noqa: PTH208 - a descriptor
            continue
    finally:
        os.close(top.place)


def _is_removed(name: str, top: _Top) -> bool:
    """Remove the entry *name* of the top; move what a folder holds beside it. Return whether it is gone."""
    try:
        if not _is_unlinked(name, top.place, top):
            _hoist_from(name, top)
            os.rmdir(name, dir_fd=top.place)
    except OSError:
        return False
    return True


def _hoist_from(name: str, top: _Top) -> None:
    place = os.open(name, FOLDER, dir_fd=top.place)
    try:
        for each in os.listdir(place):  # noqa: PTH208 - a descriptor
            if not _is_unlinked(each, place, top):
                os.rename(each, next(top.names), src_dir_fd=place, dst_dir_fd=top.place)
    finally:
        os.close(place)


def _is_unlinked(name: str, within: int, top: _Top) -> bool:
    """Remove *name* if it is no folder; make a folder ready to be moved."""
    if time.monotonic() > top.deadline:
        raise TimeoutError
    if not stat.S_ISDIR(os.lstat(name, dir_fd=within).st_mode):
        os.unlink(name, dir_fd=within)
        return True
    _unlock(name, within)
    return False
