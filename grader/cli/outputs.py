"""Where a command will write: refused before an hour of grading, not after."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.errors import UsageError


def refuse_outputs(outputs: Mapping[str, Path], kept: Iterable[tuple[str, Path]]) -> None:
    """Refuse two of *outputs*, by option, in one place, and any in the place of what must be *kept*.

    Makes the folders of those that can be written.
    """
    taken = {place: what for what, path in kept for place in (_place(path), os.path.realpath(path))}
    for flag, path in outputs.items():
        other = taken.setdefault(_place(path), flag)
        if other != flag:
            raise UsageError(f"{flag} {path} is also the {other}; give each a place of its own")
    for flag, path in outputs.items():
        _refuse_place(flag, path)


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
