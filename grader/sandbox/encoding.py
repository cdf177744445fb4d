"""From Python values to JSON with tags: one encoder for each type that may cross the wall."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.errors import CodecError
from grader.evidence import ExportedModel, Opaque
from grader.sandbox.arrays import Buffers, store
from grader.sandbox.bounds import MAX_DEPTH, MAX_DIGITS, MAX_FRAME, bound_keys, clean

SAFE_INTEGER = 2**53


def encode(value: Any, buffers: Buffers, depth: int = 0) -> Any:
    """Return *value* as JSON with tags, its arrays' bytes at the end of *buffers*."""
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


def _encode_integer(value: int, _buffers: Buffers, _depth: int) -> Any:
    if abs(value) < SAFE_INTEGER:
        return value
    if value.bit_length() > 3 * MAX_DIGITS:
        raise CodecError(f"an integer of more than {MAX_DIGITS} digits")
    return {"int": str(value)}


def _encode_float(value: float, _buffers: Buffers, _depth: int) -> Any:
    return value if math.isfinite(value) else {"float": str(value)}


def _encode_complex(value: complex, buffers: Buffers, depth: int) -> Any:
    return {"complex": [encode(value.real, buffers, depth), encode(value.imag, buffers, depth)]}


def _encode_array(value: Any, buffers: Buffers, _depth: int) -> Any:
    return {"array": store(np.ascontiguousarray(value).reshape(value.shape), buffers, MAX_FRAME)}


def _encode_scalar(value: Any, buffers: Buffers, _depth: int) -> Any:
    return {"scalar": store(np.asarray(value), buffers, MAX_FRAME)}


def _encode_list(value: list[Any], buffers: Buffers, depth: int) -> Any:
    return [encode(item, buffers, depth) for item in value]


def _encode_tuple(value: tuple[Any, ...], buffers: Buffers, depth: int) -> Any:
    return {"tuple": _encode_list(list(value), buffers, depth)}


def _encode_set(value: set[Any], buffers: Buffers, depth: int) -> Any:
    bound_keys(value)
    return {"set": _encode_list(sorted(value, key=_order), buffers, depth)}


def _order(item: Any) -> str:
    try:
        return repr(item)
    except ValueError:
        # An integer too long to be written; it is refused in its turn.
        return ""


def _encode_mapping(value: Mapping[Any, Any], buffers: Buffers, depth: int) -> Any:
    bound_keys(value)
    return {
        "dict": [[encode(key, buffers, depth), encode(item, buffers, depth)] for key, item in value.items()]
    }


def _encode_opaque(value: Opaque, _buffers: Buffers, _depth: int) -> Any:
    return {"opaque": [clean(value.type), clean(value.text)]}


def _encode_model(value: ExportedModel, buffers: Buffers, depth: int) -> Any:
    config = None if value.config is None else encode(value.config, buffers, depth)
    return {"keras": [value.type, config, encode(value.claims, buffers, depth)]}


ENCODERS: dict[type, Callable[[Any, Buffers, int], Any]] = {
    type(None): _encode_plain,
    bool: _encode_plain,
    str: lambda value, _buffers, _depth: clean(value),
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
