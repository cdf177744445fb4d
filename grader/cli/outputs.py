"""Where a command will write: refused before an hour of grading, not after."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.cli.links import link_above
from grader.errors import UsageError


def refuse_outputs(outputs: Mapping[str, Path], kept: Iterable[tuple[str, Path]]) -> None:
    """Refuse *outputs*, by option, that ``refuse_one_place`` refuses, and those that cannot be written.

    Makes the folders of the others.
    """
    refuse_one_place(outputs, kept)
    for flag, path in outputs.items():
        _refuse_place(flag, path)


def refuse_one_place(outputs: Mapping[str, Path], kept: Iterable[tuple[str, Path]]) -> None:
    """Refuse two of *outputs*, by option, in one place, and any in the place of what must be *kept*."""
    taken = {place: what for what, path in kept for place in (_place(path), os.path.realpath(path))}
    for flag, path in outputs.items():
        other = taken.setdefault(_place(path), flag)
        if other != flag:
            raise UsageError(f"{flag} {path} is also the {other}; give each a place of its own")


def clear_outputs(outputs: Mapping[str, Path], notebook: Path) -> None:
    """Remove what stands where *outputs*, by option, will: it may be forged. Only then refuse, as above.

    Neither the *notebook* is removed nor a folder, nor anything behind a link that a student may have made.
    """
    found = [trouble for flag, path in outputs.items() if (trouble := _removed(flag, path, notebook))]
    refuse_one_place(outputs, [("notebook", notebook)])
    if found:
        raise UsageError(found[0])
    refuse_outputs(outputs, ())


def _removed(flag: str, path: Path, notebook: Path) -> str:
    """Remove the file or the link in *path*; return why it could not be, if it had to be."""
    if link := link_above(path):
        return f"{flag} {path}: {link} is a link, and nothing is removed or written behind it; give another"
    if _place(path) == _place(notebook) or (path.is_dir() and not path.is_symlink()):
        return ""
    if path.exists() and not path.is_file() and not path.is_symlink():
        return f"{flag} {path}: a device or a pipe is there, and no report; give another place"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        return f"{flag} {path}: what is there cannot be removed ({error.strerror}); give another place"
    return ""


def _place(path: Path) -> str:
    """Return the one name of the place itself: a link that stands there is replaced, and not followed."""
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - beside realpath


def _refuse_place(flag: str, path: Path) -> None:
    is_folder = flag == "--html"
    if not is_folder and path.is_dir() and not path.is_symlink():
        raise UsageError(f"{flag} {path} is a folder; give a file's name")
    folder = path if is_folder else path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{flag} {path}: {folder} cannot be made ({error.strerror}); give another"
        ) from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{flag} {path}: {folder} cannot be written to; give another place")
