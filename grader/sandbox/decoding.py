"""From JSON with tags to Python values: whoever wrote it, it becomes plain data or is refused."""

from collections.abc import Callable
from typing import Any

from grader.errors import CodecError
from grader.evidence import ExportedModel, Opaque
from grader.sandbox.arrays import Received, load
from grader.sandbox.bounds import MAX_DEPTH, MAX_DIGITS, bound_keys, clean

#: An opaque value's type and text, as far as anybody shows them.
MAX_NAME, MAX_SHOWN = 200, 2000


def decode(tree: Any, buffers: Received, depth: int = 0) -> Any:
    """Return the value that *tree*, JSON with tags, stands for. Raises ``CodecError``, and what it meets."""
    if depth > 3 * MAX_DEPTH:
        raise CodecError("nested too deeply")
    if isinstance(tree, str):
        return clean(tree)
    if isinstance(tree, list):
        return [decode(item, buffers, depth + 1) for item in tree]
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
    return [decode(item, buffers, depth) for item in body]


def _decode_mapping(body: Any, buffers: Received, depth: int) -> dict[Any, Any]:
    pairs = _items(body, buffers, depth)
    try:
        buffers.spend(bound_keys([key for key, _ in pairs]))
        decoded = dict(pairs)
    except TypeError as error:
        raise CodecError("a mapping with an unhashable key") from error
    if len(decoded) != len(pairs):
        raise CodecError("a mapping with a key twice")
    return decoded


def _decode_set(body: Any, buffers: Received, depth: int) -> frozenset[Any]:
    members = _items(body, buffers, depth)
    buffers.spend(bound_keys(members))
    return frozenset(members)


def _decode_opaque(body: Any, _buffers: Received, _depth: int) -> Opaque:
    kind, text = body
    return Opaque(type=_told(kind)[:MAX_NAME], text=_told(text)[:MAX_SHOWN])


def _told(text: Any) -> str:
    if not isinstance(text, str):
        raise CodecError("text was expected")
    return clean(text)


def _decode_complex(body: Any, buffers: Received, depth: int) -> complex:
    real, imaginary = _items(body, buffers, depth)
    # Anything else that `complex` takes, such as text or an array, is no part of a number.
    if type(real) is not float or type(imaginary) is not float:
        raise CodecError("a complex number of something else")
    return complex(real, imaginary)


def _decode_model(body: Any, buffers: Received, depth: int) -> ExportedModel:
    kind, config, claims = _items(body, buffers, depth)
    if not isinstance(config, dict | None) or not isinstance(claims, dict):
        raise CodecError("a model whose configuration is no mapping")
    return ExportedModel(type=_told(kind)[:MAX_NAME], config=config, claims=claims)


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
    "complex": _decode_complex,
    "tuple": lambda body, buffers, depth: tuple(_items(body, buffers, depth)),
    "set": _decode_set,
    "dict": _decode_mapping,
    "array": lambda body, buffers, _depth: load(body, buffers),
    "scalar": lambda body, buffers, _depth: load(body, buffers)[()],
    "opaque": _decode_opaque,
    "keras": _decode_model,
}
