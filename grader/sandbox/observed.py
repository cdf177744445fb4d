"""What a session takes and gives: a submission's allowance, the names it is asked for, what was observed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.evidence import CellRun, Evidence
from grader.probe import Probe

OBJECT_BYTES = 64
#: For each name, the exercises that ask for it.
Names = Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """What a submission may use: seconds of wall-clock time, mebibytes of data."""

    cell_seconds: float = 30.0
    submission_seconds: float = 300.0
    memory_mib: int = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """Evidence by (exercise, observation), and how the cells ran the first time."""

    evidence: Mapping[tuple[str, str], Evidence]
    cells: tuple[CellRun, ...] = ()


def names_of(probes: Iterable[Probe]) -> Names:
    """Return, for each name that *probes* ask for, the exercises that ask for it."""
    names: dict[str, frozenset[str]] = {}
    for probe in probes:
        names[probe.name] = names.get(probe.name, frozenset()) | {probe.exercise}
    return names


def weight(evidence: Evidence) -> int:
    """Return about how many bytes the values of *evidence* take here."""
    total, waiting = 0, [outcome.value for outcome in evidence.outcomes]
    while waiting:
        value: Any = waiting.pop()
        total += value.nbytes if isinstance(value, np.ndarray) else OBJECT_BYTES
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple | frozenset):
            waiting.extend(value)
    return total
