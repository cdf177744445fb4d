"""The grader's end of one fork: a conversation, and a status line that tells how the fork ended."""

import contextlib
import json
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from grader.errors import CodecError, IsolationError
from grader.sandbox.cgroup import Box
from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.defences import Defence
from grader.sandbox.edge import Ending, ForkEnded

#: For one that does not read.
SENDING_SECONDS = 20.0
END_SECONDS = 20.0
INSPECTION_SECONDS = 60.0
GONE = "the warm process went away"
MACHINE = "the machine ran out of memory, and the kernel ended a process; use fewer --jobs"


class Origin(Protocol):
    """The process that a fork comes from."""

    def is_alive(self) -> bool:
        """Whether it still runs."""

    def fork_ended(self, box: Box | None) -> None:
        """Take note that a fork, which lived in *box*, has ended."""


class WorkerFork:
    """A conversation with a fork of a ``Worker``."""

    def __init__(
        self,
        channel: Channel,
        status: socket.socket,
        process: Origin,
        box: Box | None = None,
        on_left: Callable[[str], None] | None = None,
    ) -> None:
        """Talk over *channel*; *status* tells how the fork of *process* ended.

        *box* is the control group that it lives in, if there is one. *on_left* is called with what could not
        be removed after it; without, a namespace sees to that.
        """
        self._channel = channel
        self._status = status
        self._process = process
        self._box = box
        self._on_left = on_left
        self._ending: Ending | None = None
        self._closed_first = False

    def ask(self, message: Any) -> None:
        """Send *message*."""
        try:
            self._channel.send(message, SENDING_SECONDS)
        except (ChannelClosed, TimeoutError) as error:
            self._closed_first = isinstance(error, ChannelClosed)
            raise ForkEnded from error

    def reply(self, seconds: float) -> Any:
        """Return the next message."""
        try:
            return self._channel.receive(seconds)
        except ChannelClosed as error:
            self._closed_first = True
            raise ForkEnded from error

    def release(self) -> None:
        """Hang up; the supervisor kills the fork in its own time, unless what is left has to be known."""
        if self._on_left is not None:
            self.end()
        elif self._ending is None:
            self._ending = Ending(killed=True)
            self._channel.close()
            self._status.close()
            self._process.fork_ended(self._box)

    def end(self) -> Ending:
        """Hang up, so that the supervisor kills the fork; return what it reports."""
        if self._ending is None:
            ending = self._with_the_kernels_word(self._hang_up())
            self._ending = ending
            self._process.fork_ended(self._box)
            if ending.left and self._on_left is not None:
                self._on_left(ending.left)
        return self._ending

    def _with_the_kernels_word(self, ending: Ending) -> Ending:
        """Return *ending* with what the control group knows of it."""
        if self._box is None:
            return ending
        if not self._box.ran_out():
            by_the_kernel = ending.signal == signal.SIGKILL and not ending.killed
            ours = MACHINE if by_the_kernel and self._box.lost_one() else ending.ours
            return replace(ending, boxed=True, ours=ours)
        # The kernel may have ended the supervisor with the rest; a warm process that died is another matter.
        ours = "" if ending.ours == GONE and self._process.is_alive() else ending.ours
        return replace(ending, boxed=True, over="memory", ours=ours)

    def _hang_up(self) -> Ending:
        self._status.settimeout(END_SECONDS)
        try:
            # A supervisor that is gone already has left its report behind.
            with contextlib.suppress(OSError):
                if self._closed_first:
                    self._status.sendall(b"w")
                self._status.shutdown(socket.SHUT_WR)
            report = self._status.makefile("rb").readline(65536)
        except OSError:
            report = b""
        finally:
            self._channel.close()
            self._status.close()
        return _ending(report)


def inspected(fork: WorkerFork, secrets: dict[str, Any]) -> frozenset[Defence]:
    """Return the layers that hold in *fork*, an inspector. Raises ``IsolationError`` if it does not tell."""
    try:
        fork.ask(secrets)
        held = {Defence(name) for name in fork.reply(INSPECTION_SECONDS)["held"]}
    except (ForkEnded, TimeoutError, CodecError) as error:
        ending = fork.end()
        raise IsolationError(ending.ours or f"a first fork did not answer: {ending.output}") from error
    ending = fork.end()
    # What only those outside of it can see.
    outside = {Defence.MEMORY: ending.counted, Defence.CGROUP: ending.boxed}
    return frozenset(held | {defence for defence, holds in outside.items() if holds})


def _ending(report: bytes) -> Ending:
    if not report:
        return Ending(ours=GONE)
    told = json.loads(report)
    problem = told.get("error") or told.get("failed") or ""
    return Ending(
        exit=told.get("exit", 0),
        signal=told.get("signal", 0),
        killed=told.get("killed", False),
        output=told.get("output", ""),
        over=told.get("over", ""),
        left=told.get("left", ""),
        counted=told.get("counted", False),
        ours=f"a fork could not be isolated: {problem}" if problem else "",
    )
