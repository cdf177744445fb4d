"""Observes one submission: runs it once, asks each question, and goes on after whatever breaks.

When a question hangs, crashes or runs out of memory, a new fork runs the submission again and goes
on with the next question, so that one bad answer costs only itself. A cell that took the whole
process down is left out when the submission runs again.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.errors import CodecError
from grader.evidence import CellRun, Evidence, Happening, Outcome
from grader.probe import Arguments, Probe
from grader.sandbox import testimony
from grader.sandbox.edge import Fork, Sandbox
from grader.sandbox.trouble import guarded
from grader.submission import Cell

GRACE_SECONDS = 3.0
#: A cell or function that used up its time once gets this much in later forks and questions.
SECOND_CHANCE_SECONDS = 3.0
SUSPECT = frozenset({Happening.TIMED_OUT, Happening.OUT_OF_MEMORY})


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


@dataclass(kw_only=True)
class _Session:
    """The state of one submission's observation, across its forks."""

    sandbox: Sandbox
    cells: Sequence[Cell]
    probes: Sequence[Probe]
    layers: Sequence[Mapping[str, Any]] | None
    allowance: Allowance
    deadline: float
    skipped: dict[int, tuple[Happening, str]] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)
    slow_names: set[str] = field(default_factory=set)
    stopped: tuple[Happening, str] = (
        Happening.TIMED_OUT,
        "the submission's time was used up before this question",
    )
    runs: dict[int, CellRun] = field(default_factory=dict)
    evidence: dict[tuple[str, str], Evidence] = field(default_factory=dict)


def observe(
    sandbox: Sandbox,
    cells: Sequence[Cell],
    probes: Sequence[Probe],
    allowance: Allowance,
    layers: Sequence[Mapping[str, Any]] | None = None,
) -> Observed:
    """Run *cells* in a fork of *sandbox* and ask *probes*. ``layers`` defines ``build_model`` beforehand.

    Raises ``SandboxError`` when the sandbox itself fails; nothing a submission does raises.
    """
    deadline = time.monotonic() + allowance.submission_seconds
    session = _Session(
        sandbox=sandbox, cells=cells, probes=probes, layers=layers, allowance=allowance, deadline=deadline
    )
    waiting = list(probes)
    while waiting and _left(session) > 0:
        waiting = _one_fork(session, waiting)
    for probe in waiting:
        _note(session, probe, *session.stopped)
    return Observed(
        evidence=session.evidence, cells=tuple(session.runs[number] for number in sorted(session.runs))
    )


def _left(session: _Session) -> float:
    return session.deadline - time.monotonic()


def _one_fork(session: _Session, waiting: list[Probe]) -> list[Probe]:
    """Run the cells in a new fork and ask *waiting* until something breaks; return what is left to ask."""
    fork = session.sandbox.fork("student", session.allowance.memory_mib)
    try:
        if not _run_cells(session, fork):
            return waiting
        for place, probe in enumerate(waiting):
            if not _ask(session, fork, probe):
                return waiting[place + 1 :]
        # All is answered: the kernel may take the fork apart while the answers are judged.
        fork.release()
        return []
    finally:
        fork.end()


def _run_cells(session: _Session, fork: Fork) -> bool:
    """Run the cells; return whether the fork is ready for questions."""
    progress = [0]
    trouble = guarded(fork, lambda: _follow(session, fork, progress))
    if trouble is None:
        return True
    number, (happening, detail) = progress[0], trouble
    if number in session.skipped or number == 0:
        # No cell is to blame, and another fork would end as this one did.
        session.deadline, session.stopped = time.monotonic(), trouble
        return False
    session.skipped[number] = trouble
    session.runs[number] = CellRun(number=number, happening=happening, notes=(detail,))
    return False


def _follow(session: _Session, fork: Fork, progress: list[int]) -> None:
    fork.ask(_run_message(session))
    while True:
        message = fork.reply(min(session.allowance.cell_seconds + GRACE_SECONDS, _left(session)))
        if not isinstance(message, dict):
            raise CodecError("a reply of the wrong form")
        if "cell" in message:
            progress[0] = _known_cell(session, message["cell"])
        elif "ran" in message:
            _keep_run(session, testimony.cell_run(message["ran"]))
        elif "done" in message:
            return
        else:
            raise CodecError("a reply of the wrong form")


def _known_cell(session: _Session, number: Any) -> int:
    if type(number) is not int or number not in {cell.number for cell in session.cells}:
        raise CodecError("a reply about a cell that there is not")
    return number


def _keep_run(session: _Session, run: CellRun) -> None:
    _known_cell(session, run.number)
    session.runs.setdefault(run.number, run)
    if run.happening is Happening.TIMED_OUT:
        session.slow.add(run.number)


def _run_message(session: _Session) -> dict[str, Any]:
    names: dict[str, list[str]] = {}
    for probe in session.probes:
        if probe.exercise not in names.setdefault(probe.name, []):
            names[probe.name].append(probe.exercise)
    cells = [_cell_message(session, cell) for cell in session.cells]
    return {"do": "run", "names": names, "cells": cells, "layers": _plain(session.layers)}


def _cell_message(session: _Session, cell: Cell) -> dict[str, Any]:
    again = cell.number in session.slow
    seconds = min(
        session.allowance.cell_seconds, SECOND_CHANCE_SECONDS if again else session.allowance.cell_seconds
    )
    happening, detail = session.skipped.get(cell.number, ("", ""))
    return {
        "number": cell.number,
        "exercise": cell.exercise,
        "source": cell.source,
        "seconds": seconds,
        "skip": {"happening": str(happening), "detail": detail} if happening else None,
    }


def _plain(layers: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]] | None:
    return None if layers is None else [dict(layer) for layer in layers]


def _ask(session: _Session, fork: Fork, probe: Probe) -> bool:
    """Ask one question; return whether the fork can be asked another."""
    found: list[Evidence] = []
    seconds = min(probe.seconds, SECOND_CHANCE_SECONDS) if probe.name in session.slow_names else probe.seconds

    def exchange() -> None:
        fork.ask(_question(probe, seconds))
        found.append(testimony.evidence(fork.reply(min(seconds + GRACE_SECONDS, max(_left(session), 0.1)))))

    trouble = guarded(fork, exchange)
    if trouble is not None:
        _note(session, probe, *trouble)
    else:
        session.evidence[probe.exercise, probe.observation] = found[0]
    happenings = {
        outcome.happening for outcome in session.evidence[probe.exercise, probe.observation].outcomes
    }
    if Happening.TIMED_OUT in happenings:
        session.slow_names.add(probe.name)
    return trouble is None and not happenings & SUSPECT


def _question(probe: Probe, seconds: float) -> dict[str, Any]:
    return {
        "do": "observe",
        "exercise": probe.exercise,
        "name": probe.name,
        "call": probe.is_call,
        "cases": [_case(case) for case in probe.cases],
        "seconds": seconds,
    }


def _case(case: Arguments) -> dict[str, Any]:
    return {"positional": case.positional, "named": dict(case.named)}


def _note(session: _Session, probe: Probe, happening: Happening, detail: str) -> None:
    outcome = Outcome(happening=happening, detail=detail)
    session.evidence[probe.exercise, probe.observation] = Evidence(outcomes=(outcome,))
