"""Builds a model from a list of layers, as reference solutions in YAML write it."""

from collections.abc import Callable
from typing import Any

import keras


def make_builder(layers: list[dict[str, dict[str, Any]]]) -> Callable[[], keras.Model]:
    """Return ``build_model()`` for *layers*, each ``{LayerClass: settings}``; Keras deserialises them."""

    def build_model() -> keras.Model:
        return keras.Sequential(
            [_layer(kind, settings or {}) for entry in layers for kind, settings in entry.items()]
        )

    return build_model


def _layer(kind: str, settings: dict[str, Any]) -> Any:
    if kind in ("Input", "InputLayer"):
        return keras.Input(**settings)
    return keras.saving.deserialize_keras_object(
        {"module": "keras.layers", "class_name": kind, "config": settings, "registered_name": None}
    )
