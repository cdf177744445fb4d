"""The grader's end of a referee fork: asks for layer tables and trainings, and replaces a dead one.

One referee serves many submissions, since it runs no student code; it is renewed when it dies and
now and then anyway.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from grader.errors import CodecError, WorkerDied
from grader.evidence import ExportedModel, Happening, LayerTable, Refusal, Training
from grader.sandbox import testimony
from grader.sandbox.edge import Ending, Fork, ForkEnded, Sandbox

TABLE_SECONDS = 30.0
TRAINING_SECONDS = 180.0
MEMORY_MIB = 2048
REPLIES_PER_FORK = 200
SIGKILL = 9
Derived = TypeVar("Derived", LayerTable, Training)


class Referee:
    """Derives facts about models from their configurations. For one thread at a time."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Fork from *sandbox* on first use."""
        self._sandbox = sandbox
        self._fork: Fork | None = None
        self._replies = 0

    def layer_table(
        self, model: ExportedModel, input_shape: Sequence[int] | None = None
    ) -> LayerTable | Refusal:
        """Return *model*'s summary, derived again.

        A subclass has no configuration to derive it from; then it is its own word, and marked so.
        """
        if model.config is None:
            return _own_word(model)
        reply = self._ask({"do": "table", "config": model.config, "input_shape": input_shape}, TABLE_SECONDS)
        return reply if isinstance(reply, Refusal) else _read(testimony.layer_table, reply)

    def training(self, model: ExportedModel, settings: Mapping[str, Any]) -> Training | Refusal:
        """Train *model* as *settings* say (``trainer.train``'s message); NaN losses are results too."""
        if model.config is None:
            reason = (
                f"{model.type} has no configuration to train from: "
                "build it from Sequential or keras.Model(inputs, outputs)"
            )
            return Refusal(happening=Happening.RETURNED, reason=reason)
        reply = self._ask({"do": "train", "config": model.config, **settings}, TRAINING_SECONDS)
        return reply if isinstance(reply, Refusal) else _read(testimony.training, reply)

    def close(self) -> None:
        """End the fork."""
        if self._fork is not None:
            self._fork.end()
            self._fork = None

    def _ask(self, message: Mapping[str, Any], seconds: float) -> Mapping[str, Any] | Refusal:
        """Ask once more, of a new fork, when the old one was lost by a fault of ours."""
        try:
            return self._ask_once(message, seconds)
        except WorkerDied:
            return self._ask_once(message, seconds)

    def _ask_once(self, message: Mapping[str, Any], seconds: float) -> Mapping[str, Any] | Refusal:
        fork = self._ready()
        try:
            fork.ask(dict(message))
            reply = fork.reply(seconds)
        except TimeoutError:
            ending, self._fork = fork.end(), None
            if ending.ours:
                raise WorkerDied(ending.ours) from None
            return Refusal(
                happening=Happening.TIMED_OUT, reason=f"the model was not done within {seconds:g} s"
            )
        except (ForkEnded, CodecError):
            ending, self._fork = fork.end(), None
            return _refusal(ending)
        if "refused" in reply:
            return Refusal(happening=Happening(reply["refused"]), reason=reply["reason"])
        value: Mapping[str, Any] = reply["value"]
        return value

    def _ready(self) -> Fork:
        if self._replies >= REPLIES_PER_FORK:
            self.close()
        if self._fork is None:
            self._fork, self._replies = self._sandbox.fork("referee", MEMORY_MIB), 0
        self._replies += 1
        return self._fork


def _read(reader: Callable[[Mapping[str, Any]], Derived], reply: Mapping[str, Any]) -> Derived | Refusal:
    """Read what the referee sent. It runs our code only, so a wrong form is a fault of ours."""
    try:
        return reader(reply)
    except CodecError as error:
        return Refusal(happening=Happening.LOST, reason=str(error), ours=True)


def _refusal(ending: Ending) -> Refusal:
    if ending.ours:
        raise WorkerDied(ending.ours)
    happening = (
        Happening.OUT_OF_MEMORY if ending.signal == SIGKILL and not ending.killed else Happening.CRASHED
    )
    return Refusal(happening=happening, reason="the model could not be rebuilt within the referee's memory")


def _own_word(model: ExportedModel) -> LayerTable | Refusal:
    try:
        return testimony.layer_table(model.claims, self_reported=True)
    except CodecError:
        return Refusal(
            happening=Happening.MALFORMED, reason=f"{model.type} says nothing usable of its layers"
        )
