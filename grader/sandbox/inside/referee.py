"""The referee fork: derives facts about models again, from configurations that students sent.

It runs our code only. A configuration is data from a stranger: classes outside the allow-list are
refused, and parameters are counted before anything is allocated.
"""

import copy
import os
from collections.abc import Mapping
from typing import Any

import keras

from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.inside.allowed import Refused, refuse_strangers, rename_activations
from grader.sandbox.inside.table import layer_table, shape_of
from grader.sandbox.inside.trainer import train

Message = dict[str, Any]


def serve(channel: Channel) -> None:
    """Answer messages until the grader hangs up."""
    try:
        while True:
            channel.send(reply_to(channel.receive()))
    except ChannelClosed:
        os._exit(0)


def reply_to(message: Message) -> Message:
    """Return the derived facts, or why they were refused."""
    reset_keras()
    try:
        refuse_strangers(message["config"])
        return {"value": TASKS[message["do"]](message)}
    except Refused as error:
        # The model is there, and not what was asked for: a wrong answer, not a broken one.
        return {"refused": "returned", "reason": str(error)}
    except (MemoryError, RecursionError) as error:
        return {"refused": "out_of_memory", "reason": f"{type(error).__name__} while the model was rebuilt"}
    except Exception as error:  # noqa: BLE001 - Keras raises many kinds for configurations that make no model
        memory = type(error).__name__ == "ResourceExhaustedError"
        return {"refused": "out_of_memory" if memory else "raised", "reason": _first_lines(error)}
    finally:
        keras.utils.clear_session(free_memory=False)


def reset_keras() -> None:
    """Put Keras's global settings back: whatever one model may have done, the next one starts the same."""
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")


def _first_lines(error: Exception) -> str:
    return f"{type(error).__name__}: " + " ".join(str(error).split())[:400]


def count(message: Message) -> Message:
    """Return the layer table of ``config``. Nothing is allocated."""
    with keras.StatelessScope(initialize_variables=False):
        return layer_table(rebuild(message["config"], message.get("input_shape")))


def rehearse(message: Message) -> Message:
    """Train ``config`` as ``recipe`` says, for each arm and seed; refuse a model over its budget first."""
    with keras.StatelessScope(initialize_variables=False):
        model = rebuild(message["config"], message.get("input_shape"))
        found, most = layer_table(model)["parameters"], message["parameters_at_most"]
        if found > most:
            raise Refused(f"the model has {found:,} parameters; at most {most:,} are trained")
        _refuse_no_classifier(model, message["labels"])
    keras.utils.clear_session(free_memory=False)
    return {"runs": train(lambda: rebuild(message["config"], message.get("input_shape")), message)}


def _refuse_no_classifier(model: keras.Model, labels: Message) -> None:
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


def rebuild(config: Mapping[str, Any], input_shape: list[int] | None) -> keras.Model:
    """Return the model that *config* describes, built. *input_shape* has no batch dimension."""
    # Keras takes a functional model's configuration apart as it reads it, and it is read more than once.
    own = copy.deepcopy(dict(config))
    own.pop("compile_config", None)
    rename_activations(own)
    restored = keras.saving.deserialize_keras_object(own, safe_mode=True)
    if not isinstance(restored, keras.Model):
        raise Refused(f"a Keras model was expected, found {type(restored).__name__}")
    if not restored.built:
        if input_shape is None:
            raise Refused("the model does not know its input shape: begin it with keras.Input(shape=...)")
        restored.build((None, *input_shape))
    return restored


TASKS = {"table": count, "train": rehearse}
