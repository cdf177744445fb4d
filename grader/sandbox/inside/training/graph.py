"""A whole training as one traced function: epochs and steps loop inside, around Keras's ``train_step``.

``model.fit`` traces one step, calls it from Python for each batch, and moves data and callbacks between.
Here nothing comes back to Python until the last epoch is done. The steps are those of ``fit``: the model's
own ``train_step`` on the same batches, the last one smaller; the loss is Keras's tracker, reset each epoch.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from grader.sandbox.inside.training.stopping import Stopper


class Rows(NamedTuple):
    """Inputs (rows, ...) float32, labels (rows,) integers, and weights (rows,) float32 or ``None``."""

    inputs: Any
    labels: Any
    weights: Any = None

    def batch(self, chosen: Any) -> tuple[Any, ...]:
        """Return the *chosen* rows as ``train_step`` takes them."""
        parts = (self.inputs, self.labels) if self.weights is None else tuple(self)
        return tuple(tf.gather(part, chosen) for part in parts)


class Curves(NamedTuple):
    """Training loss and test accuracy, one number an epoch; ``epochs`` counts those that were trained."""

    losses: Any
    accuracies: Any
    epochs: Any
    final_accuracy: Any
    train_accuracy: Any


def traced_training(model: keras.Model, batch_size: int, stopper: Stopper) -> Callable[..., Curves]:
    """Return ``training(train, validation, test, order)`` of the compiled, built *model*.

    ``order`` holds row numbers, int32 (epochs, rows). It changes the model's weights.
    """

    def training(train: Rows, validation: Rows | None, test: Rows, order: Any) -> Curves:
        epochs, accuracy = tf.shape(order)[0], _accuracy_of(model, train)

        def more(epoch: Any, _losses: Any, _accuracies: Any, waiting: Any) -> Any:
            return (epoch < epochs) & ~waiting.stopped

        def one(epoch: Any, losses: Any, accuracies: Any, waiting: Any) -> tuple[Any, ...]:
            loss = _epoch(model, train, order[epoch], batch_size)
            monitored = loss
            if stopper.watches_validation:
                monitored = validation_loss(model, validation, batch_size)
            return (
                epoch + 1,
                losses.write(epoch, loss),
                accuracies.write(epoch, accuracy(test)),
                stopper.after(epoch, monitored, waiting),
            )

        begin = (tf.constant(0), _column(epochs), _column(epochs), stopper.begin())
        trained, losses, accuracies, _waiting = tf.while_loop(more, one, begin, parallel_iterations=1)
        stopper.restore()
        curve = accuracies.stack()
        final = accuracy(test) if stopper.restores else curve[trained - 1]
        return Curves(losses.stack(), curve, trained, final, accuracy(train))

    traced: Callable[..., Curves] = tf.function(training, autograph=False, reduce_retracing=True)
    return traced


def _column(epochs: Any) -> Any:
    return tf.TensorArray(tf.float32, size=epochs, element_shape=[])


def _epoch(model: keras.Model, train: Rows, order: Any, size: int) -> Any:
    """Take one step for each batch; return the loss that ``fit`` would show."""
    return _walk(model, lambda start: model.train_step(train.batch(order[start : start + size])), order, size)


def validation_loss(model: keras.Model, rows: Rows | None, size: int) -> Any:
    """Return what ``fit`` shows as ``val_loss``: in its batches, so that not even the last bit differs.

    Early stopping compares such numbers, and a last bit may decide in which epoch it stops.
    The rows count alike: ``fit`` does not apply ``class_weight`` to a validation part either.
    """
    if rows is None:
        raise ValueError("a validation loss without validation rows")
    order = tf.range(tf.shape(rows.labels)[0])
    return _walk(model, lambda start: model.test_step(rows.batch(order[start : start + size])), order, size)


def _walk(model: keras.Model, step: Callable[[Any], Any], order: Any, size: int) -> Any:
    """Take *step* from each start of a batch in *order*; return the mean loss that Keras kept of them.

    The last batch has the rows that are left, however few, and each row has the same part in the mean.
    """
    model.reset_metrics()
    rows = tf.shape(order)[0]

    def one(start: Any) -> tuple[Any]:
        step(start)
        return (start + size,)

    tf.while_loop(lambda start: start < rows, one, (tf.constant(0),), parallel_iterations=1)
    return tf.cast(model.get_metrics_result()["loss"], tf.float32)


def _accuracy_of(model: keras.Model, like: Rows) -> Callable[[Rows], Any]:
    """Return the share of rows whose largest output is their label's, as a function that is traced once."""
    shape, kind = like.inputs.shape[1:], like.labels.dtype

    def accuracy(inputs: Any, labels: Any) -> Any:
        guessed = tf.argmax(model(inputs, training=False), axis=-1, output_type=kind)
        return tf.reduce_mean(tf.cast(tf.equal(guessed, labels), tf.float32))

    signature = [tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None,), kind)]
    traced = tf.function(accuracy, autograph=False, input_signature=signature)
    return lambda rows: traced(rows.inputs, rows.labels)
