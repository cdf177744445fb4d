"""What must be the same for an earlier grade to be taken over: exercise, limits, versions, isolation."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

from grader import __version__
from grader.exercise import Exercise
from grader.sandbox.session import Allowance

Fingerprints = Mapping[str, str]
PACKAGES = ("tensorflow", "keras", "numpy")


def fingerprints(exercises: Sequence[Exercise], allowance: Allowance, isolation: str) -> Fingerprints:
    """Return each exercise's fingerprint under these circumstances."""
    shared = {
        **asdict(allowance),
        **{name: version_of(name) for name in PACKAGES},
        "grader": __version__,
        "isolation": isolation,
    }
    return {exercise.id: _digest({**shared, "exercise": exercise.fingerprint}) for exercise in exercises}


def _digest(parts: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def version_of(package: str) -> str:
    """Return the installed version of *package* without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
