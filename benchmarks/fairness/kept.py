"""Gradings that were made, as JSON lines: a run that was stopped goes on from them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.fairness.plan import Piece
from benchmarks.fairness.shipped import ROOT, scaling_check, settings_of

HERE = Path(__file__).parent
INSIDE = ROOT / "grader" / "sandbox" / "inside"
#: What decides a training's result besides the settings of the check.
DECIDING = [INSIDE / "referee.py", HERE / "submissions.py", HERE / "noise.py"]
PACKAGES = ("tensorflow", "keras", "numpy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    """One grading: which it was, its verdict, and what its trainings came to.

    ``words`` and ``curves`` are digests of the finding's message and of every loss and accuracy.
    """

    part: str
    noise: str
    process: int
    number: int
    submission: str
    verdict: str
    words: str
    seeds: int
    accuracies: dict[str, list[float]]
    curves: str


def circumstances() -> str:
    """Return a digest of all that decides what a training comes to: gradings under another do not count."""
    digest = hashlib.sha256(settings_of(scaling_check()).model_dump_json().encode())
    for path in (*DECIDING, *sorted((INSIDE / "training").glob("*.py"))):
        digest.update(path.read_bytes())
    digest.update(" ".join(f"{name} {version(name)}" for name in PACKAGES).encode())
    return digest.hexdigest()[:12]


def file_of(folder: Path, digest: str) -> Path:
    """Return where the gradings under these circumstances are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{digest}.jsonl"


def read(path: Path) -> list[Graded]:
    """Return what is kept in *path*; a line that was cut off when a run was stopped is left out."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Graded(**told) for told in map(_told, lines) if told is not None]


def _told(line: str) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return told


def append(path: Path, line: str) -> None:
    """Keep one grading; begin on a line of its own, whatever stands there."""
    with path.open("a+b") as file:
        if file.tell() and not _ends_a_line(path):
            file.write(b"\n")
        file.write(line.strip().encode() + b"\n")


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"


def done(graded: Iterable[Graded], piece: Piece) -> list[tuple[int, str]]:
    """Return which gradings of *piece* are there."""
    return [
        (one.number, one.submission)
        for one in graded
        if (one.part, one.noise) == (piece.part, piece.noise) and one.number in piece.numbers
    ]


def planned(graded: Iterable[Graded], plan: Iterable[Piece]) -> list[Graded]:
    """Return those of *graded* that belong to *plan*, each once."""
    wanted = {(piece.part, piece.noise, *job) for piece in plan for job in piece.jobs}
    found = {(one.part, one.noise, one.number, one.submission): one for one in graded}
    return [one for key, one in found.items() if key in wanted]
