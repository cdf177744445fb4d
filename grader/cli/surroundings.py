"""Tells when a class is graded again on another machine or with other versions than before."""

from collections.abc import Mapping
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


def moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return a warning when *now* differs from *before*, the newest run's environment, in what matters."""
    changes = [
        f"{name} {before[key] or 'none'} → {now[key] or 'none'}"
        for key, name in MATTERS.items()
        if key in before and key in now and before[key] != now[key]
    ]
    if not changes:
        return ""
    return (
        f"This gradebook was last graded in another environment ({'; '.join(changes)}). A training may end a "
        "few rows otherwise here: to compare marks, grade the whole class in one environment, with a new "
        "--gradebook."
    )
