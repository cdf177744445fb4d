"""Which settings of a layer make a difference: initialisers, regularisers, names and dtypes do not."""

import json
import re
from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]

CONV = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "use_bias", "data_format")
DEPTHWISE = (
    "depth_multiplier",
    "kernel_size",
    "strides",
    "padding",
    "dilation_rate",
    "use_bias",
    "data_format",
)
TRANSPOSE = (*CONV, "output_padding")
POOL = ("pool_size", "strides", "padding", "data_format")
GLOBAL_POOL = ("keepdims", "data_format")
RECURRENT = ("units", "activation", "recurrent_activation", "use_bias", "return_sequences", "go_backwards")

TRAITS: Mapping[str, tuple[str, ...]] = {
    "Activation": ("activation",),
    "Add": (),
    "Average": (),
    "AveragePooling1D": POOL,
    "AveragePooling2D": POOL,
    "AveragePooling3D": POOL,
    "BatchNormalization": ("axis", "center", "scale"),
    "Concatenate": ("axis",),
    "Conv1D": CONV,
    "Conv1DTranspose": TRANSPOSE,
    "Conv2D": CONV,
    "Conv2DTranspose": TRANSPOSE,
    "Conv3D": CONV,
    "Conv3DTranspose": TRANSPOSE,
    "Cropping1D": ("cropping",),
    "Cropping2D": ("cropping", "data_format"),
    "Cropping3D": ("cropping", "data_format"),
    "Dense": ("units", "use_bias"),
    "DepthwiseConv1D": DEPTHWISE,
    "DepthwiseConv2D": DEPTHWISE,
    "Dropout": ("rate",),
    "Embedding": ("input_dim", "output_dim", "mask_zero"),
    # A flattening or reshaping layer is told apart by its output shape.
    "Flatten": (),
    "GRU": (*RECURRENT, "reset_after"),
    "GaussianDropout": ("rate",),
    "GaussianNoise": ("stddev",),
    "GlobalAveragePooling1D": GLOBAL_POOL,
    "GlobalAveragePooling2D": GLOBAL_POOL,
    "GlobalAveragePooling3D": GLOBAL_POOL,
    "GlobalMaxPooling1D": GLOBAL_POOL,
    "GlobalMaxPooling2D": GLOBAL_POOL,
    "GlobalMaxPooling3D": GLOBAL_POOL,
    "LSTM": RECURRENT,
    "LayerNormalization": ("axis", "center", "scale"),
    "MaxPooling1D": POOL,
    "MaxPooling2D": POOL,
    "MaxPooling3D": POOL,
    "Maximum": (),
    "Minimum": (),
    "Multiply": (),
    "Normalization": ("axis",),
    "Rescaling": ("scale", "offset"),
    "Reshape": (),
    "SeparableConv1D": (*CONV, "depth_multiplier"),
    "SeparableConv2D": (*CONV, "depth_multiplier"),
    "SimpleRNN": RECURRENT,
    "SpatialDropout1D": ("rate",),
    "SpatialDropout2D": ("rate",),
    "SpatialDropout3D": ("rate",),
    "Subtract": (),
    "UpSampling1D": ("size",),
    "UpSampling2D": ("size", "interpolation", "data_format"),
    "UpSampling3D": ("size", "data_format"),
    "ZeroPadding1D": ("padding",),
    "ZeroPadding2D": ("padding", "data_format"),
    "ZeroPadding3D": ("padding", "data_format"),
}

# For a kind that is not in the table every setting counts but these.
IGNORED = re.compile(
    r"name|trainable|dtype|seed|batch_shape|sparse|ragged|optional|.*_(initializer|regularizer|constraint)"
)

DEFAULTS: Mapping[str, Any] = {
    "center": True,
    "data_format": "channels_last",
    "depth_multiplier": 1,
    "dilation_rate": 1,
    "groups": 1,
    "interpolation": "nearest",
    "keepdims": False,
    "mask_zero": False,
    "offset": 0.0,
    "padding": "valid",
    "reset_after": True,
    "return_sequences": False,
    "go_backwards": False,
    "scale": True,
    "strides": 1,
    "use_bias": True,
}

SIZES = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size", "size"})


def traits(kind: str, settings: Settings, rank: int) -> dict[str, Any]:
    """Return the settings that matter, defaults filled in, sizes as tuples with one number an axis.

    *rank* is the number of the output's dimensions, batch included; a negative axis counts from its end.
    """
    names = TRAITS.get(kind)
    if names is None:
        return {
            name: _fixed(value) for name, value in sorted(settings.items()) if not IGNORED.fullmatch(name)
        }
    known = {name: settings.get(name, DEFAULTS.get(name)) for name in names}
    if "pool_size" in known and settings.get("strides") is None:
        known["strides"] = known["pool_size"]
    return {name: _trait(name, value, kind, rank) for name, value in known.items()}


def _trait(name: str, value: Any, kind: str, rank: int) -> Any:
    if name in SIZES:
        return sizes(value, axes_of(kind))
    if name == "axis" and isinstance(value, int):
        return value % rank if rank else value
    if name in {"scale", "offset"} and not isinstance(value, bool):
        return float(value) if isinstance(value, int | float) else _fixed(value)
    return _fixed(value)


def _fixed(value: Any) -> Any:
    """Return *value* in a form that compares by content: lists and tuples alike, mappings as JSON."""
    if isinstance(value, list | tuple):
        return tuple(map(_fixed, value))
    return json.dumps(value, sort_keys=True, default=str) if isinstance(value, Mapping) else value


def axes_of(kind: str) -> int:
    """Return how many spatial axes a layer of *kind* works on: 2 for ``Conv2D``; 0 when it has none."""
    found = re.search(r"([123])D", kind)
    return int(found[1]) if found else 0


def sizes(value: Any, axes: int) -> tuple[Any, ...]:
    """Return ``3`` or ``[3, 3]`` as ``(3, 3)``."""
    return tuple(value) if isinstance(value, list | tuple) else (value,) * axes
