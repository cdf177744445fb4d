"""A sandbox that remembers everything that was said to a submission's process, and everything it said."""

import time
from collections.abc import Iterator
from typing import Any

from grader.redteam.canaries import texts_of
from grader.sandbox.edge import Ending, Fork, Sandbox


class WatchedFork:
    """A fork whose conversation is written down in *heard*."""

    def __init__(self, fork: Fork, heard: list[Any]) -> None:
        """Speak with *fork*."""
        self._fork = fork
        self._heard = heard

    def ask(self, message: Any) -> None:
        """Send *message*."""
        self._heard.append(message)
        self._fork.ask(message)

    def reply(self, seconds: float) -> Any:
        """Return the next message."""
        message = self._fork.reply(seconds)
        self._heard.append(message)
        return message

    def release(self) -> None:
        """Let the fork be killed."""
        self._fork.release()

    def end(self) -> Ending:
        """Kill the fork, and write down its raw output."""
        ending = self._fork.end()
        self._heard.append(ending.output)
        return ending


class WatchedSandbox:
    """Forks of *sandbox*, overheard."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Watch *sandbox*."""
        self._sandbox = sandbox
        self._heard: list[Any] = []
        #: How long forks were waited for, which is nobody's time.
        self.waited = 0.0

    def fork(self, role: str, memory_mib: int) -> WatchedFork:
        """Start a fork."""
        began = time.monotonic()
        try:
            return WatchedFork(self._sandbox.fork(role, memory_mib), self._heard)
        finally:
            self.waited += time.monotonic() - began

    def close(self) -> None:
        """End every fork."""
        self._sandbox.close()

    def heard(self) -> Iterator[str]:
        """Yield every text that crossed the wall, in either direction."""
        for message in self._heard:
            yield from texts_of(message)
