"""Whatever a student's process could send: hypothesis's strategies for evidence, and frames by hand."""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from grader.errors import CodecError
from grader.evidence import ExportedModel, Happening, Opaque
from grader.sandbox.codec import pack, unpack

ODD_TEXTS = [
    "", "nan", "returned", "\x00", "\x1b[2J", "\u202e", "\ud800", "<script>", "{{7*7}}", "=cmd()", "Conv2D",
    "::notice::x", "a" * 900, "😀" * 30, "`" * 9, "\n" * 40, "%s{}{0}", "١٢", "keras.layers>Dense",
]  # fmt: skip
ODD_NUMBERS = [
    0, -1, 1, 2**53, -(2**63), 2**64, 10**400, -(10**3500),
    0.0, -0.0, 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"), 0.1,
]  # fmt: skip
DTYPES = ["<f8", ">f8", "<f4", "<f2", "|b1", "|i1", "|u1", ">i4", "<i8", "<u8", "<c8", "<c16"]
SHAPES = [
    (),
    (0,),
    (1,),
    (2,),
    (3,),
    (0, 3),
    (3, 0),
    (1, 1),
    (2, 3),
    (3, 2),
    (1, 0, 2),
    (2, 1, 2, 1),
    (4, 13),
]


texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=8)
numbers = st.sampled_from(ODD_NUMBERS) | st.integers() | st.floats() | st.complex_numbers()


@st.composite
def arrays(draw: st.DrawFn) -> Any:
    """Return an array of any dtype that the codec carries, its bytes drawn, so NaN of any kind among them."""
    dtype, shape = np.dtype(draw(st.sampled_from(DTYPES))), draw(st.sampled_from(SHAPES))
    size = int(np.prod(shape)) * dtype.itemsize
    content = draw(st.binary(min_size=size, max_size=size) | st.just(b"\xff" * size) | st.just(bytes(size)))
    return np.frombuffer(content, dtype=dtype).reshape(shape)


def _texts_array(items: list[str]) -> Any:
    return np.array(
        [item.replace("\0", "0")[:50].encode("utf-8", "replace").decode() for item in items] or [""]
    )


leaves = (
    st.none()
    | st.booleans()
    | numbers
    | texts
    | arrays()
    | st.lists(texts, max_size=3).map(_texts_array)
    | arrays().filter(lambda array: array.size > 0).map(lambda array: array.reshape(-1)[0])
    | st.builds(Opaque, type=texts, text=texts)
)
keys = (
    st.none()
    | st.booleans()
    | texts
    | numbers
    | st.tuples(texts, st.integers())
    | st.builds(Opaque, type=texts, text=texts)
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
        | st.frozensets(keys, max_size=3)
        | st.builds(
            ExportedModel,
            type=texts,
            config=st.none() | st.dictionaries(texts, inner, max_size=2),
            claims=claims(inner),
        )
    )


def told_tables(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return layer tables of the right form, absurd as what they say may be."""
    shape = st.lists(st.none() | st.sampled_from([0, -1, 1, 10, 28, 10**30, 10**3500]), max_size=4)
    count = st.sampled_from([0, 80, 10**30, 10**3500])
    row = st.fixed_dictionaries(
        {
            "name": st.sampled_from(["i", "c", "d"]) | texts,
            "kind": st.sampled_from(KINDS) | texts,
            "output_shape": shape,
            "parameters": count,
            "trainable": count,
        },
        optional={
            "settings": st.dictionaries(SETTING_NAMES | texts, inner | numbers, max_size=4),
            "inputs": st.lists(st.sampled_from(["i", "c", "d"]) | texts, max_size=2),
        },
    )
    optional = {"input_shape": shape, "output_shape": shape, "parameters": count, "trainable": count}
    return st.fixed_dictionaries({"rows": st.lists(row, max_size=4)}, optional=optional)


def claims(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return what a model says of itself: a layer table, one with a part that is anything, or anything."""
    spoiled = st.tuples(
        told_tables(inner), st.sampled_from(["rows", "input_shape", "parameters"]), inner
    ).map(lambda drawn: {**drawn[0], drawn[1]: drawn[2]})
    return told_tables(inner) | spoiled | st.dictionaries(texts, inner, max_size=2)


KINDS = ["Conv2D", "Dense", "Activation", "InputLayer", "Rescaling", "Normalization", "Mine", "MaxPooling2D"]
SETTING_NAMES = st.sampled_from([
    "filters", "kernel_size", "strides", "padding", "activation", "units", "use_bias", "axis", "scale",
    "offset", "pool_size", "data_format", "dilation_rate", "target_shape", "rate", "trainable", "cropping",
])  # fmt: skip

anything = st.recursive(leaves, _nested, max_leaves=8)


def _as_received(value: Any) -> Any:
    try:
        return unpack(pack(value)[8:])
    except CodecError:
        return None


#: Any value that can cross the wall, as the grader receives it.
received = anything.map(_as_received)

raised = st.none() | st.fixed_dictionaries(
    {"bases": st.lists(texts, max_size=3)},
    optional={"type": texts, "message": texts, "trace": texts},
)
outcomes = st.fixed_dictionaries(
    {
        "happening": st.just("returned")
        | st.sampled_from([str(one) for one in Happening if one is not Happening.LOST])
    },
    optional={"value": anything, "error": raised, "detail": texts},
).map(lambda told: _as_received(told) or {"happening": "returned"})


def frame(tree: Any, buffers: bytes = b"", length: int | None = None) -> bytes:
    """Return a frame's body as somebody would write it by hand; *tree* may be JSON text."""
    text = (tree if isinstance(tree, str) else json.dumps(tree)).encode("utf-8", "surrogatepass")
    return struct.pack(">I", (len(text) if length is None else length) % 2**32) + text + buffers


def value_or_refused(read: Callable[[Any], Any], given: Any) -> Any:
    """Return what *read* makes of *given*, ``None`` when it refuses; whatever else it raises is a failure."""
    try:
        return read(given)
    except CodecError:
        return None
