"""Whether a rebuilt model can be trained: what it gives, how much work it is, and whose fault a failure."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from grader.sandbox.inside.bounded import Refused
from grader.sandbox.inside.table import shape_of
from grader.sandbox.inside.training.objective import loss_of

Message = dict[str, Any]
#: Of a pass over all test rows at once, in bytes; the fork has 2 GiB.
MAX_ACTIVATIONS = 2**30
#: Multiply-adds of all trainings together: about a minute and a half on two cores.
MAX_WORK = 10**12
#: In the names of layers that work through time.
RECURRENT = ("RNN", "LSTM", "GRU", "Bidirectional", "TimeDistributed")
#: Time steps of recurrent layers, one after the other, of all batches together: a minute or two.
MAX_SERIAL = 4 * 10**5
#: A step back costs about twice a step forward.
STEP_COST = 3


NOTHING_LEARNS = (
    "nothing in the model learns: no trainable weight leads to its output; expected one. "
    "Look for trainable=False, and for layers that are not connected."
)


class Unusable(Exception):
    """Keras raises where the student's model runs; the message tells what, and what to do."""


def refuse_no_classifier(model: keras.Model, labels: Message) -> None:
    """Raise ``Refused`` unless *model* has one input, and one output with a number for each class."""
    classes = 1 + max(int(part.max()) for part in labels.values())
    expected = f"expected one output of shape (None, {classes}), one number for each class"
    inputs, outputs = getattr(model, "inputs", None) or [], getattr(model, "outputs", None) or []
    if len(inputs) != 1:
        raise Refused(f"found a model with {len(inputs)} inputs, expected one input")
    shapes = [shape_of(output) or () for output in outputs]
    if len(shapes) != 1:
        raise Refused(f"found {len(shapes)} outputs of shapes {', '.join(map(str, shapes))}; {expected}")
    (shape,) = shapes
    # More outputs than classes are as good: those that no label names are never right.
    if len(shape) != 2 or shape[1] is None or shape[1] < classes:
        raise Refused(f"found one output of shape {shape}, {expected}")


def refuse_overload(rows: list[Message], message: Message) -> None:
    """Raise ``Refused`` for a model whose training would take too much memory or time, before it has any."""
    examples = {part: len(labels) for part, labels in message["labels"].items()}
    recipe, runs = message["recipe"], seeds_of(message) * len(message["arms"])
    numbers = sum(_size(row["output_shape"]) for row in rows)
    needed = 4 * numbers * max(examples["test"], STEP_COST * recipe["batch_size"])
    if needed > MAX_ACTIVATIONS:
        raise Refused(
            f"the layers give {numbers:,} numbers for each example, too many to train with; expected at most "
            f"{MAX_ACTIVATIONS * numbers // needed:,}. "
            "Follow the output shapes down model.summary()."
        )
    steps = _steps(rows)
    serial = sum(times for before, row in pairwise([rows[0], *rows]) if (times := _repeats(before, row)) > 1)
    batches = runs * recipe["epochs"] * -(-examples["train"] // recipe["batch_size"])
    if serial * batches > MAX_SERIAL:
        raise Refused(
            f"recurrent layers take {serial:,} time steps, too many to train with; expected at most "
            f"{MAX_SERIAL // batches:,}. Shorten the sequence before them."
        )
    work = work_of(rows, message)
    if work > MAX_WORK:
        raise Refused(
            f"the model takes {steps:,} multiplications for each example, too many to train with; expected "
            f"at most {MAX_WORK * steps // work:,}. Use fewer filters or units, or pool earlier."
        )


def work_of(rows: list[Message], message: Message) -> int:
    """Return about how many multiply-adds all trainings that *message* asks for take together."""
    examples = {part: len(labels) for part, labels in message["labels"].items()}
    runs = seeds_of(message) * len(message["arms"])
    passes = message["recipe"]["epochs"] * (STEP_COST * examples["train"] + examples["test"])
    return int(_steps(rows) * runs * passes)


def _steps(rows: list[Message]) -> int:
    """Return about how many multiply-adds the layers do for one example."""
    return sum(_multiplications(row) * _repeats(before, row) for before, row in pairwise([rows[0], *rows]))


def seeds_of(message: Message) -> int:
    """Return how many seeds may be asked for, not only in this lot: who is let in is trained to the end."""
    return max(int(message.get("seeds_at_most", 0)), len(message["seeds"]))


def _size(shape: Any) -> int:
    return math.prod(size or 1 for size in (shape or ())[1:])


def _repeats(before: Message, row: Message) -> int:
    """Return how often a layer works on what the layer *before* it gives: recurrent ones once a time step."""
    shape: Sequence[int | None] = before["output_shape"] or ()
    is_recurrent = any(kind in row["kind"] for kind in RECURRENT)
    return int(shape[1] or 1) if is_recurrent and len(shape) > 2 else 1


def _multiplications(row: Message) -> int:
    """Return about how often the layer multiplies for one example: each weight at each place it stands."""
    places = _size((row["output_shape"] or ())[:-1])
    return int(row["parameters"]) * places + _size(row["output_shape"])


def try_out(
    make_model: Callable[[], keras.Model], message: Message, said: Callable[[Exception], str]
) -> None:
    """Take steps of gradient descent; raise ``Unusable`` or ``Refused`` when the model is at fault."""
    model, size = make_model(), message["recipe"]["batch_size"]
    for inputs in message["arms"].values():
        x, test = (np.asarray(inputs[part], "float32") for part in ("train", "test"))
        _run_once(model, x[:size], test, said)
    # Ours, and outside: a mistake in it must not look like the student's.
    model.compile(optimizer="sgd", loss=loss_of(model))
    try:
        model.train_on_batch(x[:size], np.asarray(message["labels"]["train"][:size]))
    except Exception as error:
        raise Unusable(
            f"Keras cannot train the model: {said(error)}. Try model.fit on a few rows."
        ) from error


def _run_once(model: keras.Model, batch: Any, test: Any, said: Callable[[Exception], str]) -> None:
    """Run *model* forwards and backwards, in the plainest way."""
    x = tf.constant(batch)
    try:
        with tf.GradientTape() as tape:
            given = model(x, training=True)
            total = tf.reduce_sum(tf.cast(given, tf.float32))
        gradients = tape.gradient(total, model.trainable_variables)
        rows = [(len(batch), len(given)), (len(test), len(model(tf.constant(test), training=False)))]
    except Exception as error:
        raise Unusable(
            f"Keras cannot run the model on inputs of shape {tuple(x.shape)}: {said(error)}. "
            "Try model.predict on such an array."
        ) from error
    if all(gradient is None for gradient in gradients):
        raise Refused(NOTHING_LEARNS)
    for wanted, found in rows:
        if found != wanted:
            raise Refused(
                f"the model gives {found} rows for {wanted} examples; expected one for each. "
                "Look for an operation that mixes the examples of a batch, such as a reshape."
            )
