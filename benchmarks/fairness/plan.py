"""Which gradings are made in which process: pieces of about a hundred of each submission."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from benchmarks.fairness.noise import NOISES, PRODUCTION
from benchmarks.fairness.submissions import SUBMITTED

SAME, OTHER = "same", "other"
#: Processes of each setting at least; and gradings of each submission in one process at most.
PROCESSES, PIECE = 2, 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Gradings that one process makes: those with these *numbers*, of clear submissions.

    Of the borderline ones, which take more seeds, one number in *every* is enough.
    ``part`` is ``same`` (the shipped seeds) or ``other`` (seeds of the number's own). ``loaded`` has another
    process keep a core busy meanwhile.
    """

    part: str
    noise: str
    process: int
    numbers: range
    every: int = 1

    @property
    def loaded(self) -> bool:
        """Every second process of the first part."""
        return self.part == SAME and self.process % 2 == 1

    @property
    def jobs(self) -> list[tuple[int, str]]:
        """Number and submission of each grading, in the order in which they are made."""
        jobs = [
            (number, name)
            for number in self.numbers
            for name, one in SUBMITTED.items()
            if one.clear or number % self.every == 0
        ]
        if self.part == SAME:
            random.Random(f"{self.noise} {self.process}").shuffle(jobs)  # noqa: S311 - an order, no secret
        return jobs


def pieces(gradings: int, every: int = 1) -> list[Piece]:
    """Return the whole plan. The parts take turns, so that a run that is stopped has some of each.

    Production grades *gradings* times with the shipped seeds and as often with others; the noisier settings
    share as many again. Borderline submissions are graded for one number in *every*.
    """
    noisy = [name for name in NOISES if name != PRODUCTION]
    sizes = [gradings // len(noisy) + (place < gradings % len(noisy)) for place in range(len(noisy))]
    by_setting = [list(_cut(SAME, name, range(size), every)) for name, size in zip(noisy, sizes, strict=True)]
    columns = (
        list(_cut(SAME, PRODUCTION, range(gradings), every)),
        list(_cut(OTHER, PRODUCTION, range(gradings), every)),
        [piece for turn in zip_longest(*by_setting) for piece in turn if piece is not None],
    )
    return [piece for turn in zip_longest(*columns) for piece in turn if piece is not None]


def _cut(part: str, noise: str, numbers: range, every: int) -> Iterator[Piece]:
    size = max(1, min(PIECE, -(-len(numbers) // PROCESSES)))
    for process, start in enumerate(range(numbers.start, numbers.stop, size)):
        yield Piece(
            part=part,
            noise=noise,
            process=process,
            numbers=range(start, min(start + size, numbers.stop)),
            every=every,
        )


def order_for(piece: Piece, done: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """Return what a process is told: the piece, and its gradings that are not yet *done*."""
    known = set(done)
    kept = {name: value for name, value in asdict(piece).items() if name not in {"numbers", "every"}}
    return {**kept, "jobs": [job for job in piece.jobs if job not in known]}
