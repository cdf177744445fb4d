"""What a check must leave as it was: each thing that it could change is remembered, and put back.

A student's function may change any of it when it is called, and our own steps change some. What it changes
*within* a value (an item of a list, a model's weights) stays changed, as it does in any other call.
"""

import contextlib
import decimal
import gc
import io
import logging
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import numpy as np

from grader.notebook import kept_keras
from grader.notebook.kernel import Kernel

Keeper = Callable[[Kernel], AbstractContextManager[object]]


@contextlib.contextmanager
def kept(kernel: Kernel) -> Iterator[None]:
    """Put everything back when the block is left, in whatever way."""
    with ExitStack() as stack:
        for keep in KEPT:
            stack.enter_context(keep(kernel))
        yield


@contextlib.contextmanager
def names(kernel: Kernel) -> Iterator[None]:
    """Keep which name stands for what."""
    before = dict(kernel.names)
    try:
        yield
    finally:
        for name in kernel.names.keys() - before.keys():
            del kernel.names[name]
        for name, value in before.items():
            if name not in kernel.names or kernel.names[name] is not value:
                kernel.names[name] = value


@contextlib.contextmanager
def randomness(_kernel: Kernel) -> Iterator[None]:
    """Keep the random numbers that come next, Python's and NumPy's."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - what student code draws from
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002 - see above


@contextlib.contextmanager
def numpy_settings(_kernel: Kernel) -> Iterator[None]:
    """Keep what NumPy does about bad numbers, and how it prints."""
    with np.errstate(), np.printoptions():
        yield


@contextlib.contextmanager
def warning_filters(_kernel: Kernel) -> Iterator[None]:
    """Keep which warnings are shown."""
    with warnings.catch_warnings():
        yield


@contextlib.contextmanager
def python_settings(_kernel: Kernel) -> Iterator[None]:
    """Keep how decimals are rounded, what is logged, and how Python collects garbage and switches threads."""
    level, silenced = logging.root.level, logging.root.manager.disable
    collects, interval = gc.isenabled(), sys.getswitchinterval()
    try:
        with decimal.localcontext():
            yield
    finally:
        logging.root.setLevel(level)
        logging.disable(silenced)
        sys.setswitchinterval(interval)
        (gc.enable if collects else gc.disable)()


@contextlib.contextmanager
def surroundings(_kernel: Kernel) -> Iterator[None]:
    """Keep the working folder, the environment's variables, and where modules are found."""
    folder, variables, path, arguments = _folder(), dict(os.environ), list(sys.path), list(sys.argv)
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        for name in os.environ.keys() - variables.keys():
            del os.environ[name]
        os.environ.update(variables)
        sys.path[:], sys.argv[:] = path, arguments
        sys.setrecursionlimit(limit)
        if folder is not None:
            # It may be gone meanwhile.
            with contextlib.suppress(FileNotFoundError):
                os.chdir(folder)


def _folder() -> Path | None:
    """Return the working folder, ``None`` where it was deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def signal_handlers(_kernel: Kernel) -> Iterator[None]:
    """Keep what happens on each signal, and the timer that sends one."""
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    # Windows has none.
    timer = signal.getitimer(signal.ITIMER_REAL) if hasattr(signal, "getitimer") else None
    try:
        yield
    finally:
        if timer is not None:
            # First: a timer that goes on kills the process once its handler is gone.
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        if timer is not None:
            signal.setitimer(signal.ITIMER_REAL, *timer)


@contextlib.contextmanager
def output(kernel: Kernel) -> Iterator[None]:
    """Keep where text and pictures go. What is shown meanwhile is shown to nobody."""
    before = sys.stdout, sys.stderr
    with ExitStack() as stack:
        if kernel.shell is not None:
            from IPython.utils.capture import capture_output  # noqa: PLC0415 - only where IPython runs

            stack.enter_context(capture_output(stdout=False, stderr=False))
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


@contextlib.contextmanager
def figures(_kernel: Kernel) -> Iterator[None]:
    """Keep matplotlib's settings and open figures, where somebody imported it."""
    matplotlib = sys.modules.get("matplotlib")
    with contextlib.nullcontext() if matplotlib is None else matplotlib.rc_context():
        before = _open_figures()
        try:
            yield
        finally:
            for number in _open_figures() - before:
                sys.modules["matplotlib.pyplot"].close(number)


def _open_figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set() if pyplot is None else set(pyplot.get_fignums())


#: In this order they are remembered; the last is put back first.
KEPT: tuple[Keeper, ...] = (
    signal_handlers,
    surroundings,
    python_settings,
    warning_filters,
    output,
    randomness,
    numpy_settings,
    figures,
    kept_keras.settings,
    kept_keras.state,
    kept_keras.tensorflow_state,
    names,
)
