"""Channels: frames over a socket, with deadlines, whatever the other end does."""

import socket
import struct
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from grader.errors import CodecError
from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.codec import MAX_FRAME, pack


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    """Our channel, and the other side's bare socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_silence_ends_at_the_deadline(ends: tuple[Channel, socket.socket]) -> None:
    """Not before it, and not long after."""
    channel, _theirs = ends
    started = time.monotonic()

    with pytest.raises(TimeoutError):
        channel.receive(0.1)
    assert 0.09 < time.monotonic() - started < 2


@pytest.mark.parametrize("piece", [b"\0\0", pack("hello")[:8], pack("hello")[:-1]])
def test_half_a_frame_ends_at_the_deadline(ends: tuple[Channel, socket.socket], piece: bytes) -> None:
    """A part of the length, the length alone, all but the last byte."""
    channel, theirs = ends
    theirs.sendall(piece)

    with pytest.raises(TimeoutError):
        channel.receive(0.05)


def test_a_trickle_does_not_move_the_deadline(ends: tuple[Channel, socket.socket]) -> None:
    """The time is for the whole frame, not for each byte."""
    channel, theirs = ends
    stop = threading.Event()

    def trickle() -> None:
        for byte in pack("a" * 100):
            if stop.wait(0.03):
                return
            theirs.sendall(bytes([byte]))

    thread = threading.Thread(target=trickle)
    thread.start()
    started = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            channel.receive(0.2)
    finally:
        stop.set()
        thread.join()

    assert time.monotonic() - started < 1.5


def test_a_deadline_that_has_passed_is_no_wait(ends: tuple[Channel, socket.socket]) -> None:
    """Also when there is something to read."""
    channel, theirs = ends
    theirs.sendall(pack("late"))

    with pytest.raises(TimeoutError):
        channel.receive(-1)


@pytest.mark.parametrize("piece", [b"", b"\0\0", pack("hello")[:-1]])
def test_a_closed_end_is_told_apart_from_silence(ends: tuple[Channel, socket.socket], piece: bytes) -> None:
    """Also in the middle of a frame."""
    channel, theirs = ends
    theirs.sendall(piece)
    theirs.close()

    with pytest.raises(ChannelClosed):
        channel.receive(5)


def test_a_reset_connection_is_a_closed_end(ends: tuple[Channel, socket.socket]) -> None:
    """The other side went away without reading what we sent."""
    channel, theirs = ends
    channel.send("unread")
    theirs.close()

    with pytest.raises(ChannelClosed):
        channel.receive(5)


def test_sending_to_a_closed_end_says_so(ends: tuple[Channel, socket.socket]) -> None:
    """And kills nobody with SIGPIPE."""
    channel, theirs = ends
    theirs.close()

    with pytest.raises(ChannelClosed):
        channel.send("hello")


def test_an_end_that_does_not_read_cannot_hold_us(ends: tuple[Channel, socket.socket]) -> None:
    """Sending has a deadline, too."""
    channel, _theirs = ends

    with pytest.raises(TimeoutError):
        channel.send(np.zeros(2**20), seconds=0.1)


def test_a_huge_frame_is_refused_before_it_is_read(ends: tuple[Channel, socket.socket]) -> None:
    """Its length alone is enough to know."""
    channel, theirs = ends
    theirs.sendall(struct.pack(">Q", MAX_FRAME + 1))

    with pytest.raises(CodecError, match=f"a frame of {MAX_FRAME + 1} bytes"):
        channel.receive(5)


def test_a_frame_of_nothing_is_malformed(ends: tuple[Channel, socket.socket]) -> None:
    """Zero bytes hold no JSON."""
    channel, theirs = ends
    theirs.sendall(struct.pack(">Q", 0))

    with pytest.raises(CodecError):
        channel.receive(5)


def test_nothing_is_sent_of_a_value_without_a_form(ends: tuple[Channel, socket.socket]) -> None:
    """So that the next value is not taken for its rest."""
    channel, theirs = ends
    other = Channel(theirs)

    with pytest.raises(CodecError):
        channel.send([1, object()])
    channel.send("next")

    assert other.receive(5) == "next"


def test_values_come_in_the_order_they_were_sent(ends: tuple[Channel, socket.socket]) -> None:
    """Also when several arrive at once."""
    channel, theirs = ends
    theirs.sendall(pack(1) + pack("two") + pack([3]))

    assert [channel.receive(5) for _ in range(3)] == [1, "two", [3]]
    assert channel.bytes_received == len(pack(1) + pack("two") + pack([3]))


def test_a_large_value_arrives_in_one_piece(ends: tuple[Channel, socket.socket]) -> None:
    """Larger than any socket buffer."""
    channel, theirs = ends
    value = np.arange(2**19, dtype="float64")
    thread = threading.Thread(target=Channel(theirs).send, args=(value,))
    thread.start()
    found = channel.receive(10)
    thread.join()

    assert np.array_equal(value, found)


def test_without_a_deadline_it_waits(ends: tuple[Channel, socket.socket]) -> None:
    """As a fork does for its next question."""
    channel, theirs = ends
    timer = threading.Timer(0.1, theirs.sendall, args=(pack("at last"),))
    timer.start()

    assert channel.receive() == "at last"
    timer.join()


def test_a_channel_that_was_closed_says_so(ends: tuple[Channel, socket.socket]) -> None:
    """Rather than to fail in a way of its own."""
    channel, _theirs = ends
    channel.close()

    with pytest.raises(ChannelClosed):
        channel.send("hello")
    with pytest.raises(ChannelClosed):
        channel.receive(1)
