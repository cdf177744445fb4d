"""``keras.callbacks.EarlyStopping`` as part of the traced training, decision by decision the same."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf


class Waiting(NamedTuple):
    """What early stopping remembers: epochs without improvement, the best loss, whether to stop."""

    epochs: Any
    best: Any
    stopped: Any


class Stopper:
    """Decides after each epoch. Without settings it never stops."""

    def __init__(self, model: keras.Model, settings: Mapping[str, Any] | None) -> None:
        """Keep room for the best weights, where they are to be restored."""
        self.settings = settings
        #: Whether the weights at the end may be others than those of the last epoch.
        self.restores = settings is not None and bool(settings["restore_best_weights"])
        self._weights = [weight.value for weight in model.weights] if self.restores else []
        self._best = [tf.Variable(weight) for weight in self._weights]

    @property
    def watches_validation(self) -> bool:
        """Whether the validation loss is needed."""
        return self.settings is not None and self.settings["monitor"] == "val_loss"

    def begin(self) -> Waiting:
        """Return the state before the first epoch."""
        return Waiting(tf.constant(0), tf.constant(float("inf")), tf.constant(False))

    def after(self, epoch: Any, monitored: Any, waiting: Waiting) -> Waiting:
        """Return the state after *epoch*, counted from 0."""
        if self.settings is None:
            return waiting
        first = tf.equal(epoch, 0)
        # Added in float64 and compared in float32, as the callback does with Python's numbers.
        needed = tf.cast(tf.cast(monitored, tf.float64) + self.settings["min_delta"], tf.float32)
        # The first is the best so far whatever it is; nothing is better than NaN.
        improved = (needed < waiting.best) | first
        tf.cond(improved, lambda: self._copy(self._weights, self._best), tf.no_op)
        epochs = tf.where(improved, 0, waiting.epochs + 1)
        stopped = ~improved & ~first & (epochs >= self.settings["patience"])
        return Waiting(epochs, tf.where(improved, monitored, waiting.best), stopped)

    def restore(self) -> None:
        """Put the best weights back, where that was asked for."""
        self._copy(self._best, self._weights)

    @staticmethod
    def _copy(source: list[Any], target: list[Any]) -> Any:
        return tf.group(*[to.assign(one) for one, to in zip(source, target, strict=True)])
