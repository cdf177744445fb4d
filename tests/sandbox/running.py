"""Helpers for tests that run student code in the real sandbox."""

from collections.abc import Sequence
from typing import Any

from grader.evidence import Outcome
from grader.probe import Arguments, Probe
from grader.sandbox.edge import Sandbox
from grader.sandbox.session import Allowance, Observed, observe
from grader.submission import Cell, CellKind

QUICK = Allowance(cell_seconds=2.0, submission_seconds=60.0, memory_mib=512)


def cells(*sources: str, section: str = "") -> list[Cell]:
    """Return code cells, numbered from 1, all in one *section*."""
    return [
        Cell(number=number, kind=CellKind.CODE, source=source, exercise=section)
        for number, source in enumerate(sources, start=1)
    ]


def asks(name: str, *positional: Any, exercise: str = "exercise", seconds: float = 2.0) -> Probe:
    """Return a probe that calls *name* once; its observation has the function's name."""
    return Probe(
        exercise=exercise,
        observation=name,
        name=name,
        is_call=True,
        cases=(Arguments(positional=positional),),
        seconds=seconds,
    )


def run(sandbox: Sandbox, sources: Sequence[str], *probes: Probe, allowance: Allowance = QUICK) -> Observed:
    """Observe a submission made of *sources*."""
    return observe(sandbox, cells(*sources), probes, allowance)


def answer(sandbox: Sandbox, source: str, name: str = "answer", *positional: Any) -> Outcome:
    """Run one cell, call one function and return what happened."""
    observed = run(sandbox, [source], asks(name, *positional))
    return observed.evidence["exercise", name].outcomes[0]
