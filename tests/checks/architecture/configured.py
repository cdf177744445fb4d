"""Layers as Keras writes their configurations: ``(kind, settings)``."""

from typing import Any

Layer = tuple[str, dict[str, Any]]


def conv(filters: int, kernel: int = 3, **more: Any) -> Layer:
    """Make a convolution as Keras writes its configuration."""
    sizes = {"kernel_size": [kernel, kernel], "strides": [1, 1], "dilation_rate": [1, 1]}
    usual = {"filters": filters, "padding": "valid", "groups": 1, "use_bias": True, "activation": "linear"}
    return "Conv2D", {**sizes, "data_format": "channels_last", **usual, **more}


def pool(size: int = 2, kind: str = "MaxPooling2D", **more: Any) -> Layer:
    """Make a pooling."""
    return kind, {"pool_size": [size, size], "strides": [size, size], "padding": "valid", **more}


def dense(units: int, activation: Any = "linear", **more: Any) -> Layer:
    """Make a fully connected layer."""
    return "Dense", {"units": units, "activation": activation, "use_bias": True, **more}
