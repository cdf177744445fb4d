"""The only language spoken across the wall: JSON, and raw array buffers beside it.

A frame is ``length of the rest (8 bytes) | length of the JSON (4 bytes) | JSON | buffers``. Python
values that JSON lacks are mappings with one key, the tag: ``{"tuple": [...]}``. NaN and infinities are
``{"float": "nan"}``; the JSON itself is strict. Nothing here can run code: there is no pickle, and
arrays are of plain numbers, booleans or fixed-width text only.
"""

import json
import math
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from grader.errors import CodecError
from grader.evidence import ExportedModel, Opaque
from grader.sandbox.arrays import Buffers, Received, load, store

MAX_FRAME = 64 * 2**20
MAX_TEXT = 32 * 2**20
MAX_DEPTH = 48
MAX_DIGITS = 4000
#: Keys other than text that a mapping or set may hold: their hashes can be made to collide, and 20,000
#: such keys cost seconds of the grader's time.
MAX_KEY_LEAVES = 16
MAX_PLAIN_KEYS = 2000
SAFE_INTEGER = 2**53
MALFORMED = (ValueError, TypeError, KeyError, IndexError, struct.error, RecursionError, OverflowError)


def pack(value: Any) -> bytes:
    """Encode *value* as one frame. Raises ``CodecError`` when it is too large or too deep."""
    buffers: Buffers = []
    text = json.dumps(_encode(value, buffers, 0), allow_nan=False, separators=(",", ":")).encode()
    if len(text) > MAX_TEXT:
        raise CodecError(
            f"a value of {len(text) / 2**20:.0f} MiB outside arrays; at most {MAX_TEXT // 2**20} MiB"
        )
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
        tree = json.loads(_text_of(body, length), parse_constant=_refuse_constant)
        return _decode(tree, Received(memoryview(body)[4 + length :]), 0)
    except CodecError:
        raise
    except MALFORMED as error:
        raise CodecError(f"malformed frame: {type(error).__name__}") from error


def _text_of(body: bytes, length: int) -> str:
    if length > min(len(body) - 4, MAX_TEXT):
        raise CodecError("a frame whose JSON is longer than it may be")
    return body[4 : 4 + length].decode()


def _refuse_constant(name: str) -> float:
    raise CodecError(f"{name} is not JSON")


