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
    """Of one exercise. Says by *say* how long its trainings take, when the first begins."""

    def __init__(self, say: Callable[[str], None], most: float = MOST_SECONDS) -> None:
        """Wait at most about *most* seconds."""
        self._say, self._most = say, most
        self.spent = 0.0

    def ask(self, message: Message) -> None:
        """Begin what *message* asks for: some seeds, more later if they disagree. Raises ``TooLong``."""
        seconds = expected_seconds(message)
        if not seconds:
            return
        seconds += 0.0 if self.spent else TRACE_SECONDS
        if self.spent + seconds > self._most:
            raise TooLong(f"training takes about {rounded(self.spent + seconds)} or more")
        if not self.spent:
            self._say(
                f"Training your model takes about {rounded(seconds)}, more if the seeds disagree. "
                "To stop, interrupt the kernel; it hears that between two trainings."
            )
        self.spent += seconds


def expected_seconds(message: Message) -> float:
    """Return about how long training all seeds of *message* takes, the graph once traced.

    A model that the referee refuses takes no time; it says why.
    """
    from grader.sandbox.inside import referee  # noqa: PLC0415 - where a model is, TensorFlow is already
    from grader.sandbox.inside.bounded import Refused  # noqa: PLC0415 - see above
    from grader.sandbox.inside.training.workload import Unusable, work_of  # noqa: PLC0415 - see above

    try:
        referee.refuse_unsuitable(message)
    except (Refused, Unusable):
        return 0.0
    rows = referee.reply_to({**message, "do": "table"})["value"]["rows"]
    recipe, examples = message["recipe"], len(message["labels"]["train"])
    batches = recipe["epochs"] * -(-examples // recipe["batch_size"])
    steps = len(message["seeds"]) * len(message["arms"]) * batches
    return float(steps) * STEP_SECONDS + work_of(rows, {**message, "seeds_at_most": 0}) / WORK_A_SECOND


def rounded(seconds: float) -> str:
    """Return *seconds* as people say them."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    return f"{round(seconds / 60)} minutes"
