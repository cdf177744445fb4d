"""Trains every case with the referee's trainer and with ``model.fit``, in a process of its own.

``python -m tests.sandbox.against_fit`` imports TensorFlow once and prints, as JSON, how far both ways end
from each other. The test process must not import TensorFlow.
"""

import json
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from grader.recipe import Recipe
from grader.sandbox.inside import referee
from grader.sandbox.inside.training import graph, trainer
from tests.sandbox.fit_cases import BATCH, CASES, EPOCHS, RATE, ROWS, WRONG, Case

SEED = 7
OURS = trainer.batch_order


def data() -> tuple[Any, Any]:
    """Return rows (50, 6, 6, 1) and labels of three unequal classes, hard to tell apart."""
    numbers = np.random.default_rng(0)
    labels = numbers.permutation(np.repeat([0, 1, 2], [30, 14, 6]))
    inputs = numbers.normal(0, 1, (ROWS, 6, 6, 1)) + labels[:, None, None, None] / 4
    return inputs.astype("float32"), labels


def as_it_stands(rows: int, epochs: int, _seed: int) -> Any:
    """Return an order of rows in which nothing is shuffled."""
    return np.tile(np.arange(rows, dtype="int32"), (epochs, 1))


def fresh(case: Case) -> Any:
    """Return the model that Keras makes after it was given the seed."""
    keras.utils.set_random_seed(SEED)
    return case.make(keras)


def rebuilt(case: Case) -> Any:
    """Return how to make the model from its configuration, as the referee gets it."""
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(fresh(case))))
    return lambda: referee.rebuild(config, [6, 6, 1])


def ours(case: Case) -> tuple[list[Any], list[float], list[float]]:
    """Return weights, losses and test accuracies of our trainer."""
    trainer.batch_order = OURS if case.shuffled else as_it_stands
    asked = {"learning_rate": RATE, "epochs": EPOCHS, "batch_size": BATCH, **case.recipe}
    inputs, labels = data()
    one = trainer.Trainer(rebuilt(case), Recipe(**asked).model_dump(), SEED)
    part = {"train": inputs, "test": inputs[:20]}
    told = {"train": labels, "test": labels[:20]}
    (run,) = one.runs({"seeds": [SEED], "arms": {"raw": part}, "labels": told})
    return [np.asarray(weight) for weight in one.model.weights], run["losses"], run["accuracies"]


def started(case: Case) -> list[Any]:
    """Return the weights of a model that was rebuilt after Keras was given the seed."""
    make = rebuilt(case)
    keras.utils.set_random_seed(SEED)
    return [np.asarray(weight) for weight in make().weights]


def theirs(case: Case) -> tuple[list[Any], list[float], list[float]]:
    """Return weights, losses and validation accuracies of ``model.fit``, not shuffled."""
    model = fresh(case)
    model.set_weights(started(case))
    ends = type(model.layers[-1]).__name__ == "Dense" and model.layers[-1].activation.__name__ != "softmax"
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=ends)
    model.compile(optimizer=case.optimizer(keras), loss=loss, metrics=["accuracy"])
    inputs, labels = data()
    test = {} if "validation_split" in case.fit else {"validation_data": (inputs[:20], labels[:20])}
    given = {"epochs": case.recipe.get("epochs", EPOCHS), "batch_size": BATCH, **test, **case.fit}
    if case.callback is not None:
        given["callbacks"] = [case.callback(keras)]
    losses, accuracies = [], []
    for rows in _orders(case, given):
        history = model.fit(inputs[rows], labels[rows], shuffle=False, verbose=0, **given).history
        losses += history["loss"]
        accuracies += history["val_accuracy"] if test else []
    return [np.asarray(weight) for weight in model.weights], losses, accuracies


def _orders(case: Case, given: dict[str, Any]) -> list[Any]:
    """Return the order of rows for each call of ``fit``: one, or one an epoch."""
    if not case.shuffled:
        return [np.arange(ROWS)]
    epochs, given["epochs"] = given["epochs"], 1
    return list(OURS(ROWS, epochs, SEED))


def compare(case: Case) -> dict[str, Any]:
    """Return the largest difference of any weight, and both ways' curves."""
    (here, losses, accuracies), (there, their_losses, their_accuracies) = ours(case), theirs(case)
    start = started(case)
    differs = _furthest(start, [np.asarray(weight) for weight in fresh(case).weights])
    keras.utils.clear_session()
    return {
        "start": differs,
        "moved": _furthest(here, start),
        "weights": _furthest(here, there),
        "losses": [losses, their_losses],
        "accuracies": [accuracies, their_accuracies],
    }


def validation_losses() -> list[float]:
    """Return our validation loss, Keras's, and one as in training, which BatchNormalization makes another."""
    model = fresh(CASES["batch normalization"])
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    inputs, labels = data()
    rows = graph.Rows(tf.constant(inputs), tf.constant(labels))
    here = tf.function(lambda: graph.validation_loss(model, rows, BATCH), autograph=False)()
    there = model.evaluate(inputs, labels, batch_size=BATCH, verbose=0)
    guessed = model(inputs, training=True)
    while_training = keras.losses.sparse_categorical_crossentropy(labels, guessed)
    return [float(here), there, float(np.mean(while_training))]


def _furthest(here: list[Any], there: list[Any]) -> float:
    return max(float(np.abs(one - other).max()) for one, other in zip(here, there, strict=True))


if __name__ == "__main__":
    referee.train_alike()
    compared = {name: compare(case) for name, case in {**CASES, **WRONG}.items()}
    json.dump({"cases": compared, "validation": validation_losses()}, sys.stdout)
