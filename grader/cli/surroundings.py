"""Tells when a class is graded again on another machine or with other versions than before."""

from collections.abc import Mapping, Sequence
from typing import Any

#: What can change the last digits of a training, and so, rarely, a mark.
MATTERS = {
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "numpy": "NumPy",
    "python": "Python",
    "platform": "platform",
    "cpu": "processor features",
    "onednn": "oneDNN",
    "threads": "threads",
}


def moved(before: Sequence[Mapping[str, Any]], now: Mapping[str, Any]) -> str:
    """Return a warning when *now* differs in what matters from an environment that marks were made in."""
    changes = [
        f"{name} {' or '.join(others)} → {now[key] or 'none'}"
        for key, name in MATTERS.items()
        if key in now and (others := _others(before, key, now[key]))
    ]
    if not changes:
        return ""
    return (
        f"This gradebook holds marks from another environment ({'; '.join(changes)}). A training may end a "
        "few rows otherwise here: to compare marks, grade the whole class in one environment, with a new "
        "--gradebook."
    )


def _others(before: Sequence[Mapping[str, Any]], key: str, now: Any) -> list[str]:
    return sorted({str(each[key] or "none") for each in before if key in each and each[key] != now})
