"""Frames over a stream socket, with deadlines. Used on both sides of the wall."""

import socket
import struct
import time
from typing import Any

from grader.errors import CodecError
from grader.sandbox.codec import MAX_FRAME, pack, unpack


class ChannelClosed(Exception):
    """The other side is gone."""


class Channel:
    """One end of a conversation. ``receive`` raises ``TimeoutError`` past its deadline."""

    def __init__(self, end: socket.socket) -> None:
        """Speak over *end*, a connected stream socket."""
        self._socket = end
        self.bytes_received = 0

    def send(self, value: Any, seconds: float | None = 60.0) -> None:
        """Send *value* as one frame. Raises ``CodecError`` before anything is sent, if it has no form."""
        frame = pack(value)
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(frame)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise ChannelClosed from error

    def receive(self, seconds: float | None = None) -> Any:
        """Return the next value, waiting at most *seconds* for all of it."""
        deadline = None if seconds is None else time.monotonic() + seconds
        (size,) = struct.unpack(">Q", self._exactly(8, deadline))
        if size > MAX_FRAME:
            raise CodecError(f"a frame of {size} bytes")
        return unpack(self._exactly(size, deadline))

    def _exactly(self, count: int, deadline: float | None) -> bytes:
        received = bytearray()
        while len(received) < count:
            try:
                self._socket.settimeout(_left(deadline))
                piece = self._socket.recv(min(count - len(received), 2**20))
            except TimeoutError:
                raise
            except OSError as error:
                raise ChannelClosed from error
            if not piece:
                raise ChannelClosed
            received += piece
        self.bytes_received += count
        return bytes(received)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
