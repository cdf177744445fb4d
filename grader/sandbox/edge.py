"""The edge of the sandbox: one method, so that tests can stand in for it.

``Sandbox.fork`` gives a conversation with a fresh fork of the warm process. Everything above it
(``session``, ``referee``) is plain request and reply.
"""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How a fork ended.

    ``signal`` is 0 when no signal ended it, ``killed`` tells whether it was ours; ``output`` is the end of
    its raw output; ``over`` is what all its processes together had too much of (``memory``, ``files``, ...),
    ``left`` what could not be removed after it; ``counted`` whether its supervisor could see what it takes,
    ``boxed`` whether a control group did; ``ours`` is a fault of the sandbox itself.
    """

    exit: int = 0
    signal: int = 0
    killed: bool = False
    output: str = ""
    over: str = ""
    left: str = ""
    counted: bool = False
    boxed: bool = False
    ours: str = ""


class Fork(Protocol):
    """A conversation with one fork."""

    def ask(self, message: Any) -> None:
        """Send *message*. Raises ``ForkEnded`` when the fork is gone."""

    def reply(self, seconds: float) -> Any:
        """Return the next message.

        Raises ``TimeoutError``, ``CodecError``, ``ForkEnded`` or ``WorkerDied``.
        """

    def release(self) -> None:
        """Have the fork and everything it started killed, without waiting for it."""

    def end(self) -> Ending:
        """Kill the fork with everything it started, and return how it ended."""


class Sandbox(Protocol):
    """A place where forks live."""

    def fork(self, role: str, memory_mib: int) -> Fork:
        """Start a fork for *role*, ``student`` or ``referee``. Raises ``SandboxError``."""

    def close(self) -> None:
        """End every fork and start no more."""


class ForkEnded(Exception):
    """The fork ended in the middle of a conversation."""
