"""Observes one submission: runs it once, asks each question, and goes on after whatever breaks.

When a question hangs, crashes or runs out of memory, a new fork runs the submission again and goes
on with the next question, so that one bad answer costs only itself. A cell that took the whole
process down is left out when the submission runs again.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from grader.errors import CodecError
from grader.evidence import CellRun, Evidence, Happening, Outcome
from grader.probe import Probe
from grader.sandbox import questions, testimony
from grader.sandbox.edge import Fork, Sandbox
from grader.sandbox.observed import Allowance, Names, Observed, names_of, weight
from grader.sandbox.trouble import guarded, oom_kills
from grader.sandbox.uncounted import Uncounted
from grader.submission import Cell

GRACE_SECONDS = 3.0
#: A cell or function that used up its time once gets this much in later forks and questions.
SECOND_CHANCE_SECONDS = 3.0
__all__ = ["Allowance", "Observed", "names_of", "observe"]

UNCOUNTED_SECONDS = 60.0
#: What the answers of one submission may take in the grader's memory.
MOST_BYTES = 128 * 2**20
SUSPECT = frozenset({Happening.TIMED_OUT, Happening.OUT_OF_MEMORY})


@dataclass(kw_only=True)
class _Session:
    """The state of one submission's observation, across its forks."""

    sandbox: Sandbox
    cells: Sequence[Cell]
    probes: Sequence[Probe]
    layers: Sequence[Mapping[str, Any]] | None
    allowance: Allowance
    deadline: float
    names: Names
    kills: int
    numbers: frozenset[int]
    #: Seconds that ending forks may take besides the submission's own.
    uncounted: float = UNCOUNTED_SECONDS
    bytes: int = 0
    #: Whether anything hidden has been asked.
    asked: bool = False
    skipped: dict[int, tuple[Happening, str]] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)
    slow_names: set[str] = field(default_factory=set)
    bad_names: set[str] = field(default_factory=set)
    stopped: tuple[Happening, str] = (
        Happening.TIMED_OUT,
        "the submission's time was used up before this question",
    )
    runs: dict[int, CellRun] = field(default_factory=dict)
    evidence: dict[tuple[str, str], Evidence] = field(default_factory=dict)


def observe(  # noqa: PLR0913 - the two last are for references, and for what else the folder asks
    sandbox: Sandbox,
    cells: Sequence[Cell],
    probes: Sequence[Probe],
    allowance: Allowance,
    *,
    layers: Sequence[Mapping[str, Any]] | None = None,
    names: Names | None = None,
) -> Observed:
    """Run *cells* in a fork of *sandbox* and ask *probes*. ``layers`` defines ``build_model`` beforehand.

    *names* says which exercises ask for which name, those not asked now included: what a name in a section
    means must not depend on what else is graded. By default it is taken from *probes*.

    Raises ``SandboxError`` when the sandbox itself fails; nothing a submission does raises.
    """
    session = _Session(
        sandbox=sandbox,
        cells=cells,
        probes=probes,
        layers=layers,
        allowance=allowance,
        deadline=time.monotonic() + allowance.submission_seconds,
        names=names_of(probes) if names is None else names,
        kills=oom_kills(),
        numbers=frozenset(cell.number for cell in cells),
    )
    waiting = _in_order(session, probes)
    while waiting and _left(session) > 0:
        waiting = _in_order(session, _one_fork(session, waiting))
    for probe in waiting:
        _note(session, probe, *session.stopped)
    return Observed(
        evidence=session.evidence, cells=tuple(session.runs[number] for number in sorted(session.runs))
    )


def _left(session: _Session) -> float:
    return session.deadline - time.monotonic()


def _one_fork(session: _Session, waiting: list[Probe]) -> list[Probe]:
    """Run the cells in a new fork and ask *waiting* until something breaks; return what is left to ask."""
    fork = _fork(session)
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


def _fork(session: _Session) -> Fork:
    """Start a fork. Waiting for one (a worker may have to warm up) is not the submission's time."""
    began = time.monotonic()
    session.kills = oom_kills()
    fork = session.sandbox.fork("student", session.allowance.memory_mib)
    session.deadline += time.monotonic() - began
    return Uncounted(fork, partial(_lengthen, session))


def _lengthen(session: _Session, seconds: float) -> None:
    extra = min(seconds, session.uncounted)
    session.uncounted -= extra
    session.deadline += extra


