"""Tells the rounds as a table: medians, and how many times faster than ``fit``."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.training.courses import COURSES

TITLES = {
    "fit": "six calls of `fit`, TensorFlow's threads",
    "fit, one thread": "six calls of `fit`, one thread",
    "cold": "ours, from a cold referee",
    "further": "ours, a further submission of that architecture",
    "equal": "ours, an equal submission",
}
Rounds = Mapping[str, Sequence[Mapping[str, Any]]]


def lines_of(measured: Mapping[str, Rounds], load: float) -> Iterator[str]:
    """Yield the report's lines."""
    yield "| | seconds | CPU seconds | times `fit` | times `fit`, one thread | by CPU | raw / scaled |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for name, rounds in measured.items():
        yield f"| **{COURSES[name].title}** | | | | | | |"
        for side, title in TITLES.items():
            yield _row(title, side, rounds)
    yield ""
    counted = max(len(each) for rounds in measured.values() for each in rounds.values())
    packages = ", ".join(f"{name} {version(name)}" for name in ("keras-grader", "tensorflow", "keras"))
    yield (
        f"Medians of {counted} rounds, in brackets the fastest and slowest; the sides take turns. "
        "*times*: how many times ours goes into `fit`, in seconds; *by CPU*: CPU seconds of `fit` with one "
        "thread over ours. *raw / scaled*: median test accuracy."
    )
    today = datetime.now(tz=UTC).date()
    yield f"{today}, {_processor()}, {os.cpu_count()} cores, load {load:.1f} at the start."
    yield f"Python {platform.python_version()}, {packages}, ours in the sandbox (bubblewrap)."
    yield "Again: `make bench-training`, or `python -m benchmarks.training.run --help`."


def _row(title: str, side: str, rounds: Rounds) -> str:
    walls = [each["wall"] for each in rounds[side]]
    spread = f"{median(walls):.2f} ({min(walls):.2f}-{max(walls):.2f})"
    processor = _median(rounds, side, "cpu")
    ratios = " | | "
    if not side.startswith("fit"):
        ratios = " | ".join([
            _times(_median(rounds, "fit", "wall"), median(walls)),
            _times(_median(rounds, "fit, one thread", "wall"), median(walls)),
            _times(_median(rounds, "fit, one thread", "cpu"), processor),
        ])  # fmt: skip
    return (
        f"| {title} | {spread} | {processor:.2f} | {ratios} | {_accuracies(rounds[side][0]['accuracies'])} |"
    )


def _median(rounds: Rounds, side: str, figure: str) -> float:
    return median(each[figure] for each in rounds[side])


def _times(theirs: float, ours: float) -> str:
    return f"{theirs / ours:,.1f}" if ours >= 0.01 else "> 100"


def _accuracies(accuracies: Sequence[float]) -> str:
    """Render the median of each arm: seed by seed, raw stands before scaled."""
    return " / ".join(f"{median(accuracies[arm::2]):.3f}" for arm in (0, 1))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
