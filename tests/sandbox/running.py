"""Helpers for tests that run student code in the real sandbox, or what confines it in a fork of their own."""

import json
import os
import warnings
from collections.abc import Callable, Sequence
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


def in_fork(function: Callable[[], Any]) -> Any:
    """Return what *function* returns in a fork without a terminal.

    A number below 0 is that of the ``OSError`` that it raises, or of the signal that ends it.
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 and newer warn of threads, which the test run may have.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if child == 0:
            os.setsid()
            grandchild = os.fork()
            if grandchild == 0:
                _tell(function, writer)
            os._exit(os.WTERMSIG(os.waitpid(grandchild, 0)[1]))
    os.close(writer)
    with os.fdopen(reader) as file:
        told = file.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return json.loads(told) if told else -code


def _tell(function: Callable[[], Any], writer: int) -> None:
    try:
        result = function()
    except OSError as error:
        result = -(error.errno or 0)
    except BaseException as error:  # noqa: BLE001 - the test has to hear of it
        result = repr(error)
    try:
        os.write(writer, json.dumps(result, default=repr).encode())
    finally:
        # Never back into the test run.
        os._exit(0)
