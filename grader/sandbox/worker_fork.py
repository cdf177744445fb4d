"""The grader's end of one fork: a conversation, and a status line that tells how the fork ended."""

import json
import socket
from dataclasses import replace
from typing import Any

from grader.errors import CodecError
from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.edge import Ending, ForkEnded

END_SECONDS = 20.0
TRIAL_SECONDS = 60.0


class WorkerFork:
    """A conversation with a fork of a ``Worker``."""

    def __init__(self, channel: Channel, status: socket.socket) -> None:
        """Talk over *channel*; *status* tells how the fork ended."""
        self._channel = channel
        self._status = status
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
        """Hang up; the supervisor kills the fork in its own time."""
        if self._ending is None:
            self._ending = Ending(killed=True)
            self._channel.close()
            self._status.close()

    def end(self) -> Ending:
        """Hang up, so that the supervisor kills the fork; return what it reports."""
        if self._ending is None:
            self._ending = self._hang_up()
        return self._ending

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


def try_out(fork: WorkerFork) -> Ending:
    """Run nothing at all in *fork*; return how it ended, with what is wrong on our side if anything."""
    try:
        fork.ask({"do": "run", "names": {}, "layers": None, "cells": []})
        fork.reply(TRIAL_SECONDS)
    except (ForkEnded, TimeoutError, CodecError):
        ending = fork.end()
        return (
            ending if ending.ours else replace(ending, ours=f"a first fork did not answer: {ending.output}")
        )
    return fork.end()


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
        ours=f"a fork could not be isolated: {problem}" if problem else "",
    )
