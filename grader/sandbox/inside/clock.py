"""Processor time for one question, however long that takes by the clock on the wall."""

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from grader.sandbox.defences import TIME_IS_UP

LOOKING_SECONDS = 0.1


class Clock:
    """Ends the process, with status ``TIME_IS_UP``, when a question has used up its processor time.

    A thread does it: one operation of TensorFlow can take minutes and hears no signal handler of Python's,
    and the first process of a PID namespace survives the signals of setitimer(2), pid_namespaces(7).
    """

    def __init__(self) -> None:
        """Begin to look."""
        self._until = math.inf
        threading.Thread(target=self._watch, daemon=True).start()

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Give what is done meanwhile so many seconds of all this process's threads together."""
        self._until = time.process_time() + seconds
        try:
            yield
        finally:
            self._until = math.inf

    def _watch(self) -> None:
        while time.process_time() <= self._until:
            time.sleep(LOOKING_SECONDS)
        os._exit(TIME_IS_UP)
