"""A sandbox that answers from the running kernel: no wall, no process, the same questions and answers.

Nothing here is a boundary: a student runs their own code on their own machine. What is asked and what is
answered is copied as if it crossed the wall, so that no function can change the inputs of the next call.
"""

import struct
import sys
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from grader.errors import CodecError, SandboxError, TooLong
from grader.notebook.kept_keras import fresh_state
from grader.notebook.kernel import Kernel
from grader.notebook.limit import Limit
from grader.notebook.patience import Patience, rounded
from grader.sandbox.codec import pack, unpack
from grader.sandbox.defences import TIME_IS_UP
from grader.sandbox.edge import Ending, Fork, ForkEnded
from grader.sandbox.inside.names import missing
from grader.sandbox.inside.notebook import Printed, TimeIsUp, captured
from grader.sandbox.inside.observe import attempt, look, reseed_python

Message = dict[str, Any]
#: Exercises and names.
Others = frozenset[tuple[str, str]]
HEADER = struct.calcsize(">Q")


class KernelSandbox:
    """Its forks are the kernel itself."""

    def __init__(self, kernel: Kernel, patience: Patience, others: Others = frozenset()) -> None:
        """Answer from *kernel*; trainings take no longer than *patience* allows.

        For the exercises in *others* the names there stand for what was written for another exercise.
        """
        self._kernel, self._patience, self._others = kernel, patience, others

    def fork(self, role: str, memory_mib: int) -> Fork:  # noqa: ARG002 - the kernel has what it has
        """Return a conversation for *role*."""
        if role == "student":
            wanted = set[str]()
            return KernelFork(lambda message: answer(self._kernel, message, self._others, wanted))
        return KernelFork(lambda message: derive(message, self._patience))

    def close(self) -> None:
        """Nothing was started."""


class KernelFork:
    """A conversation that *reply_to* holds, here and now."""

    def __init__(self, reply_to: Callable[[Message], Message]) -> None:
        """Answer by *reply_to*."""
        self._reply_to = reply_to
        self._waiting: list[Message] = []
        self._ending = Ending()

    def ask(self, message: Any) -> None:
        """Take *message*, as a copy."""
        self._waiting.append(crossed(message))

    def reply(self, seconds: float) -> Any:  # noqa: ARG002 - each question has its own limit
        """Answer the oldest message."""
        try:
            return crossed(self._reply_to(self._waiting.pop(0)))
        except TimeIsUp:
            self._ending = Ending(exit=TIME_IS_UP)
            raise ForkEnded from None

    def release(self) -> None:
        """Nothing was started."""

    def end(self) -> Ending:
        """Say how it ended."""
        return self._ending


def crossed(value: Any) -> Any:
    """Return *value* as it would be on the other side of the wall. Raises ``CodecError``."""
    return unpack(pack(value)[HEADER:])


def answer(kernel: Kernel, message: Message, others: Others, wanted: set[str]) -> Message:
    """Answer as a student fork does; the kernel's cells have run already.

    *wanted* collects the names that some exercise asks for.
    """
    if message["do"] == "run":
        wanted.update(message["names"])
        return {"done": True}
    started = time.monotonic()
    reseed()
    printed = Printed()
    with captured(printed, lambda _note: None):
        outcomes = _outcomes(kernel, message, others, wanted)
    try:
        pack(outcomes)
    except CodecError as error:
        outcomes = [{"happening": "malformed", "detail": str(error)}]
    return {"outcomes": outcomes, "printed": printed.text(), "seconds": time.monotonic() - started}


def reseed() -> None:
    """Start every random sequence of what the kernel has imported at the same place, as when graded."""
    reseed_python()
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.utils.set_random_seed(0)


def _outcomes(kernel: Kernel, message: Message, others: Others, wanted: Collection[str]) -> list[Message]:
    name = message["name"]
    if name not in kernel.names or (message["exercise"], name) in others:
        return [missing(name, (each for each in kernel.names if each not in wanted))]
    target, outcomes = kernel.names[name], list[Message]()
    deadline = time.monotonic() + message["seconds"]
    for case in message["cases"]:
        left = deadline - time.monotonic()
        if left <= 0:
            outcomes.append({"happening": "timed_out", "detail": "no time was left for this case"})
        else:
            outcomes.append(_outcome(kernel, target, case if message["call"] else None, left))
    return outcomes


def _outcome(kernel: Kernel, target: Any, case: Message | None, seconds: float) -> Message:
    """Call *target* with *case*, or look at it; an error is told with the lines that the student wrote."""
    raised: list[BaseException] = []
    limit = Limit(seconds, raised.append)
    outcome = look(target, limit) if case is None else attempt(target, case, limit)
    if raised and outcome.get("error"):
        outcome["error"] = {**outcome["error"], "trace": kernel.own_lines(raised[-1])}
    return outcome


def derive(message: Mapping[str, Any], patience: Patience) -> Message:
    """Answer as a referee fork does."""
    keras = sys.modules.get("keras")
    if keras is not None and keras.backend.backend() != "tensorflow":
        raise SandboxError(
            f"your notebook's Keras runs on {keras.backend.backend()}, and models are checked on tensorflow; "
            'set `os.environ["KERAS_BACKEND"] = "tensorflow"` before Keras is imported, and begin again'
        )
    from grader.sandbox.inside import referee  # noqa: PLC0415 - where a model is, TensorFlow is already

    try:
        with fresh_state(), Limit(message["seconds"]):
            if message["do"] == "train":
                patience.ask(dict(message))
            return referee.reply_to(dict(message))
    except TimeIsUp:
        if message["do"] != "train":
            raise
        # By this machine's clock, not by what it worked: the student's model need not be at fault.
        raise TooLong(f"the training was not done within {rounded(message['seconds'])}") from None
