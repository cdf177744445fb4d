"""Arrays across the wall: a header in the JSON, and the raw bytes in a buffer beside it."""

import math
import re
from typing import Any

import numpy as np

from grader.errors import CodecError
from grader.sandbox.bounds import MAX_FRAME, MAX_KEY_WORK

PLAIN_KINDS = "biufcU"
#: NumPy's own parser knows more forms, evaluates some of them and fails in many ways.
DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c(8|16)|U\d{1,9})")
LAST_CHARACTER, SURROGATES, REPLACEMENT = 0x10FFFF, (0xD800, 0xDFFF), ord("?")

Buffers = list[bytes]


class Received:
    """What came after a frame's JSON, and what reading the frame has cost so far.

    Each buffer is taken once, in order, and all are, so that a small frame is no large value and a small
    value keeps no large frame.
    """

    def __init__(self, content: memoryview) -> None:
        """Take buffers from *content*, all that came after the JSON."""
        self._content = content
        self._place = self._work = 0

    def take(self, place: int, size: int) -> memoryview:
        """Return the *size* bytes at *place*, where the one before ended."""
        if place != self._place or place + size > len(self._content):
            raise CodecError("an array whose header does not fit its buffer")
        self._place += size
        return self._content[place : place + size]

    def spend(self, work: int) -> None:
        """Count *work* comparisons of keys."""
        self._work += work
        if self._work > MAX_KEY_WORK:
            raise CodecError("mappings and sets with too many keys that are not text")

    def finish(self) -> None:
        """Raise ``CodecError`` when something was never taken."""
        if self._place != len(self._content):
            raise CodecError("bytes that belong to no array")


def store(array: Any, buffers: Buffers, most_bytes: int) -> dict[str, Any]:
    """Put *array*'s bytes at the end of *buffers* and return its header."""
    if array.dtype.kind not in PLAIN_KINDS or not DTYPE.fullmatch(array.dtype.str):
        raise CodecError(f"an array of dtype {array.dtype} has no portable form")
    if array.nbytes > most_bytes:
        raise CodecError(f"an array of {array.nbytes / 2**20:.0f} MiB")
    _bound_sides(array.shape, array.dtype.itemsize)
    place = sum(map(len, buffers))
    buffers.append(array.tobytes())
    return {"dtype": array.dtype.str, "shape": list(array.shape), "at": [place, array.nbytes]}


def load(header: Any, received: Received) -> Any:
    """Return the array that *header* describes. Raises ``CodecError`` when it describes none."""
    written, shape, (place, size) = str(header["dtype"]), tuple(header["shape"]), header["at"]
    lengths_are_natural = all(type(length) is int and length >= 0 for length in (*shape, place, size))
    if not DTYPE.fullmatch(written) or not lengths_are_natural or len(shape) > 16:
        raise CodecError("an array with an unusable header")
    dtype = np.dtype(written)
    if math.prod(shape) * dtype.itemsize != size:
        raise CodecError("an array whose header does not fit its buffer")
    _bound_sides(shape, dtype.itemsize)
    # A copy: otherwise a number that is kept would keep its whole frame.
    flat = np.frombuffer(bytes(received.take(place, size)), dtype=dtype)
    return (_clean_array(flat) if dtype.kind == "U" else flat).reshape(shape)


def _bound_sides(shape: tuple[int, ...], itemsize: int) -> None:
    """Refuse an array of no elements and huge sides: a sum along the other axis would be as huge."""
    if math.prod(side or 1 for side in shape) * itemsize > MAX_FRAME:
        raise CodecError(f"an array of shape {shape}"[:200])


def _clean_array(flat: Any) -> Any:
    """Return an array of text whose every character is one; NumPy itself does not look."""
    codes = flat.view(flat.dtype.byteorder.replace("|", "=") + "u4")
    if codes.size and codes.max() > LAST_CHARACTER:
        raise CodecError("an array of text with a number that is no character")
    lone = (codes >= SURROGATES[0]) & (codes <= SURROGATES[1])
    # `where` gives this machine's byte order.
    return np.where(lone, REPLACEMENT, codes).astype(codes.dtype).view(flat.dtype) if lone.any() else flat
