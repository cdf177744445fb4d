"""The only language spoken across the wall: JSON, and raw array buffers beside it.

A frame is ``length of the rest (8 bytes) | length of the JSON (4 bytes) | JSON | buffers``. Python
values that JSON lacks are mappings with one key, the tag: ``{"tuple": [...]}``. NaN and infinities are
``{"float": "nan"}``; the JSON itself is strict. Nothing here can run code: there is no pickle, and
arrays are of plain numbers, booleans or fixed-width text only.
"""

import json
import math
import struct
from typing import Any

from grader.errors import CodecError
from grader.sandbox.arrays import Buffers, Received
from grader.sandbox.bounds import MAX_FRAME, bound_parts
from grader.sandbox.decoding import decode
from grader.sandbox.encoding import encode

__all__ = ["MAX_FRAME", "pack", "unpack"]

MAX_TEXT = 32 * 2**20
MALFORMED = (ValueError, TypeError, KeyError, IndexError, struct.error, RecursionError, OverflowError)


def pack(value: Any) -> bytes:
    """Encode *value* as one frame. Raises ``CodecError`` when it is too large or too deep."""
    buffers: Buffers = []
    text = json.dumps(encode(value, buffers), allow_nan=False, separators=(",", ":")).encode()
    if len(text) > MAX_TEXT:
        raise CodecError(
            f"a value of {len(text) / 2**20:.0f} MiB outside arrays; at most {MAX_TEXT // 2**20} MiB"
        )
    bound_parts(text)
    size = 4 + len(text) + sum(map(len, buffers))
    if size > MAX_FRAME:
        raise CodecError(
            f"a value of {size / 2**20:.0f} MiB; at most {MAX_FRAME // 2**20} MiB can be handed over"
        )
    return b"".join([struct.pack(">QI", size, len(text)), text, *buffers])


def unpack(body: bytes) -> Any:
    """Decode what follows a frame's length. Raises ``CodecError`` on anything malformed."""
    try:
        (length,) = struct.unpack_from(">I", body)
        received = Received(memoryview(body)[4 + length :])
        value = decode(_tree_of(body, length), received)
        received.finish()
    except CodecError:
        raise
    except MALFORMED as error:
        raise CodecError(f"malformed frame: {type(error).__name__}") from error
    return value


def _tree_of(body: bytes, length: int) -> Any:
    if length > min(len(body) - 4, MAX_TEXT):
        raise CodecError("a frame whose JSON is longer than it may be")
    text = body[4 : 4 + length]
    bound_parts(text)
    return json.loads(
        text.decode(),
        parse_constant=_refuse_constant,
        parse_float=_finite,
        object_pairs_hook=_with_keys_once,
    )


def _refuse_constant(name: str) -> float:
    raise CodecError(f"{name} is not JSON")


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise CodecError("a number too large for a float")
    return number


def _with_keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise CodecError("a tag twice")
    return known
