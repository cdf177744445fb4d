"""Turns what a student's code returned into something that can cross the wall."""

import reprlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.evidence import ExportedModel, Opaque

if TYPE_CHECKING:
    import keras

MAX_DEPTH = 24
MAX_ITEMS = 200_000
PLAIN: tuple[type[Any], ...] = (bool, int, float, complex, str)
REPR = reprlib.Repr()
REPR.maxstring = REPR.maxother = 200
REPR.maxlist = REPR.maxdict = 20


def export(value: Any, depth: int = 0) -> Any:
    """Return *value* made of plain Python, NumPy, ``ExportedModel`` and ``Opaque``.

    Tensors and Keras variables become arrays, data frames too; a model becomes its configuration.
    """
    if value is None or type(value) in (bool, int, float, complex, str):
        return value
    if is_model(value):
        return export_model(value)
    if isinstance(value, np.ndarray | np.generic):
        return _portable(value) if value.dtype.kind in "biufcU" else opaque(value)
    if depth < MAX_DEPTH and isinstance(value, Mapping | list | tuple | set | frozenset):
        return _export_container(value, depth + 1)
    return _export_other(value)


def is_model(value: Any) -> bool:
    """Return whether *value* is a Keras model; where nobody has imported Keras, nothing is.

    A student's own kernel need not have it, and importing it takes seconds.
    """
    keras = sys.modules.get("keras")
    # By its type: an object may claim any class by its __class__.
    return keras is not None and issubclass(type(value), keras.Model)


def _portable(value: Any) -> Any:
    """Return *value* with at most 8 bytes a real number: long doubles differ from machine to machine."""
    sizes = {"f": ("f8", 8), "c": ("c16", 16)}
    kind, most = sizes.get(value.dtype.kind, ("", value.dtype.itemsize))
    return value.astype(kind) if value.dtype.itemsize > most else value


def _export_container(value: Any, depth: int) -> Any:
    if len(value) > MAX_ITEMS:
        return opaque(value)
    if isinstance(value, Mapping):
        return {_export_key(key): export(item, depth) for key, item in value.items()}
    items = [export(item, depth) for item in value]
    if isinstance(value, set | frozenset):
        return frozenset(_hashable(item) for item in items)
    return tuple(items) if isinstance(value, tuple) else items


def _export_key(key: Any) -> Any:
    if type(key) in (bool, int, float, str) or key is None:
        return key
    if isinstance(key, tuple):
        return tuple(_export_key(item) for item in key)
    if isinstance(key, np.generic):
        plain = key.item()  # of a long double, a long double again
        return str(plain) if isinstance(plain, np.generic) else _export_key(plain)
    return str(key)


def _hashable(item: Any) -> Any:
    try:
        hash(item)
    except TypeError:
        return repr(item)
    return item


def _export_other(value: Any) -> Any:
    for kind in PLAIN:
        if isinstance(value, kind):
            return kind(value)
    for name in ("numpy", "to_numpy"):
        convert = getattr(value, name, None)
        if callable(convert):
            array = np.asarray(convert())
            return array if array.dtype.kind in "biufcU" else opaque(value)
    if isinstance(value, range):
        return list(value)
    return opaque(value)


def opaque(value: Any) -> Opaque:
    """Describe a value that has no portable form."""
    kind = type(value)
    try:
        text = REPR.repr(value)
    except Exception:  # noqa: BLE001 - a student's __repr__
        text = "<its repr could not be read>"
    return Opaque(type=f"{kind.__module__}.{kind.__qualname__}", text=text[:500])


def export_model(model: "keras.Model") -> ExportedModel:
    """Export *model*'s configuration, or what it claims of itself when it has none (a subclass)."""
    import keras

    kind = f"{type(model).__module__}.{type(model).__qualname__}"
    if type(model) in (keras.Sequential, keras.Model) or _is_functional(model):
        config = keras.saving.serialize_keras_object(model)
        config.pop("compile_config", None)
        return ExportedModel(type=kind, config=export(config))
    return ExportedModel(type=kind, config=None, claims=_claims(model))


def _is_functional(model: "keras.Model") -> bool:
    return type(model).__name__ == "Functional" and type(model).__module__.startswith("keras.src.")


def _claims(model: "keras.Model") -> dict[str, Any]:
    """Return the layer table as the model tells it. Only as true as its process: *self-reported*."""
    rows = [
        {
            "name": str(layer.name),
            "kind": type(layer).__name__,
            "output_shape": _shape(getattr(layer, "output", None)),
            "weights": [_shape(weight) for weight in layer.weights[:500]],
            "trainable_weights": [_shape(weight) for weight in layer.trainable_weights[:500]],
        }
        for layer in model.layers[:500]
    ]
    return {"rows": rows, "built": bool(model.built)}


def _shape(tensor: Any) -> list[int | None]:
    shape = getattr(tensor, "shape", ()) or ()
    return [None if size is None else int(size) for size in shape]
