"""The grader's end of a referee fork: asks for layer tables and trainings, and replaces a dead one.

One referee serves many submissions, since it runs no student code; it is renewed when it dies and
now and then anyway.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from grader.errors import CodecError, WorkerDied
from grader.evidence import ExportedModel, Happening, LayerTable, Refusal, Training
from grader.sandbox import testimony
from grader.sandbox.defences import TIME_IS_UP
from grader.sandbox.edge import Ending, Fork, ForkEnded, Sandbox

#: Of processor time, which does not depend on what else the machine does.
TABLE_SECONDS = 30.0
TRAINING_SECONDS = 120.0
#: How long is waited for a second of it; a machine that gives less is too busy to grade.
PATIENCE = 4.0
MEMORY_MIB = 2048
REPLIES_PER_FORK = 200
#: Each graph traced leaves 5 MiB (a small MLP) to 12 (a small CNN) behind, whoever lets go of it; training
#: one again leaves nothing.
TRACES_PER_FORK = 40
TOO_BUSY = "the machine was too busy: the referee was not done within {:g} s; use fewer --jobs"
EXHAUSTED = frozenset({Happening.OUT_OF_MEMORY, Happening.TIMED_OUT, Happening.CRASHED})
SIGKILL = 9
Derived = TypeVar("Derived", LayerTable, Training)


class Referee:
    """Derives facts about models from their configurations. For one thread at a time."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Fork from *sandbox* on first use."""
        self._sandbox = sandbox
        self._fork: Fork | None = None
        self._replies = 0
        self._traces: list[str] = []

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
        """Train *model* as *settings* say, the message of ``Trainings``; NaN losses are results, too."""
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
        """Ask; what a fork lacks that has served others may be their doing: then ask another."""
        used = self._replies > 0 and self._fork is not None
        reply = self._exchange(message, seconds)
        if isinstance(reply, Refusal) and reply.happening in EXHAUSTED:
            self.close()
            return self._exchange(message, seconds) if used else reply
        return reply

    def _exchange(self, message: Mapping[str, Any], seconds: float) -> Mapping[str, Any] | Refusal:
        fork = self._ready(message)
        try:
            fork.ask({**message, "seconds": seconds})
        except CodecError as error:
            # Nothing was sent: the student's configuration has no portable form.
            return Refusal(happening=Happening.RETURNED, reason=f"the model cannot be handed over: {error}")
        except ForkEnded:
            return self._lost(fork, seconds)
        return self._reply(fork, seconds)

    def _reply(self, fork: Fork, seconds: float) -> Mapping[str, Any] | Refusal:
        try:
            reply = fork.reply(PATIENCE * seconds)
        except TimeoutError:
            self.close()
            raise WorkerDied(TOO_BUSY.format(PATIENCE * seconds)) from None
        except ForkEnded:
            return self._lost(fork, seconds)
        except CodecError as error:
            self.close()
            raise WorkerDied(f"the referee's conversation broke: {error}") from error
        if "refused" in reply:
            happening = Happening(reply["refused"])
            return Refusal(happening=happening, reason=reply["reason"], ours=happening is Happening.LOST)
        value: Mapping[str, Any] = reply["value"]
        return value

    def _lost(self, fork: Fork, seconds: float) -> Refusal:
        ending, self._fork = fork.end(), None
        return _refusal(ending, seconds)

    def _ready(self, message: Mapping[str, Any]) -> Fork:
        if self._replies >= REPLIES_PER_FORK or len(self._traces) >= TRACES_PER_FORK:
            self.close()
        if self._fork is None:
            self._fork = self._sandbox.fork("referee", MEMORY_MIB)
            self._replies, self._traces = 0, []
        self._replies += 1
        traced = f"{message['architecture']} {message['recipe']}" if message["do"] == "train" else None
        if traced is not None and (not message["architecture"] or traced not in self._traces):
            self._traces.append(traced)
        return self._fork


def _read(reader: Callable[[Mapping[str, Any]], Derived], reply: Mapping[str, Any]) -> Derived | Refusal:
    """Read what the referee sent. It runs our code only, so a wrong form is a fault of ours."""
    try:
        return reader(reply)
    except CodecError as error:
        return Refusal(happening=Happening.LOST, reason=str(error), ours=True)


def _refusal(ending: Ending, seconds: float) -> Refusal:
    if ending.ours:
        raise WorkerDied(ending.ours)
    if ending.exit == TIME_IS_UP and not ending.killed:
        reason = f"the model was not done within {seconds:g} s of processor time: make it smaller"
        return Refusal(happening=Happening.TIMED_OUT, reason=reason)
    if ending.over:
        reason = f"the model took more memory than the {MEMORY_MIB:,} MiB that it may: make it smaller"
        return Refusal(happening=Happening.OUT_OF_MEMORY, reason=reason)
    if ending.signal == SIGKILL and not ending.killed:
        # Its own limit answers with an error, and no student code runs here: the machine killed it.
        raise WorkerDied("the machine ran out of memory, and the kernel ended the referee; use fewer --jobs")
    return Refusal(happening=Happening.CRASHED, reason="Keras crashed on this model's configuration")


def _own_word(model: ExportedModel) -> LayerTable | Refusal:
    try:
        return testimony.layer_table(model.claims, self_reported=True)
    except CodecError:
        return Refusal(
            happening=Happening.MALFORMED, reason=f"{model.type} says nothing usable of its layers"
        )
