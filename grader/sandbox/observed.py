"""What a session takes and gives: a submission's allowance, the names it is asked for, what was observed."""

import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from grader.evidence import CellRun, Evidence
from grader.probe import Probe

#: Values that hold no others; there may be millions.
FLAT = frozenset({type(None), bool, int, float, complex, str})
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


def weight(evidence: Evidence | CellRun) -> int:
    """Return about how many bytes *evidence* takes here."""
    total, waiting = 0, list[Any]([evidence])
    while waiting:
        held = _held(waiting.pop())
        total += sum(map(sys.getsizeof, held))
        total += sum(each.nbytes for each in held if isinstance(each, np.ndarray))
        waiting.extend(each for each in held if type(each) not in FLAT)
    return total


def _held(value: Any) -> Collection[Any]:
    """Return what *value* holds: texts, keys and what a model says of itself are memory, too."""
    if isinstance(value, list | tuple | frozenset):
        return value
    if isinstance(value, Mapping):
        return (*value.keys(), *value.values())
    return [getattr(value, each.name) for each in fields(value)] if is_dataclass(value) else ()