def _in_order(session: _Session, waiting: Iterable[Probe]) -> list[Probe]:
    """Return public questions first, and of each kind those last whose function broke a fork.

    What a public question raises is shown, so no hidden input may have been seen before it; and a function
    that hangs must not use up the others' time.
    """
    return sorted(waiting, key=lambda probe: (not probe.public, probe.name in session.bad_names))


def _run_cells(session: _Session, fork: Fork) -> bool:
    """Run the cells; return whether the fork is ready for questions."""
    progress = [0]
    trouble = guarded(fork, lambda: _follow(session, fork, progress), session.kills)
    if trouble is None:
        return True
    number, (happening, detail) = progress[0], trouble
    if number in session.skipped or number == 0:
        # No cell is to blame, and another fork would end as this one did.
        session.deadline, session.stopped = time.monotonic(), trouble
        return False
    session.skipped[number] = trouble
    if not session.asked:
        session.runs[number] = CellRun(number=number, happening=happening, notes=(detail,))
    return False


def _follow(session: _Session, fork: Fork, progress: list[int]) -> None:
    fork.ask(_run_message(session))
    # Each cell is told of twice, when it begins and when it has run; whatever says more is made up.
    for _message in range(2 * len(session.cells) + 1):
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
    raise CodecError("more replies than there are cells")


def _known_cell(session: _Session, number: Any) -> int:
    if type(number) is not int or number not in session.numbers:
        raise CodecError("a reply about a cell that there is not")
    return number


def _keep_run(session: _Session, run: CellRun) -> None:
    _known_cell(session, run.number)
    # How a cell ran is told as it was the first time, before anything hidden was asked: a later fork could
    # have heard from an earlier one what that was asked (by the clock, by what the kernel keeps in memory).
    if run.number not in session.runs and not session.asked:
        session.bytes += weight(run)
        session.runs[run.number] = run if session.bytes <= MOST_BYTES else _unsaid(run)
    if run.happening is Happening.TIMED_OUT:
        session.slow.add(run.number)


def _unsaid(run: CellRun) -> CellRun:
    """Return *run* without what it printed and noted: all cells together have said too much to keep."""
    return replace(run, printed="", notes=(), error=None)


def _run_message(session: _Session) -> dict[str, Any]:
    cells = [_cell_message(session, cell) for cell in session.cells]
    return questions.run(session.names, cells, session.layers)


def _cell_message(session: _Session, cell: Cell) -> dict[str, Any]:
    seconds = session.allowance.cell_seconds
    if cell.number in session.slow:
        seconds = min(seconds, SECOND_CHANCE_SECONDS)
    return questions.cell(cell, seconds, session.skipped.get(cell.number))


def _ask(session: _Session, fork: Fork, probe: Probe) -> bool:
    """Ask one question; return whether the fork can be asked another."""
    found: list[Evidence] = []
    seconds = min(probe.seconds, SECOND_CHANCE_SECONDS) if probe.name in session.slow_names else probe.seconds

    def exchange() -> None:
        fork.ask(questions.observe(probe, seconds))
        found.append(testimony.evidence(fork.reply(min(seconds + GRACE_SECONDS, max(_left(session), 0.1)))))

    began = time.monotonic()
    session.asked = session.asked or not probe.public
    trouble = guarded(fork, exchange, session.kills)
    if trouble is not None:
        _note(session, probe, *trouble)
    else:
        _keep(session, probe, replace(found[0], seconds=time.monotonic() - began))
    happenings = {
        outcome.happening for outcome in session.evidence[probe.exercise, probe.observation].outcomes
    }
    if Happening.TIMED_OUT in happenings:
        session.slow_names.add(probe.name)
    if trouble is not None or happenings & SUSPECT:
        session.bad_names.add(probe.name)
    return trouble is None and not happenings & SUSPECT


def _keep(session: _Session, probe: Probe, evidence: Evidence) -> None:
    """Keep *evidence*, as long as all of it together has a size that can be kept."""
    session.bytes += weight(evidence)
    if session.bytes > MOST_BYTES:
        _note(session, probe, Happening.MALFORMED, f"more than {MOST_BYTES // 2**20} MiB in all was returned")
    else:
        session.evidence[probe.exercise, probe.observation] = evidence


def _note(session: _Session, probe: Probe, happening: Happening, detail: str) -> None:
    outcome = Outcome(happening=happening, detail=detail)
    session.evidence[probe.exercise, probe.observation] = Evidence(outcomes=(outcome,))
