"""Trains a rebuilt model, every arm and seed in one traced function.

``model.fit`` traces anew for each model and calls back into Python for each batch. The loop here is
written by hand on the model's own ``compute_loss`` and ``optimizer.apply``, the steps that Keras's
``train_step`` takes too (without metrics and loss scaling), in a fraction of the time. Arms of one seed
start from the same weights and see the same batches, so that they differ in their inputs alone.
"""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Message = dict[str, Any]
OPTIMIZERS: dict[str, Callable[[Message], Any]] = {
    "adam": lambda recipe: keras.optimizers.Adam(recipe["learning_rate"]),
    "rmsprop": lambda recipe: keras.optimizers.RMSprop(recipe["learning_rate"]),
    "sgd": lambda recipe: keras.optimizers.SGD(recipe["learning_rate"], momentum=recipe["momentum"]),
}


# What may stand after a softmax and leaves probabilities what they are: it moves, drops or averages them.
KEEPS_PROBABILITIES = frozenset({
    "InputLayer", "Reshape", "Flatten", "Permute", "Identity", "Dropout", "ActivityRegularization",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
    "Squeeze", "ExpandDims", "Transpose", "Cast",
})  # fmt: skip


def train(make_model: Callable[[], keras.Model], message: Message) -> list[Message]:
    """Return one run for each arm and seed of *message*.

    ``arms`` maps names to ``{"train": float array (n, ...), "test": float array (m, ...)}``; ``labels``
    holds integer arrays ``train`` (n,) and ``test`` (m,).
    """
    recipe, labels = message["recipe"], message["labels"]
    model = make_model()
    model.compile(optimizer=OPTIMIZERS[recipe["optimizer"]](recipe), loss=_loss(model))
    model.optimizer.build(model.trainable_variables)
    epoch = _traced_epoch(model)
    blank = [np.asarray(variable) for variable in model.optimizer.variables]
    runs = []
    for seed in message["seeds"]:
        start = _initial_state(make_model, seed)
        order = _batches(len(labels["train"]), recipe, seed)
        for arm, inputs in message["arms"].items():
            _restore(model, start, blank)
            runs.append({"arm": arm, "seed": seed, **_run(epoch, inputs, labels, order)})
    return runs


def _loss(model: keras.Model) -> keras.losses.Loss:
    """Cross-entropy on integer labels; on logits when the model ends without a softmax or sigmoid."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=not _ends_in_probabilities(model))


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


def _initial_state(make_model: Callable[[], keras.Model], seed: int) -> list[Any]:
    keras.utils.set_random_seed(seed)
    return [np.asarray(variable) for variable in make_model().variables]


def _batches(examples: int, recipe: Message, seed: int) -> Any:
    """Return shuffled indices, shape ``(epochs, steps, batch_size)``, without an epoch's odd remainder."""
    size = min(recipe["batch_size"], examples)
    steps = examples // size
    shuffle = np.random.default_rng(seed)
    return np.stack(
        [shuffle.permutation(examples)[: steps * size].reshape(steps, size) for _ in range(recipe["epochs"])]
    )


def _restore(model: keras.Model, start: list[Any], blank: list[Any]) -> None:
    for variable, value in zip(model.variables, start, strict=True):
        variable.assign(value)
    for variable, value in zip(model.optimizer.variables, blank, strict=True):
        variable.assign(value)


def _traced_epoch(model: keras.Model) -> Callable[..., Any]:
    def epoch(inputs: Any, labels: Any, order: Any, test_inputs: Any) -> Any:
        total = tf.constant(0.0)
        for step in tf.range(tf.shape(order)[0]):
            chosen = order[step]
            x, y = tf.gather(inputs, chosen), tf.gather(labels, chosen)
            with tf.GradientTape() as tape:
                loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), training=True)
            gradients = tape.gradient(loss, model.trainable_variables)
            model.optimizer.apply(gradients, model.trainable_variables)
            total += tf.cast(loss, tf.float32)
        steps = tf.cast(tf.shape(order)[0], tf.float32)
        return total / steps, tf.argmax(model(test_inputs, training=False), axis=-1)

    traced: Callable[..., Any] = tf.function(epoch, reduce_retracing=True)
    return traced


def _run(epoch: Callable[..., Any], inputs: Message, labels: Message, order: Any) -> Message:
    train_inputs, test_inputs = (
        tf.constant(np.asarray(inputs[part], "float32")) for part in ("train", "test")
    )
    train_labels, test_labels = tf.constant(labels["train"]), np.asarray(labels["test"])
    losses, accuracies = [], []
    for batches in order:
        loss, guessed = epoch(train_inputs, train_labels, tf.constant(batches), test_inputs)
        losses.append(float(loss))
        accuracies.append(float(np.mean(np.asarray(guessed) == test_labels)))
    return {"accuracy": accuracies[-1], "losses": losses, "accuracies": accuracies}