def _encode(value: Any, buffers: Buffers, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise CodecError(f"a value nested deeper than {MAX_DEPTH} levels")
    encoder = ENCODERS.get(type(value)) or _encoder_of_kind(value)
    return encoder(value, buffers, depth + 1)


def _encoder_of_kind(value: Any) -> Callable[[Any, Buffers, int], Any]:
    if isinstance(value, np.generic):
        return _encode_scalar
    if isinstance(value, np.ndarray):
        return _encode_array
    if isinstance(value, Mapping):
        return _encode_mapping
    raise CodecError(f"a value of type {type(value).__name__} has no portable form")


def _encode_plain(value: Any, _buffers: Buffers, _depth: int) -> Any:
    return value


def _clean(text: str) -> str:
    """Return *text* with a question mark for each lone surrogate, which no file and no terminal takes."""
    return text.encode("utf-8", "replace").decode()


def _encode_integer(value: int, _buffers: Buffers, _depth: int) -> Any:
    if abs(value) < SAFE_INTEGER:
        return value
    if value.bit_length() > 3 * MAX_DIGITS:
        raise CodecError(f"an integer of more than {MAX_DIGITS} digits")
    return {"int": str(value)}


def _encode_float(value: float, _buffers: Buffers, _depth: int) -> Any:
    return value if math.isfinite(value) else {"float": str(value)}


def _encode_complex(value: complex, buffers: Buffers, depth: int) -> Any:
    return {"complex": [_encode(value.real, buffers, depth), _encode(value.imag, buffers, depth)]}


def _encode_array(value: Any, buffers: Buffers, _depth: int) -> Any:
    return {"array": store(np.ascontiguousarray(value).reshape(value.shape), buffers, MAX_FRAME)}


def _encode_scalar(value: Any, buffers: Buffers, _depth: int) -> Any:
    return {"scalar": store(np.asarray(value), buffers, MAX_FRAME)}


def _encode_list(value: list[Any], buffers: Buffers, depth: int) -> Any:
    return [_encode(item, buffers, depth) for item in value]


def _encode_tuple(value: tuple[Any, ...], buffers: Buffers, depth: int) -> Any:
    return {"tuple": _encode_list(list(value), buffers, depth)}


def _encode_set(value: set[Any], buffers: Buffers, depth: int) -> Any:
    _bound_keys(value)
    return {"set": _encode_list(sorted(value, key=repr), buffers, depth)}


def _encode_mapping(value: Mapping[Any, Any], buffers: Buffers, depth: int) -> Any:
    _bound_keys(value)
    return {
        "dict": [[_encode(key, buffers, depth), _encode(item, buffers, depth)] for key, item in value.items()]
    }


def _encode_opaque(value: Opaque, _buffers: Buffers, _depth: int) -> Any:
    return {"opaque": [_clean(value.type), _clean(value.text)]}


def _encode_model(value: ExportedModel, buffers: Buffers, depth: int) -> Any:
    config = None if value.config is None else _encode(value.config, buffers, depth)
    return {"keras": [value.type, config, _encode(value.claims, buffers, depth)]}


ENCODERS: dict[type, Callable[[Any, Buffers, int], Any]] = {
    type(None): _encode_plain,
    bool: _encode_plain,
    str: lambda value, _buffers, _depth: _clean(value),
    int: _encode_integer,
    float: _encode_float,
    complex: _encode_complex,
    list: _encode_list,
    tuple: _encode_tuple,
    set: _encode_set,
    frozenset: _encode_set,
    dict: _encode_mapping,
    Opaque: _encode_opaque,
    ExportedModel: _encode_model,
}


def _decode(tree: Any, buffers: Received, depth: int) -> Any:
    if depth > 3 * MAX_DEPTH:
        raise CodecError("nested too deeply")
    if isinstance(tree, str):
        return _clean(tree)
    if isinstance(tree, list):
        return [_decode(item, buffers, depth + 1) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) != 1:
        raise CodecError("a tag is one key")
    ((tag, body),) = tree.items()
    if tag not in DECODERS:
        raise CodecError(f"unknown tag {tag[:20]!r}")
    return DECODERS[tag](body, buffers, depth + 1)


def _items(body: Any, buffers: Received, depth: int) -> list[Any]:
    if not isinstance(body, list):
        raise CodecError("a list was expected")
    return [_decode(item, buffers, depth) for item in body]


def _decode_mapping(body: Any, buffers: Received, depth: int) -> dict[Any, Any]:
    pairs = _items(body, buffers, depth)
    try:
        _bound_keys([key for key, _ in pairs])
        decoded = dict(pairs)
    except TypeError as error:
        raise CodecError("a mapping with an unhashable key") from error
    if len(decoded) != len(pairs):
        raise CodecError("a mapping with a key twice")
    return decoded


def _decode_set(body: Any, buffers: Received, depth: int) -> frozenset[Any]:
    members = _items(body, buffers, depth)
    _bound_keys(members)
    return frozenset(members)


def _bound_keys(keys: Iterable[Any]) -> None:
    plain = [key for key in keys if not isinstance(key, str)]
    if len(plain) > MAX_PLAIN_KEYS:
        raise CodecError(f"a mapping or set with more than {MAX_PLAIN_KEYS} keys that are not text")
    # Keys can be made to collide; then each is compared with all the others, as a whole.
    if any(_leaves(key) > MAX_KEY_LEAVES for key in plain):
        raise CodecError(f"a key of more than {MAX_KEY_LEAVES} parts")


def _leaves(key: Any) -> int:
    return sum(map(_leaves, key)) if isinstance(key, tuple | frozenset) else 1


def _decode_opaque(body: Any, _buffers: Received, _depth: int) -> Opaque:
    kind, text = body
    return Opaque(type=_clean(str(kind)), text=_clean(str(text)))


def _decode_model(body: Any, buffers: Received, depth: int) -> ExportedModel:
    kind, config, claims = _items(body, buffers, depth)
    if not isinstance(config, dict | None) or not isinstance(claims, dict):
        raise CodecError("a model whose configuration is no mapping")
    return ExportedModel(type=str(kind), config=config, claims=claims)


def _decode_integer(body: Any, _buffers: Received, _depth: int) -> int:
    if not isinstance(body, str) or len(body) > MAX_DIGITS + 1:
        raise CodecError("an unusable integer")
    return int(body)


def _decode_float(body: Any, _buffers: Received, _depth: int) -> float:
    if body not in ("nan", "inf", "-inf"):
        raise CodecError("an unusable float")
    return float(body)


DECODERS: dict[str, Callable[[Any, Received, int], Any]] = {
    "int": _decode_integer,
    "float": _decode_float,
    "complex": lambda body, buffers, depth: complex(*_items(body, buffers, depth)),
    "tuple": lambda body, buffers, depth: tuple(_items(body, buffers, depth)),
    "set": _decode_set,
    "dict": _decode_mapping,
    "array": lambda body, buffers, _depth: load(body, buffers),
    "scalar": lambda body, buffers, _depth: load(body, buffers)[()],
    "opaque": _decode_opaque,
    "keras": _decode_model,
}
