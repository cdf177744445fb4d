"""What a session says to a fork: which cells to run, which questions to answer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grader.evidence import Happening
from grader.probe import Arguments, Probe
from grader.sandbox.observed import Names
from grader.submission import Cell

Message = dict[str, Any]


def run(names: Names, cells: Sequence[Message], layers: Iterable[Mapping[str, Any]] | None) -> Message:
    """Ask to run *cells*. *names* tells which exercises ask for which name; *layers* define a reference."""
    wanted = {name: sorted(exercises) for name, exercises in names.items()}
    plain = None if layers is None else [dict(layer) for layer in layers]
    return {"do": "run", "names": wanted, "cells": list(cells), "layers": plain}


def cell(one: Cell, seconds: float, skipped: tuple[Happening, str] | None) -> Message:
    """Describe a cell; one that is *skipped* took an earlier fork down, and how."""
    skip = None if skipped is None else {"happening": str(skipped[0]), "detail": skipped[1]}
    return {
        "number": one.number,
        "exercise": one.exercise,
        "source": one.source,
        "seconds": seconds,
        "skip": skip,
    }


def observe(probe: Probe, seconds: float) -> Message:
    """Ask for all cases of *probe*, in *seconds*."""
    return {
        "do": "observe",
        "exercise": probe.exercise,
        "name": probe.name,
        "call": probe.is_call,
        "cases": [_case(case) for case in probe.cases],
        "seconds": seconds,
    }


def _case(case: Arguments) -> Message:
    return {"positional": case.positional, "named": dict(case.named)}
