"""How long somebody waits for a training: it is told before, and what takes too long is left to grading."""

from collections.abc import Callable
from typing import Any

from grader.errors import TooLong

#: Longer trainings run when the work is graded.
MOST_SECONDS = 60.0
#: Measured on two cores: to trace a graph, to take a step, and multiply-adds a second while training.
TRACE_SECONDS, STEP_SECONDS, WORK_A_SECOND = 3.0, 0.001, 1.1e10
Message = dict[str, Any]


class Patience:
    """Of one check. Says by *say* how long its trainings take, when the first begins."""

    def __init__(self, say: Callable[[str], None], most: float = MOST_SECONDS) -> None:
        """Wait at most about *most* seconds."""
        self._say, self._most = say, most
        self.was_asked = False

    def ask(self, message: Message) -> None:
        """Begin what *message* asks for. Raises ``TooLong``."""
        if self.was_asked:
            return
        seconds = expected_seconds(message)
        if seconds > self._most:
            raise TooLong(f"the training takes about {rounded(seconds)}")
        self.was_asked = True
        self._say(f"Training your model, about {rounded(seconds)}. To stop, interrupt the kernel.")


def expected_seconds(message: Message) -> float:
    """Return about how long all trainings that *message* asks for take, should every seed be needed.

    A model that the referee refuses takes no time; it says why.
    """
    from grader.sandbox.inside import referee  # noqa: PLC0415 - where a model is, TensorFlow is already
    from grader.sandbox.inside.training.workload import seeds_of, work_of  # noqa: PLC0415 - see above

    told = referee.reply_to({**message, "do": "table"})
    if "value" not in told:
        return 0.0
    recipe, rows = message["recipe"], len(message["labels"]["train"])
    steps = seeds_of(message) * len(message["arms"]) * recipe["epochs"] * -(-rows // recipe["batch_size"])
    work = work_of(told["value"]["rows"], message)
    return TRACE_SECONDS + float(steps) * STEP_SECONDS + work / WORK_A_SECOND


def rounded(seconds: float) -> str:
    """Return *seconds* as people say them."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    return f"{round(seconds / 60)} minutes"
