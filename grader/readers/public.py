"""Finds the files that students may have: exercises with their visible checks, and the data."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError

PACKAGE = Path(__file__).parents[1]
VARIABLE = "GRADER_EXERCISES"
#: The line that tells an exercise from every other YAML file.
KEY = re.compile(r"[\"']?exercise[\"']?[ \t]*:")


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicFolders:
    """Where the exercises are, and the data that they use."""

    exercises: Path
    datasets: Path


def find_public(start: Path | None = None, package: Path = PACKAGE) -> PublicFolders:
    """Return the first folders that are there.

    In order: the environment variable ``GRADER_EXERCISES``; ``exercises/`` in *start* (the working folder)
    or in a folder above it; what an installed *package* carries in ``public/``; the source checkout that
    *package* stands in. Data lie in ``datasets/`` beside the exercises, or are the package's.
    """
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named).expanduser()
        if not holds_exercises(folder):
            raise UsageError(
                f"{VARIABLE} is {named!r}, where no exercises (*.yaml) are; set it to their folder"
            )
        return _with_data(folder, package)
    own = (package / "public", package.parent)
    here = _working_folder() if start is None else start.resolve()
    for place in (here, *here.parents, *own):
        if holds_exercises(place / "exercises"):
            return _with_data(place / "exercises", package)
    raise UsageError(
        f"no folder exercises/ beside your notebook ({here}) or above it; put the course's exercises/ there, "
        f"or set the environment variable {VARIABLE} to where it is"
    )


def _working_folder() -> Path:
    try:
        return Path.cwd().resolve()
    except FileNotFoundError:
        raise UsageError(
            "The working folder is no longer there: it was moved or deleted; go to a folder that exists (in "
            f"a notebook: restart the kernel there), or set the environment variable {VARIABLE} to the full "
            "path of the exercises"
        ) from None


def datasets_for(exercises: Path, package: Path = PACKAGE) -> Path:
    """Return the folder ``datasets/`` beside *exercises*; where there is none, the package's own."""
    beside = exercises.resolve().parent / "datasets"
    places = (beside, package / "public" / "datasets", package.parent / "datasets")
    return next((place for place in places if place.is_dir()), beside)


def holds_exercises(folder: Path) -> bool:
    """Return whether an exercise lies in *folder*; not in one that may not be looked into."""
    try:
        return any(is_exercise(path) for path in sorted(folder.glob("*.yaml")))
    except OSError:
        return False


def is_exercise(path: Path) -> bool:
    """Return whether *path* says that it is an exercise: others keep YAML in such folders, too."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            return any(KEY.match(line) for line in lines)
    except OSError:
        return False


def _with_data(exercises: Path, package: Path) -> PublicFolders:
    return PublicFolders(exercises=exercises, datasets=datasets_for(exercises, package))
