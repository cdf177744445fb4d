"""What Keras and TensorFlow keep for the whole process, where somebody imported them.

Neither is imported here: a notebook that does not use them should not wait for them. Keras has no public
way to put its state aside, so its holders are exchanged; in versions that name them otherwise they are left.
"""

import contextlib
import copy
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from grader.notebook.kernel import Kernel

HOLDERS = ("GLOBAL_STATE_TRACKER", "GLOBAL_SETTINGS_TRACKER")
SETTINGS = ("floatx", "epsilon", "image_data_format")
EAGERNESS = (
    ("tensorflow.python.eager.polymorphic_function.eager_function_run", "RUN_FUNCTIONS_EAGERLY"),
    ("tensorflow.python.data.ops.debug_mode", "DEBUG_MODE"),
)


@contextlib.contextmanager
def settings(_kernel: Kernel) -> Iterator[None]:
    """Keep floatx, epsilon, the image data format, and which classes are registered for saving."""
    keras = sys.modules.get("keras")
    if keras is None:
        yield
        return
    before = {name: getattr(keras.config, name)() for name in SETTINGS}
    registered = keras.saving.get_custom_objects()
    classes = dict(registered)
    try:
        yield
    finally:
        for name, value in before.items():
            getattr(keras.config, f"set_{name}")(value)
        registered.clear()
        registered.update(classes)


def state(_kernel: Kernel) -> AbstractContextManager[None]:
    """Keep the data type policy, the counters in layers' names, the seeds, and what a cleared session loses.

    The block works on copies, so that the student's models live on.
    """
    return _exchanged(_copy)


def fresh_state() -> AbstractContextManager[None]:
    """Give the block Keras's state as it is in a new process; for the referee, who owes the student none."""
    return _exchanged(lambda _holder: threading.local())


@contextlib.contextmanager
def _exchanged(new: Callable[[Any], Any]) -> Iterator[None]:
    module = sys.modules.get("keras.src.backend.common.global_state")
    before = {name: getattr(module, name) for name in HOLDERS if hasattr(module, name)}
    for name, holder in before.items():
        setattr(module, name, new(holder))
    try:
        yield
    finally:
        for name, holder in before.items():
            setattr(module, name, holder)


def _copy(holder: Any) -> Any:
    """Return a copy of *holder*, and of the counters and scopes in it."""
    new = threading.local()
    for name, value in vars(holder).items():
        setattr(new, name, copy.copy(value) if isinstance(value, dict | list) else value)
    return new


@contextlib.contextmanager
def tensorflow_state(_kernel: Kernel) -> Iterator[None]:
    """Keep TensorFlow's seed and what it draws next, its generator, and operations that count their calls.

    And whether its functions run eagerly.
    """
    eager = sys.modules.get("tensorflow.python.eager.context")
    if eager is None:
        yield
        return
    with _seed(eager.context()), _generator(), _nothing_cleared(eager), _eagerness():
        yield


@contextlib.contextmanager
def _seed(context: Any) -> Iterator[None]:
    held = vars(context)
    before = {name: held[name] for name in ("_seed", "_rng") if name in held}
    source = before.get("_rng")
    # What operations without a seed of their own draw from it is given back.
    drawn = source.getstate() if isinstance(source, random.Random) else None
    try:
        yield
    finally:
        for name in ("_seed", "_rng"):
            held.pop(name, None)
        held.update(before)
        if isinstance(source, random.Random) and drawn is not None:
            source.setstate(drawn)


@contextlib.contextmanager
def _generator() -> Iterator[None]:
    module: Any = sys.modules.get("tensorflow.python.ops.stateful_random_ops")
    before = getattr(module, "global_generator", None)
    drawn = None if before is None else np.array(before.state)
    try:
        yield
    finally:
        if module is not None:
            module.global_generator = before
        if before is not None:
            before.state.assign(drawn)


@contextlib.contextmanager
def _eagerness() -> Iterator[None]:
    """Keep whether functions are traced, and those of ``tf.data``; it has no public way to stop debugging."""
    before = {
        (module, name): getattr(module, name)
        for module, name in ((sys.modules.get(path), name) for path, name in EAGERNESS)
        if hasattr(module, name)
    }
    try:
        yield
    finally:
        for (module, name), value in before.items():
            setattr(module, name, value)


@contextlib.contextmanager
def _nothing_cleared(eager: Any) -> Iterator[None]:
    """Have seeds set and sessions cleared without clearing what TensorFlow holds for the whole process.

    Otherwise ``tf.random.uniform((), seed=1)`` would begin anew, and the default graph be another one.
    """
    compat: Any = sys.modules["tensorflow"].compat.v1
    cleared = ((eager.pywrap_tfe, "TFE_ContextClearCaches"), (compat, "reset_default_graph"))
    before = [(owner, name, getattr(owner, name)) for owner, name in cleared]
    for owner, name, _function in before:
        setattr(owner, name, lambda *_arguments: None)
    try:
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)
