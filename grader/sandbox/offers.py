"""What this machine offers: each isolation is tried out, without TensorFlow, in a fraction of a second."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from grader.errors import IsolationError, SandboxError
from grader.sandbox import bubblewrap
from grader.sandbox.defences import Defence, Isolation
from grader.sandbox.worker import Worker

#: The strongest first.
ORDER = (Isolation.BUBBLEWRAP, Isolation.SHARED, Isolation.LANDLOCK)
UNPROTECTED = "or give --isolation process to run submissions unprotected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What trying out an isolation gave: the layers that held, and why it cannot be used, if so."""

    isolation: Isolation
    held: frozenset[Defence] = frozenset()
    problem: str = ""


def offer(isolation: Isolation) -> Offer:
    """Try *isolation* out."""
    if isolation is not Isolation.LANDLOCK and not bubblewrap.is_available():
        return Offer(isolation=isolation, problem=f"bubblewrap is not installed: {bubblewrap.INSTALL}")
    worker = Worker(isolation, warm=False)
    try:
        worker.start()
    except SandboxError as error:
        return Offer(isolation=isolation, problem=f"{error}{_hint(isolation)}")
    finally:
        worker.close()
    return Offer(isolation=isolation, held=worker.held)


def _hint(isolation: Isolation) -> str:
    if isolation is Isolation.LANDLOCK and os.geteuid() == 0:
        return (
            "; root's submissions run as another user, who must be able to read Python and its packages here"
        )
    return ""


def offers() -> Iterator[Offer]:
    """Try every isolation out."""
    yield from map(offer, ORDER)


def choose_isolation(asked: str, otherwise: str = UNPROTECTED) -> Isolation:
    """Turn ``auto`` into the strongest isolation that this machine offers; take anything else at its word.

    Raises ``IsolationError`` when the one asked for, or every one, cannot be had.
    """
    if asked == Isolation.PROCESS:
        return Isolation.PROCESS
    tried = []
    for isolation in ORDER if asked == "auto" else (Isolation(asked),):
        found = offer(isolation)
        if not found.problem:
            return isolation
        tried.append(f"{isolation}: {' '.join(found.problem.split())}")
    raise IsolationError(
        f"submissions cannot be isolated here, so none was run. {'; '.join(tried)}. "
        f"'grader doctor' says what to do; {otherwise}"
    )
