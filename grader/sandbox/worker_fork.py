"""The grader's end of one fork: a conversation, and a status line that tells how the fork ended."""

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from grader.sandbox.cgroup import Box
from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.edge import Ending, ForkEnded

END_SECONDS = 20.0


class WorkerFork:
    """A conversation with a fork of a ``Worker``."""

    def __init__(
        self,
        channel: Channel,
        status: socket.socket,
        box: Box | None = None,
        on_left: Callable[[str], None] | None = None,
    ) -> None:
        """Talk over *channel*; *status* tells how the fork ended.

        *box* is the control group that it lives in, if there is one. *on_left* is called with what could not
        be removed after it; without, a namespace sees to that.
        """
        self._channel = channel
        self._status = status
        self._box = box
        self._on_left = on_left
        self._ending: Ending | None = None
        self._closed_first = False

    def ask(self, message: Any) -> None:
        """Send *message*."""
        try:
            self._channel.send(message)
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
            self._leave_box()

    def end(self) -> Ending:
        """Hang up, so that the supervisor kills the fork; return what it reports."""
        if self._ending is None:
            ending = self._hang_up()
            if self._box is not None and self._box.ran_out():
                # The kernel's own count; it may have ended the supervisor with the rest.
                ending = replace(ending, over="memory", ours="")
            self._ending = ending
            self._leave_box()
            if ending.left and self._on_left is not None:
                self._on_left(ending.left)
        return self._ending

    def _leave_box(self) -> None:
        if self._box is not None:
            self._box.leave()

    def _hang_up(self) -> Ending:
        self._status.settimeout(END_SECONDS)
        try:
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


def _ending(report: bytes) -> Ending:
    if not report:
        return Ending(ours="the warm process went away")
    told = json.loads(report)
    problem = told.get("error") or told.get("failed") or ""
    return Ending(
        exit=told.get("exit", 0),
        signal=told.get("signal", 0),
        killed=told.get("killed", False),
        output=told.get("output", ""),
        over=told.get("over", ""),
        left=told.get("left", ""),
        ours=f"a fork could not be isolated: {problem}" if problem else "",
    )
