"""Decides when the warm process is killed."""

import os
import random
import signal
import time
from contextlib import suppress

from benchmarks.endurance.attempts import Attempts

#: After it is time: so that an attempt is hit anywhere between its beginning and its end.
SPREAD_SECONDS = 0.6
#: How long an attempt must have run to be hit a second time; those that hang run longer still.
LONG_SECONDS = 1.0
#: How long the next process must have had forks before it is killed in its turn.
BUSY_SECONDS = 0.4


class Kills:
    """Kills after certain numbers of submissions; the last time twice, so that one loses both attempts."""

    def __init__(self, count: int = 0, size: int = 0, seed: int = 0) -> None:
        """Kill *count* times while *size* submissions are graded."""
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        possible = range(size // 20 + 1, size * 3 // 4)
        moments = sorted(self._chance.sample(possible, max(count - 1, 0)))
        self.moments = moments
        self.times: list[float] = []
        self._victim = ""
        self._killed = 0
        self._due = 0.0
        self._busy: dict[int, float] = {}

    def consider(self, warm: int, attempts: Attempts, *, busy: bool) -> None:
        """Kill *warm*, which is *busy* when it has forks, if it is time to."""
        if warm == self._killed or not busy:
            return
        self._busy.setdefault(warm, time.monotonic())
        if self._victim:
            self._strike_again(warm, attempts)
        elif self.moments and attempts.done >= self.moments[0]:
            self._strike(warm, attempts)

    def _strike(self, warm: int, attempts: Attempts) -> None:
        now = time.monotonic()
        if len(self.moments) == 1:
            self._victim = _long_under_way(attempts)
            if not self._victim:
                return
        elif not self._due:
            self._due = now + self._chance.uniform(0.0, SPREAD_SECONDS)
            return
        elif now < self._due or not attempts.under_way:
            return
        self._due = 0.0
        self.moments.pop(0)
        self._kill(warm)

    def _strike_again(self, warm: int, attempts: Attempts) -> None:
        """Hit the second attempt of a submission whose first was lost."""
        works = time.monotonic() - self._busy[warm] > BUSY_SECONDS
        if works and self._victim in attempts.lost() and self._victim in attempts.under_way:
            self._victim = ""
            self._kill(warm)

    def _kill(self, warm: int) -> None:
        self._killed = warm
        with suppress(ProcessLookupError):
            os.kill(warm, signal.SIGKILL)
            self.times.append(time.monotonic())


def _long_under_way(attempts: Attempts) -> str:
    """Return who is being graded for long, for the first time, if anybody is."""
    now, lost = time.monotonic(), attempts.lost()
    long = (name for name, began in attempts.under_way.items() if now - began > LONG_SECONDS)
    return next((name for name in long if name not in lost), "")
