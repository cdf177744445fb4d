"""The referee fork: derives facts about models again, from configurations that students sent.

It runs our code only. A configuration is data from a stranger: classes outside the allow-list are
refused, and parameters and work are counted before anything is allocated.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.inside.allowed import Refused, cleaned, refuse_strangers
from grader.sandbox.inside.clock import Clock
from grader.sandbox.inside.table import layer_table
from grader.sandbox.inside.training.kept import Recent
from grader.sandbox.inside.training.trainer import Trainer
from grader.sandbox.inside.training.workload import (
    NOTHING_LEARNS,
    Unusable,
    refuse_no_classifier,
    refuse_overload,
    seeds_of,
    try_out,
)

Message = dict[str, Any]
NEXT = "Build it with keras.Sequential or keras.Model(inputs, outputs), and look at model.summary()."
#: What this fork has traced.
TRAINERS = Recent[Trainer]()
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def serve(channel: Channel) -> None:
    """Answer messages until the grader hangs up."""
    train_alike()
    clock = Clock()
    try:
        while True:
            message = channel.receive()
            with clock.limit(message["seconds"]):
                reply = reply_to(message)
            channel.send(reply)
    except ChannelClosed:
        os._exit(0)


def train_alike() -> None:
    """Have TensorFlow add up in one order only, whatever else the machine does."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()


def reply_to(message: Message) -> Message:
    """Return the derived facts, or why they were refused. What goes wrong in our own steps is ``lost``."""
    reset_keras()
    try:
        return {"value": TASKS[message["do"]](message)}
    except Refused as error:
        # The model is there, and not what was asked for: a wrong answer, not a broken one.
        return {"refused": "returned", "reason": str(error)}
    except Unusable as error:
        return {"refused": "raised", "reason": str(error)}
    except (MemoryError, RecursionError) as error:
        return {"refused": "out_of_memory", "reason": f"{type(error).__name__} while the model was rebuilt"}
    except Exception as error:  # noqa: BLE001 - Keras raises many kinds; what a model causes was caught nearer to it
        memory = type(error).__name__ == "ResourceExhaustedError"
        return {"refused": "out_of_memory" if memory else "lost", "reason": said(error)}
    finally:
        keras.utils.clear_session(free_memory=False)


def reset_keras() -> None:
    """Put Keras's global settings back: whatever one model may have done, the next one starts the same."""
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")


def said(error: BaseException) -> str:
    """Return what Keras said, at its deepest: it wraps one error into the next, configuration and all."""
    text = " ".join(COLOURS.sub("", str(error)).split())
    text = text.rpartition("Exception encountered: ")[2].rstrip(".")
    return f"{type(error).__name__}: {text[:400]}"


def count(message: Message) -> Message:
    """Return the layer table of ``config``. Nothing is allocated."""
    with keras.StatelessScope(initialize_variables=False):
        return _table_of(rebuild(message["config"], message.get("input_shape")))


def _table_of(model: keras.Model) -> Message:
    """Return *model*'s layer table; raise ``Unusable`` for a model that Keras cannot describe either."""
    try:
        return layer_table(model)
    except (Refused, MemoryError, RecursionError):
        raise
    except Exception as error:
        try:
            model.summary(print_fn=lambda *_lines, **_more: None)
        except Exception as theirs:  # noqa: BLE001 - whatever Keras raises here, it raises for this model
            raise Unusable(f"Keras cannot describe this model: {said(theirs)}") from error
        if any(isinstance(each, keras.Sequential) and each._functional is None for each in _models(model)):  # noqa: SLF001 - a Sequential that Keras could not connect
            raise Unusable("a Sequential model in it is not connected: Keras finds no shapes") from error
        raise


def _models(model: keras.Model) -> list[keras.Model]:
    return [model, *(each for each in model._flatten_layers() if isinstance(each, keras.Model))]  # noqa: SLF001 - as Keras walks its layers itself


def rehearse(message: Message) -> Message:
    """Train ``config`` as ``recipe`` says, for each arm and seed; with ``signs``, tell what its units do.

    A model over its budget is refused before anything is built. ``plain`` is the configuration without its
    layers' names, and ``architecture`` its digest, or empty: models of one share what was traced once.
    """
    key = (message["architecture"], repr(sorted(message["recipe"].items())), str(message.get("input_shape")))
    kept, bounds = TRAINERS.find(key) if message["architecture"] else None, _bounds(message)
    if kept is None or bounds not in kept.suits:
        refuse_unsuitable(message)
    trainer, told = _trained(kept, message)
    trainer.suits.add(bounds)
    if message["architecture"]:
        TRAINERS.keep(key, trainer)
    return told


def _bounds(message: Message) -> tuple[int, ...]:
    """Return what a refusal depends on besides the model: another question may ask for less, or more work."""
    runs, labels = seeds_of(message) * len(message["arms"]), message["labels"]
    sizes = (number for part in sorted(labels) for number in (len(labels[part]), int(labels[part].max())))
    return (message["parameters_at_most"], runs, *sizes)


def refuse_unsuitable(message: Message) -> None:
    """Raise ``Refused`` or ``Unusable`` for a model that is not trained as *message* asks."""
    with keras.StatelessScope(initialize_variables=False):
        model = rebuild(message["config"], message.get("input_shape"))
        table, most = _table_of(model), message["parameters_at_most"]
        if table["parameters"] > most:
            raise Refused(f"the model has {table['parameters']:,} parameters; at most {most:,} are trained")
        refuse_no_classifier(model, message["labels"])
        if not table["trainable"]:
            raise Refused(NOTHING_LEARNS)
        refuse_overload(table["rows"], message)
    keras.utils.clear_session(free_memory=False)


def _trained(kept: Trainer | None, message: Message) -> tuple[Trainer, Message]:
    def make_model() -> keras.Model:
        return rebuild(message["config"], message.get("input_shape"))

    def make_plain() -> keras.Model:
        # TensorFlow takes not every name into a graph, so the same model could train or not by its names.
        return rebuild(message.get("plain") or message["config"], message.get("input_shape"))

    try:
        trainer = kept or Trainer(make_plain, message["recipe"], message["seeds"][0])
        if message.get("signs"):
            return trainer, {"runs": [], "signs": list(trainer.signs(message))}
        return trainer, {"runs": list(trainer.runs(message)), "signs": []}
    except Exception as error:
        if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
            raise
        # One step in the plainest way, to see whose doing it is: what fails here too fails in model.fit.
        try_out(make_model, message, said)
        raise


def rebuild(config: Mapping[str, Any], input_shape: list[int] | None) -> keras.Model:
    """Return the model that *config* describes, built. *input_shape* has no batch dimension.

    Raises ``Refused`` for strangers, ``Unusable`` for what Keras itself makes no model of.
    """
    # A copy: Keras takes a functional model's configuration apart as it reads it, and it is read again.
    own = cleaned(config)
    refuse_strangers(own)
    try:
        restored = keras.saving.deserialize_keras_object(own, safe_mode=True)
        _build(restored, input_shape)
    except (Refused, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise Unusable(
            f"Keras cannot rebuild the model from its configuration: {said(error)}. {NEXT}"
        ) from error
    return restored


def _build(restored: Any, input_shape: list[int] | None) -> None:
    if not isinstance(restored, keras.Model):
        raise Refused(f"a Keras model was expected, found {type(restored).__name__}")
    if not restored.built:
        if input_shape is None:
            raise Refused("the model does not know its input shape: begin it with keras.Input(shape=...)")
        restored.build((None, *input_shape))


TASKS = {"table": count, "train": rehearse}
