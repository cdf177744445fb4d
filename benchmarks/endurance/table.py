"""Tells a run as tables: results by kind, and what the grader held from its start to its end."""

import os
import platform
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.endurance.classroom import HONEST, Member
from benchmarks.endurance.verify import Run, at, faults, is_as_alone, is_ungraded, slope
from benchmarks.endurance.watch import Sample

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 50
AGAIN = "Again: `make endure`, or `python -m benchmarks.endurance.run --help` for other sizes."


def lines_of(run: Run, *, jobs: int, seed: int, load: float) -> Iterator[str]:
    """Yield the report's lines."""
    yield from _by_kind(run)
    yield ""
    yield from _held(run)
    yield ""
    yield from _circumstances(run, jobs, seed, load)


def _by_kind(run: Run) -> Iterator[str]:
    yield "| submissions | count | honest part as alone | ungraded | tried again | median seconds | longest |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    kinds = [HONEST, *sorted({member.kind for member in run.members} - {HONEST})]
    for kind in kinds:
        yield _row(run, kind, [member for member in run.members if member.kind == kind])
    yield _row(run, "all", run.members)


def _row(run: Run, title: str, members: Sequence[Member]) -> str:
    spent: dict[str, float] = {}
    for attempt in run.followed.attempts.ended:
        spent[attempt.student] = spent.get(attempt.student, 0.0) + attempt.ended - attempt.began
    seconds = [spent.get(member.name, 0.0) for member in members] or [0.0]
    same = sum(is_as_alone(run, member) for member in members)
    ungraded = sum(is_ungraded(run, member) for member in members)
    retried = sum(faults(run)[member.name] > 0 for member in members)
    return (
        f"| {title} | {len(members):,} | {same:,} | {ungraded} | {retried} "
        f"| {statistics.median(seconds):.2f} | {max(seconds):.1f} |"
    )


def _held(run: Run) -> Iterator[str]:
    samples = run.followed.samples
    if not samples:
        return
    yield "| after | grader's memory | threads | open files | warm process's memory | open files |"
    yield "|---|---:|---:|---:|---:|---:|"
    for title, share in (("5 %", 0.05), ("half", 0.5), ("the end", 1.0)):
        yield _held_row(title, at(samples, share), samples, share)
    memory = [sample.grader.mib for sample in samples]
    yield ""
    yield (
        f"The grader's memory grew by {slope(samples):.1f} MiB for each 1,000 submissions "
        f"({min(memory):.0f} to {max(memory):.0f} MiB, from 0):"
    )
    yield ""
    yield f"`{sparkline(samples, lambda sample: sample.grader.mib)}`"


def _held_row(title: str, one: Sample, samples: Sequence[Sample], share: float) -> str:
    warm = one.warm or next(
        (sample.warm for sample in sorted(samples, key=_distance(samples, share)) if sample.warm), None
    )
    theirs = f"{warm.mib:.0f} MiB | {warm.files}" if warm else "- | -"
    return f"| {title} | {one.grader.mib:.1f} MiB | {one.grader.threads} | {one.grader.files} | {theirs} |"


def _distance(samples: Sequence[Sample], share: float) -> Callable[[Sample], float]:
    return lambda sample: abs(sample.done - share * samples[-1].done)


def sparkline(samples: Sequence[Sample], value: Callable[[Sample], float]) -> str:
    """Return *value* over the run as a line of bars whose foot is 0."""
    picked = [value(at(samples, place / WIDTH)) for place in range(1, WIDTH + 1)]
    most = max(picked) or 1.0
    return "".join(BARS[min(len(BARS) - 1, int(each / most * (len(BARS) - 0.5)))] for each in picked)


def _circumstances(run: Run, jobs: int, seed: int, load: float) -> Iterator[str]:
    followed, lost = run.followed, faults(run)
    twice = sum(count > 1 for count in lost.values())
    left = followed.left
    yield (
        f"{len(run.members):,} submissions in {followed.seconds / 60:.1f} minutes, "
        f"`--jobs {jobs}`, `--seed {seed}`. "
        f"The warm process was killed {len(followed.kills.times)} times, and replaced each time "
        f"({len(followed.workers)} in all); {len(lost)} submissions were under way then and tried again, "
        f"{twice} of them lost a second process and were left ungraded."
    )
    if left is not None:
        most = max((sample.processes for sample in followed.samples), default=0)
        yield (
            f"At most {most} processes below the grader at a time; left behind: {left.processes} processes, "
            f"{left.folders} temporary folders, {left.groups} control groups."
        )
    names = ("keras-grader", "tensorflow", "keras")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    today = datetime.now(tz=UTC).date()
    yield f"{today}, {_processor()}, {os.cpu_count()} cores, load {load:.1f} at the start."
    yield f"Python {platform.python_version()}, {packages}, isolation by bubblewrap."
    yield AGAIN


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
