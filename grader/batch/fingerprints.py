"""What must be the same for an earlier grade to be taken over: exercise, limits, versions, isolation."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader import __version__
from grader.exercise import Exercise, Limits

Fingerprints = Mapping[str, str]
PACKAGES = ("tensorflow", "keras", "numpy")


def fingerprints(
    exercises: Sequence[Exercise], datasets: Path, limits: Limits, isolation: str, sections: object = ()
) -> Fingerprints:
    """Return each exercise's fingerprint under these circumstances.

    *sections* is what tells a notebook's sections apart: the whole folder's titles and asked names.
    """
    shared = {
        **limits.model_dump(),
        "python": platform.python_version(),
        "sections": str(sections),
        **{name: version_of(name) for name in PACKAGES},
        "grader": __version__,
        "isolation": isolation,
        "datasets": [_text_digest(path) for path in sorted(datasets.glob("*/dataset.yaml"))],
    }
    return {exercise.id: _digest({**shared, "exercise": exercise.fingerprint}) for exercise in exercises}


def _digest(parts: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def _text_digest(path: Path) -> str:
    # The description holds the checksum of the data, which is held against it when the data are read.
    return hashlib.sha256(path.read_bytes()).hexdigest()


def version_of(package: str) -> str:
    """Return the installed version of *package* without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
