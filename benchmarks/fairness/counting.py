"""What the gradings show: which marks are the same, which accuracies moved, how often each verdict came."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.fairness.kept import Graded
from benchmarks.fairness.noise import PRODUCTION
from benchmarks.fairness.plan import OTHER, SAME
from grader.checks.limits import Limit, limits_of
from grader.evidence import Training, TrainingRun
from grader.exercise import Trains

#: An accuracy is told apart from another when a row differs; float32 quotients differ by less.
HARDLY = 1e-5


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """How the trainings of one setting differ from production's with the same seed.

    ``turned`` counts those whose answer to a limit is another, ``apart`` is the largest difference of test
    accuracies.
    """

    trainings: int
    other: int
    apart: float
    turned: int
    seeds: int


def of(graded: Iterable[Graded], part: str, noise: str = PRODUCTION, submission: str = "") -> list[Graded]:
    """Return the gradings of one part and setting, of one submission or of all."""
    return [
        one for one in graded if (one.part, one.noise) == (part, noise) and submission in ("", one.submission)
    ]


def usual(graded: Iterable[Graded]) -> Graded | None:
    """Return a grading with the commonest verdict, message and curves."""
    found = list(graded)
    counts = Counter((one.verdict, one.words, one.curves) for one in found)
    if not counts:
        return None
    (most, _), *_rest = counts.most_common(1)
    return next(one for one in found if (one.verdict, one.words, one.curves) == most)


def same(graded: Sequence[Graded], like: Graded, *names: str) -> int:
    """Return how many agree with *like* in everything that is named."""
    return sum(all(getattr(one, name) == getattr(like, name) for name in names) for one in graded)


def moved(graded: Sequence[Graded], like: Mapping[str, Graded], settings: Trains) -> Moved:
    """Return how the trainings of *graded* differ from production's, *like*, by submission."""
    gaps: list[float] = []
    turned = seeds = 0
    for one in graded:
        theirs = like[one.submission]
        for arm, found in one.accuracies.items():
            pairs = zip(found, theirs.accuracies[arm], strict=False)
            gaps.extend(abs(mine - known) for mine, known in pairs)
        for mine, known in zip(limits(one, settings), limits(theirs, settings), strict=True):
            shared = mine.met.keys() & known.met.keys()
            seeds += len(shared)
            turned += sum(mine.met[seed] != known.met[seed] for seed in shared)
    return Moved(
        trainings=len(gaps),
        other=sum(gap > HARDLY for gap in gaps),
        apart=max(gaps, default=0.0),
        turned=turned,
        seeds=seeds,
    )


def limits(one: Graded, settings: Trains) -> list[Limit]:
    """Return the limits of a grading, as the check itself holds them against its trainings."""
    runs = tuple(
        TrainingRun(arm=arm, seed=seed, accuracy=accuracy)
        for arm, found in one.accuracies.items()
        for seed, accuracy in enumerate(found)
    )
    return limits_of(Training(runs=runs), settings)


def share_met(graded: Iterable[Graded], settings: Trains) -> tuple[int, int]:
    """Return how many seeds met the limit that fewest meet, and how many were asked.

    Over all gradings together, which is right although the number of seeds depends on them (Wald's
    identity); the mean of each grading's share would not be.
    """
    met: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for one in graded:
        for limit in limits(one, settings):
            met[limit.key] += sum(limit.met.values())
            asked[limit.key] += len(limit.met)
    fewest = min(asked, key=lambda key: met[key] / asked[key])
    return met[fewest], asked[fewest]


def goals(graded: Sequence[Graded], clear: Iterable[str]) -> list[tuple[str, int, int]]:
    """Return each goal in words, how many gradings reach it, and of how many."""
    told = []
    for name in clear:
        found = of(graded, SAME, PRODUCTION, name)
        like = usual(found)
        if like is not None:
            told.append((f"the same mark for `{name}`", same(found, like, "verdict", "words"), len(found)))
    good = of(graded, OTHER, PRODUCTION, "good")
    if good:
        held = sum(one.verdict != "failed" for one in good)
        told.append(("no false fail for `good` with other seeds", held, len(good)))
    return told
