"""Links that a student may have made, on the way to what was handed in or to where a report will stand."""

import os
from collections.abc import Iterator
from pathlib import Path

from grader.errors import UsageError


def refuse_links(path: Path) -> None:
    """Raise ``UsageError`` when a link leads to the submission in *path*: it may be somebody else's work."""
    link = link_in(path)
    if link is None:
        return
    what = "folder" if path.is_dir() else "file"
    way = "it is" if link == path.absolute() else f"{link} is"
    raise UsageError(
        f"{path}: {way} a link, to {link.readlink()}, and may lead to somebody else's work; "
        f"hand in the {what} itself"
    )


def link_in(path: Path) -> Path | None:
    """Return the first part of *path* that is a link, among those that may be a student's.

    These are all parts below the current folder or the top of a repository; where neither is on the way, all
    but the machine's own links, such as ``/tmp`` on macOS.
    """
    return next((part for part in _below(path) if part.is_symlink()), None)


def link_above(path: Path) -> Path | None:
    """Return the first folder on the way to *path* that is a link, among those that may be a student's."""
    folders = [part for part in _below(path) if part != path.absolute()]
    return next((folder for folder in folders if folder.is_symlink()), None)


def _below(path: Path) -> Iterator[Path]:
    """Yield the parts of *path* that may be a student's, from the uppermost on."""
    whole = path.absolute()
    above = [Path.cwd()] if not path.is_absolute() else _tops(whole)
    parts = [*reversed(whole.parents), whole]
    start = len(above[0].parts) if above else 0
    own = [part for part in parts[start:] if part.name != ".."]
    yield from own if above else (part for part in own if not _is_the_machines(part) or part == whole)


def _is_the_machines(link: Path) -> bool:
    """Whether *link* stands at the top of the file system, or is root's while somebody else grades."""
    return link.parent == Path(link.anchor) or (os.geteuid() != 0 and link.lstat().st_uid == 0)


def _tops(path: Path) -> list[Path]:
    """Return the folders above *path*, the uppermost first, that a student's files begin in.

    The nearest alone would not do: it may be another's repository, that a link leads to.
    """
    here = str(Path.cwd())
    return [
        each
        for each in reversed(path.parents)
        if os.path.lexists(each / ".git") or os.path.realpath(each) == here
    ]
