"""What is minimised: cross-entropy on integer labels, from probabilities or from logits."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

# What may stand after a softmax and leaves probabilities what they are: it moves, drops or averages them.
KEEPS_PROBABILITIES = frozenset({
    "InputLayer", "Reshape", "Flatten", "Permute", "Identity", "Dropout", "ActivityRegularization",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
    "Squeeze", "ExpandDims", "Transpose", "Cast",
})  # fmt: skip


def loss_of(model: keras.Model) -> keras.losses.Loss:
    """Return cross-entropy on integer labels; on logits when the model ends without a softmax or sigmoid."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=not _ends_in_probabilities(model))


def weights_of(labels: Any, recipe: Mapping[str, Any]) -> Any:
    """Return one weight a row, float32 (rows,), or ``None`` when all classes count alike.

    As ``class_weight`` in ``model.fit``; ``balanced`` as in scikit-learn's ``compute_class_weight``. A class
    that the list leaves out weighs 1, as in Keras.
    """
    asked = recipe.get("class_weight")
    if asked is None:
        return None
    counts = np.bincount(labels)
    if asked == "balanced":
        by_class = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    else:
        by_class = np.ones(max(len(counts), len(asked)))
        by_class[: len(asked)] = asked
    return by_class[labels].astype("float32")


def _ends_in_probabilities(model: keras.Model) -> bool:
    for operation in _backwards(model.outputs[0]):
        kind = type(operation).__name__
        activation = getattr(operation, "activation", None)
        name = kind if activation is None else getattr(activation, "__name__", type(activation).__name__)
        if kind not in KEEPS_PROBABILITIES and (kind, name) != ("Activation", "linear"):
            return name.lower() in ("softmax", "sigmoid")
    return False


def _backwards(tensor: Any) -> Iterator[Any]:
    """Yield the operations behind *tensor*, the last first, up to one that has several inputs or none."""
    while True:
        operation, node, index = tensor._keras_history  # noqa: SLF001 - Keras has no public way to ask
        if isinstance(operation, keras.Model):
            yield from _backwards(operation.outputs[index])
        else:
            yield operation
        feeders = operation._inbound_nodes[node].input_tensors  # noqa: SLF001 - see above
        if len(feeders) != 1:
            return
        tensor = feeders[0]
