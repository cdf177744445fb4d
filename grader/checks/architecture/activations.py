"""Activations in one spelling: a layer, an op and an ``activation`` setting are the same function."""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]

FUSED = frozenset(
    {
        "Conv1D",
        "Conv1DTranspose",
        "Conv2D",
        "Conv2DTranspose",
        "Conv3D",
        "Conv3DTranspose",
        "Dense",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "EinsumDense",
        "SeparableConv1D",
        "SeparableConv2D",
    }
)

ALIASES = {
    "swish": "silu",
    "hard_swish": "hard_silu",
    # What TensorFlow's functions call themselves, as in ``activation=tf.nn.softmax``.
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
    "identity": "linear",
}

# Op classes as Keras names them in a functional model, for `keras.ops.relu(x)` and the like.
OPS = {
    "Celu": "celu",
    "Elu": "elu",
    "Gelu": "gelu",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "HardTanh": "hard_tanh",
    "LeakyRelu": "leaky_relu",
    "LogSigmoid": "log_sigmoid",
    "LogSoftmax": "log_softmax",
    "Relu": "relu",
    "Relu6": "relu6",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Silu": "silu",
    "SoftSign": "softsign",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
}

# What the function does when nothing is said, so that a spelled-out default is no difference.
DEFAULTS: dict[str, Any] = {"alpha": 1.0, "axis": -1, "approximate": True}
SLOPE = "negative_slope"
FUNCTION_SLOPE = 0.2


def activation_of(kind: str, settings: Settings) -> Settings | None:
    """Return ``{"function": name, ...}`` when a layer of *kind* is an activation and nothing else."""
    if kind == "Activation":
        return named(settings.get("activation"))
    if kind == "ReLU":
        return _relu(settings)
    if kind == "LeakyReLU":
        return {"function": "leaky_relu", SLOPE: settings.get(SLOPE, 0.3)}
    if kind == "ELU":
        return _function("elu", settings)
    return _function(OPS[kind], settings) if kind in OPS else None


def named(activation: Any) -> Settings:
    """Return the value of an ``activation`` setting in the same form; ``None`` is ``linear``."""
    match activation:
        case None:
            return {"function": "linear"}
        case str(name):
            return _function(name, {})
        case {"class_name": "function", "config": str(name)}:
            return _function(name, {})
        case {"class_name": str(kind), "config": dict(settings)}:
            return activation_of(kind, settings) or {"function": kind}
    return {"function": str(activation)}


def _function(name: str, settings: Settings) -> Settings:
    name = ALIASES.get(name, name)
    said = {key: settings[key] for key in DEFAULTS if key in settings and settings[key] != DEFAULTS[key]}
    slope = {SLOPE: settings.get(SLOPE, FUNCTION_SLOPE)} if name == "leaky_relu" else {}
    return {"function": name, **said, **slope}


def _relu(settings: Settings) -> Settings:
    slope, threshold = settings.get(SLOPE) or 0.0, settings.get("threshold") or 0.0
    top = settings.get("max_value")
    match (top, slope, threshold):
        case (None, 0, 0):
            return {"function": "relu"}
        case (6, 0, 0):
            return {"function": "relu6"}
        case (None, _, 0):
            return {"function": "leaky_relu", SLOPE: slope}
    return {"function": "relu", "max_value": top, SLOPE: slope, "threshold": threshold}
