"""The layer table of a model, as ``model.summary()`` counts it (https://keras.io/api/models/model/#summary-method)."""

import math
from collections.abc import Iterator
from typing import Any

import keras

Row = dict[str, Any]


def layer_table(model: keras.Model) -> Row:
    """Return rows, shapes and totals. Nested models are laid open; counts come from weight shapes."""
    weights = model.weights
    return {
        "rows": [row(operation, feeders) for operation, feeders in operations(model)],
        "input_shape": shape_of(getattr(model, "inputs", None)),
        "output_shape": shape_of(getattr(model, "outputs", None)),
        "other_outputs": [shape_of(output) or () for output in (getattr(model, "outputs", None) or [])[1:]],
        "parameters": count(weights),
        "trainable": count(model.trainable_weights),
    }


def operations(model: keras.Model) -> Iterator[tuple[Any, list[str]]]:
    """Yield each operation with the names of those that feed it, in the order data flows."""
    graph = model._functional if isinstance(model, keras.Sequential) else model  # noqa: SLF001 - the only way to a Sequential's graph
    flat = list(_flatten(graph, {}))
    known = {id(operation) for operation, _feeders in flat}
    for operation, feeders in flat:
        yield operation, [feeder.name for feeder in feeders if id(feeder) in known]


def _flatten(graph: Any, sources: dict[int, Any]) -> Iterator[tuple[Any, list[Any]]]:
    for operation in graph.operations:
        feeders = _feeders(graph, operation, sources)
        if isinstance(operation, keras.Model):
            inner = operation._functional if isinstance(operation, keras.Sequential) else operation  # noqa: SLF001
            last = None
            for deeper, inner_feeders in _flatten(inner, {}):
                if not _is_input(deeper):
                    last = deeper
                    yield (
                        deeper,
                        [feeders[0] if _is_input(each) and feeders else each for each in inner_feeders],
                    )
            sources[id(operation)] = last or operation
        else:
            yield operation, feeders


def _is_input(operation: Any) -> bool:
    return isinstance(operation, keras.layers.InputLayer)


def _feeders(graph: Any, operation: Any, sources: dict[int, Any]) -> list[Any]:
    """Return what feeds *operation*; a layer that is called twice is fed twice."""
    known = {id(node) for level in graph._nodes_by_depth.values() for node in level}  # noqa: SLF001 - Keras has no public way to ask for connections
    parents = [
        parent.operation
        for node in operation._inbound_nodes  # noqa: SLF001 - see above
        if id(node) in known
        for parent in node.parent_nodes
    ]
    return [sources.get(id(parent), parent) for parent in parents]


def row(operation: Any, feeders: list[str]) -> Row:
    """Return one row. *operation* is a layer, or a ``keras.ops`` operation in a functional model."""
    is_layer = isinstance(operation, keras.layers.Layer)
    return {
        "name": operation.name,
        "kind": type(operation).__name__,
        "output_shape": shape_of(getattr(operation, "output", None)),
        "parameters": count(operation.weights) if is_layer else 0,
        "trainable": count(operation.trainable_weights) if is_layer else 0,
        "settings": _settings(operation),
        "inputs": feeders,
    }


def _settings(operation: Any) -> Row:
    config = keras.saving.serialize_keras_object(operation).get("config") or {}
    settings = {key: value for key, value in config.items() if key not in ("name", "dtype", "layers")}
    # Only what is out of the ordinary: every layer has a data type.
    dtype = getattr(getattr(operation, "dtype_policy", None), "name", "float32")
    return settings if dtype == "float32" else {**settings, "dtype": dtype}


def count(weights: list[Any]) -> int:
    """Return how many numbers *weights* hold, from their shapes alone."""
    return sum(math.prod(int(size) for size in weight.shape) for weight in weights)


def shape_of(tensors: Any) -> tuple[int | None, ...] | None:
    """Return the shape of one tensor, or of the first of several; ``None`` in the batch's place."""
    while isinstance(tensors, list | tuple) and tensors:
        tensors = tensors[0]
    shape = getattr(tensors, "shape", None)
    return None if shape is None else tuple(None if size is None else int(size) for size in shape)
