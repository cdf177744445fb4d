"""Tells the gradings as tables in Markdown."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.fairness import counting
from benchmarks.fairness.kept import Graded
from benchmarks.fairness.noise import NOISES, PRODUCTION
from benchmarks.fairness.plan import OTHER, SAME
from benchmarks.fairness.submissions import SUBMITTED
from grader.checks.deciding import Rates, rates
from grader.exercise import Trains

CLEAR = [one.name for one in SUBMITTED.values() if one.clear]
#: Gradings of which none may be an exception.
GOAL = 1000
VERDICTS = ("passed", "failed", "ungraded")


def lines_of(graded: Sequence[Graded], settings: Trains, again: str) -> Iterator[str]:
    """Yield the report's lines."""
    yield from _submissions()
    yield from _as_graded(graded)
    yield from _noisier(graded, settings)
    yield from _other_seeds(graded, settings)
    yield from _goals(graded)
    yield from _circumstances(again)


def goals_missed(graded: Sequence[Graded]) -> list[str]:
    """Return the goals that were not reached."""
    return [goal for goal, held, count in counting.goals(graded, CLEAR) if held < count]


def _submissions() -> Iterator[str]:
    yield "| submission | its scaling |"
    yield "|---|---|"
    for one in SUBMITTED.values():
        yield f"| `{one.name}` | {one.title} |"


def _as_graded(graded: Sequence[Graded]) -> Iterator[str]:
    yield ""
    yield "**The same seeds, as graded** (one thread, oneDNN off, op determinism):"
    yield ""
    yield "| submission | gradings | verdict | seeds | same verdict | same message | losses, bit for bit |"
    yield "|---|---:|---|---:|---:|---:|---:|"
    for name in SUBMITTED:
        found = counting.of(graded, SAME, PRODUCTION, name)
        like = counting.usual(found)
        if like is not None:
            alike = [counting.same(found, like, what) for what in ("verdict", "words", "curves")]
            cells = " | ".join(f"{count:,}" for count in alike)
            yield f"| `{name}` | {len(found):,} | {like.verdict} | {like.seeds} | {cells} |"


def _noisier(graded: Sequence[Graded], settings: Trains) -> Iterator[str]:
    like = {
        name: one
        for name in SUBMITTED
        if (one := counting.usual(counting.of(graded, SAME, PRODUCTION, name))) is not None
    }
    yield ""
    yield "**The same seeds, in other settings**, against the marks and trainings above:"
    yield ""
    yield (
        "| setting | same verdict, clear | same verdict, borderline | trainings | of another test accuracy "
        "| largest difference | answers to a limit that turned |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for key, noise in NOISES.items():
        found = [one for one in counting.of(graded, SAME, key) if one.submission in like]
        if found:
            clear = [one for one in found if one.submission in CLEAR]
            close = [one for one in found if one.submission not in CLEAR]
            moved = counting.moved(found, like, settings)
            yield (
                f"| {noise.title} | {_same_verdict(clear, like)} | {_same_verdict(close, like)} "
                f"| {moved.trainings:,} | {moved.other:,} | {moved.apart:.3f} "
                f"| {moved.turned:,} of {moved.seeds:,} |"
            )


def _same_verdict(graded: Sequence[Graded], like: dict[str, Graded]) -> str:
    held = sum(one.verdict == like[one.submission].verdict for one in graded)
    return f"{held:,} of {len(graded):,}"


def _other_seeds(graded: Sequence[Graded], settings: Trains) -> Iterator[str]:
    yield ""
    yield "**Other seeds every time**, as graded; in brackets what `rates` says of the measured share:"
    yield ""
    yield "| submission | seeds that met the limit | gradings | passed | failed | ungraded | seeds, mean |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name in SUBMITTED:
        found = counting.of(graded, OTHER, PRODUCTION, name)
        if found:
            yield _against_rates(name, found, settings)


def _against_rates(name: str, found: Sequence[Graded], settings: Trains) -> str:
    met, asked = counting.share_met(found, settings)
    expected = rates(met / asked, settings.lead, settings.seeds_at_most)
    cells = [
        f"{sum(one.verdict == verdict for one in found):,} ({chance * len(found):,.1f})"
        for verdict, chance in zip(VERDICTS, _chances(expected), strict=True)
    ]
    mean = sum(one.seeds for one in found) / len(found)
    return (
        f"| `{name}` | {met:,} of {asked:,} = {met / asked:.3f} | {len(found):,} | {' | '.join(cells)} "
        f"| {mean:.2f} ({expected.seeds:.2f}) |"
    )


def _chances(expected: Rates) -> tuple[float, float, float]:
    return expected.holds, expected.missed, expected.open


def _goals(graded: Sequence[Graded]) -> Iterator[str]:
    yield ""
    for goal, held, count in counting.goals(graded, CLEAR):
        yield f"* {_reached(held, count)}: {goal}, {held:,} of {count:,}."


def _reached(held: int, count: int) -> str:
    if held < count:
        return "**Missed**"
    return "Reached" if count >= GOAL else f"Not yet shown for {GOAL:,} gradings, no exception so far"


def _circumstances(again: str) -> Iterator[str]:
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("keras-grader", "tensorflow", "keras", "numpy")
    )
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    processor = next(named, platform.machine())
    yield ""
    yield f"{datetime.now(tz=UTC).date()}, {processor}, {os.cpu_count()} cores shared with other work."
    yield f"Python {platform.python_version()}, {packages}."
    yield f"Again: `make bench-fairness`, or `{again}`; `--quick` for a small run."
