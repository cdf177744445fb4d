"""Trains a rebuilt model: all arms and seeds of one architecture through one traced function.

Arms of one seed start from the same weights and see the same batches, so that they differ in their inputs
alone. Weights, states (BatchNormalization's, Dropout's) and the optimizer's slots are put back between runs.
Tracing costs more than training a small model, so a trainer is kept for the next one of its architecture.
"""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from grader.sandbox.inside.training.graph import Curves, Rows, traced_training
from grader.sandbox.inside.training.objective import loss_of, weights_of
from grader.sandbox.inside.training.optimizing import optimizer_of
from grader.sandbox.inside.training.signs import Sign, signs_of
from grader.sandbox.inside.training.stopping import Stopper

Message = dict[str, Any]
Make = Callable[[], keras.Model]
#: Start weights kept of an architecture, in numbers: 16 MiB.
STARTS = 2**22


class Trainer:
    """One architecture under one recipe. For one thread at a time."""

    def __init__(self, make_model: Make, recipe: Message, seed: int) -> None:
        """Compile the model that *make_model* makes, and get its optimizer and metrics ready for a trace.

        *seed* is the one that is trained first: the model is made with it, and need not be made again.
        """
        self._make, self._recipe = make_model, recipe
        self.model, start = self._new(seed)
        self.model.compile(optimizer=optimizer_of(recipe), loss=loss_of(self.model), jit_compile=False)
        self.model.optimizer.build(self.model.trainable_variables)
        stopper = Stopper(self.model, recipe.get("early_stopping"))
        self._training = traced_training(self.model, recipe["batch_size"], stopper)
        self._blank = [np.asarray(variable) for variable in self.model.optimizer.variables]
        self._starts = {seed: start}
        #: For which bounds the referee found the model suitable.
        self.suits: set[tuple[int, ...]] = set()

    def runs(self, message: Message) -> Iterator[Message]:
        """Yield one run for each seed and arm of *message*: arms are of ``train`` and ``test`` rows."""
        for seed in message["seeds"]:
            for arm, inputs in message["arms"].items():
                yield {"arm": arm, "seed": seed, **self._run(inputs, message["labels"], seed)}

    def signs(self, message: Message) -> Iterator[Sign]:
        """Yield what the units of each arm do before and after training, for the first seed."""
        seed = message["seeds"][0]
        for arm, inputs in message["arms"].items():
            rows = _float32(inputs["train"])
            self._restore(seed)
            before = signs_of(self.model, rows)
            self._run(inputs, message["labels"], seed)
            for sign, after in zip(before, signs_of(self.model, rows), strict=True):
                yield {**sign, "arm": arm, "start": sign["share"], "end": after["share"]}

    def _run(self, inputs: Message, labels: Message, seed: int) -> Message:
        self._restore(seed)
        train, validation = self._parts(_float32(inputs["train"]), np.asarray(labels["train"]))
        test = Rows(tf.constant(_float32(inputs["test"])), tf.constant(labels["test"]))
        order = batch_order(len(train.labels), self._recipe["epochs"], seed)
        curves: Curves = self._training(train, validation, test, tf.constant(order))
        epochs = int(curves.epochs)
        return {
            "accuracy": float(curves.final_accuracy),
            "train_accuracy": float(curves.train_accuracy),
            "losses": [float(loss) for loss in curves.losses[:epochs]],
            "accuracies": [float(accuracy) for accuracy in curves.accuracies[:epochs]],
        }

    def _parts(self, inputs: Any, labels: Any) -> tuple[Rows, Rows | None]:
        """Split off the validation part as ``model.fit`` does: the end, before anything is shuffled.

        Class weights are of all labels, as they are when they are worked out before ``fit`` is called.
        """
        held = self._recipe.get("validation_split") or 0.0
        kept = int(len(labels) * (1.0 - held)) if held else len(labels)
        weights = weights_of(labels, self._recipe)
        train = Rows(
            tf.constant(inputs[:kept]),
            tf.constant(labels[:kept]),
            None if weights is None else tf.constant(weights[:kept]),
        )
        if not held:
            return train, None
        return train, Rows(tf.constant(inputs[kept:]), tf.constant(labels[kept:]))

    def _restore(self, seed: int) -> None:
        for variable, value in zip(self.model.variables, self._start(seed), strict=True):
            variable.assign(value)
        for variable, value in zip(self.model.optimizer.variables, self._blank, strict=True):
            variable.assign(value)

    def _start(self, seed: int) -> list[Any]:
        """Return the state that ``keras.utils.set_random_seed(seed)`` gives a new model."""
        if seed not in self._starts:
            _model, state = self._new(seed)
            if sum(map(np.size, state)) * (len(self._starts) + 1) > STARTS:
                self._starts.clear()
            self._starts[seed] = state
        return self._starts[seed]

    def _new(self, seed: int) -> tuple[keras.Model, list[Any]]:
        keras.utils.set_random_seed(seed)
        model = self._make()
        return model, [np.asarray(variable) for variable in model.variables]


def batch_order(rows: int, epochs: int, seed: int) -> Any:
    """Return the order of rows in each epoch, int32 (epochs, rows): the same for every arm of *seed*.

    Each epoch has another order, as Keras documents ``shuffle``. ``fit`` after ``set_random_seed`` repeats
    one order in every epoch, since its seeded shuffle begins anew; without a seed it does as is done here.
    """
    shuffle = np.random.default_rng(seed)
    return np.stack([shuffle.permutation(rows) for _ in range(epochs)]).astype("int32")


def _float32(array: Any) -> Any:
    return np.asarray(array, "float32")
