"""Arrays across the wall: a header in the JSON, and the raw bytes in a buffer beside it."""

import math
import re
from typing import Any

import numpy as np

from grader.errors import CodecError

PLAIN_KINDS = "biufcU"
#: NumPy's own parser knows more forms, evaluates some of them and fails in many ways.
DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c(8|16)|U\d{1,9})")
LAST_CHARACTER, SURROGATES, REPLACEMENT = 0x10FFFF, (0xD800, 0xDFFF), ord("?")

Buffers = list[bytes]


class Received:
    """The buffers of a frame: each is taken once, in order, so that a small frame is no large value."""

    def __init__(self, content: memoryview) -> None:
        """Take buffers from *content*, all that came after the JSON."""
        self._content = content
        self._place = 0

    def take(self, place: int, size: int) -> memoryview:
        """Return the *size* bytes at *place*, where the one before ended."""
        if place != self._place or place + size > len(self._content):
            raise CodecError("an array whose header does not fit its buffer")
        self._place += size
        return self._content[place : place + size]


def store(array: Any, buffers: Buffers, most_bytes: int) -> dict[str, Any]:
    """Put *array*'s bytes at the end of *buffers* and return its header."""
    if array.dtype.kind not in PLAIN_KINDS or not DTYPE.fullmatch(array.dtype.str):
        raise CodecError(f"an array of dtype {array.dtype} has no portable form")
    if array.nbytes > most_bytes:
        raise CodecError(f"an array of {array.nbytes / 2**20:.0f} MiB")
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
    flat = np.frombuffer(received.take(place, size), dtype=dtype)
    return (_clean_array(flat) if dtype.kind == "U" else flat).reshape(shape)


def _clean_array(flat: Any) -> Any:
    """Return an array of text whose every character is one; NumPy itself does not look."""
    codes = flat.view(flat.dtype.byteorder.replace("|", "=") + "u4")
    if codes.size and codes.max() > LAST_CHARACTER:
        raise CodecError("an array of text with a number that is no character")
    lone = (codes >= SURROGATES[0]) & (codes <= SURROGATES[1])
    # `where` gives this machine's byte order.
    return np.where(lone, REPLACEMENT, codes).astype(codes.dtype).view(flat.dtype) if lone.any() else flat
