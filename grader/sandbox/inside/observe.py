"""The student fork: runs the submission once, then answers one question after another.

Each question is a name to call or to look at, with inputs. The answers are claims, without opinion.
"""

import os
import random
import time
import types
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from grader.errors import CodecError
from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.inside.export import export
from grader.sandbox.inside.names import Bindings
from grader.sandbox.inside.notebook import (
    Printed,
    QuietShell,
    TimeIsUp,
    captured,
    current_shell,
    describe_error,
    happening_of,
    run_cell,
    time_limit,
)
from grader.sandbox.inside.starter import is_unwritten

Message = dict[str, Any]
Limit = AbstractContextManager[None]


def serve(channel: Channel) -> None:
    """Answer messages until the grader hangs up."""
    shell = current_shell()
    bindings = Bindings(shell.user_ns)
    reseed()
    try:
        while True:
            message = channel.receive()
            if message["do"] == "run":
                run(channel, shell, bindings, message)
            else:
                answer(channel, bindings, message)
    except ChannelClosed:
        os._exit(0)


def reseed() -> None:
    """Start every random sequence at the same place, so that the same submission gets the same mark."""
    import keras

    reseed_python()
    keras.utils.set_random_seed(0)


def reseed_python() -> None:
    """Start the random sequences of Python and NumPy at the same place."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - what student code draws from


def run(channel: Channel, shell: QuietShell, bindings: Bindings, message: Message) -> None:
    """Run the cells; report each before and after. ``layers`` is a list that defines ``build_model``."""
    bindings.wanted = {name: frozenset(exercises) for name, exercises in message["names"].items()}
    if message["layers"] is not None:
        # Imports Keras, which a student's own kernel need not have.
        from grader.sandbox.inside.layers import make_builder

        shell.user_ns["build_model"] = make_builder(message["layers"])
        bindings.after_cell("", None)
    for cell in message["cells"]:
        if cell["skip"]:
            skipped = {"number": cell["number"], "error": None, **cell["skip"]}
            bindings.after_cell(cell["exercise"], (cell["source"], skipped))
            continue
        channel.send({"cell": cell["number"]})
        ran = run_cell(shell, cell["number"], cell["source"], cell["seconds"])
        bindings.after_cell(
            cell["exercise"], None if ran["happening"] == "returned" else (cell["source"], ran)
        )
        channel.send({"ran": ran})
    channel.send({"done": True})


def answer(channel: Channel, bindings: Bindings, message: Message) -> None:
    """Send the outcomes of one observation."""
    printed, started = Printed(), time.monotonic()
    reseed()
    with captured(printed, lambda _text: None):
        outcomes = outcomes_of(bindings, message)
    reply = {"outcomes": outcomes, "printed": printed.text(), "seconds": time.monotonic() - started}
    try:
        channel.send(reply)
    except CodecError as error:
        channel.send({**reply, "outcomes": [{"happening": "malformed", "detail": str(error)}]})


def outcomes_of(bindings: Bindings, message: Message) -> list[Message]:
    """Try every case of the observation; all share its time."""
    found, target, why = bindings.look_up(message["exercise"], message["name"])
    if not found:
        return [why]
    deadline, outcomes = time.monotonic() + message["seconds"], list[Message]()
    for case in message["cases"]:
        left = deadline - time.monotonic()
        if left <= 0:
            outcomes.append({"happening": "timed_out", "detail": "no time was left for this case"})
            continue
        limit = time_limit(left)
        outcomes.append(attempt(target, case, limit) if message["call"] else look(target, limit))
    return outcomes


def look(target: Any, limit: Limit) -> Message:
    """Return the outcome of looking at a value within *limit*."""
    return _outcome(lambda: target, limit)


def attempt(target: Any, case: Message, limit: Limit) -> Message:
    """Return the outcome of one call within *limit*, which raises ``TimeIsUp`` when its time is up."""
    if not callable(target):
        return {"happening": "raised", "error": _not_a_function(target)}
    named = {name: _own(value) for name, value in case["named"].items()}
    return _outcome(lambda: _called(target, case["positional"], named), limit)


def _called(target: Any, positional: Sequence[Any], named: Message) -> Any:
    """Return what the call gives; ``...`` for a body of nothing else, as a starter has it."""
    value = target(*map(_own, positional), **named)
    is_waiting = isinstance(value, types.CoroutineType)
    if not (value is None or is_waiting) or not is_unwritten(target):
        return value
    if is_waiting:
        value.close()  # else Python prints that nobody waited for it
    return Ellipsis


def _own(value: Any) -> Any:
    """Return a writable copy: a received array is read-only, a student's function may work in place."""
    return value.copy() if isinstance(value, np.ndarray) else value


def _not_a_function(target: Any) -> Message:
    message = f"a function was expected, found {type(target).__name__}"
    return {"type": "TypeError", "bases": ["Exception"], "message": message, "trace": ""}


def _outcome(produce: Callable[[], Any], limit: Limit) -> Message:
    try:
        with limit:
            value = produce()
            if value is Ellipsis:
                return {"happening": "unwritten"}
            return {"happening": "returned", "value": export(value)}
    except NotImplementedError as error:
        return {"happening": "unwritten", "error": describe_error(error)}
    except (Exception, TimeIsUp, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever a student's code raises is evidence
        happening = happening_of(error)
        return {
            "happening": "raised" if happening == "returned" else happening,
            "error": describe_error(error),
        }
