"""Reads, while it grows, what ``grading`` writes down of each attempt."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt at a submission; *fault* is the sandbox's, if there was one."""

    student: str
    began: float
    ended: float
    fault: str


class Attempts:
    """The attempts so far: those that ended, and when each began that is under way."""

    def __init__(self, log: Path) -> None:
        """Read *log*, which need not be there yet."""
        self.ended: list[Attempt] = []
        self.under_way: dict[str, float] = {}
        self.done = 0
        self._log, self._read = log, 0

    def look(self) -> None:
        """Read what was added since the last look."""
        if not self._log.exists():
            return
        with self._log.open("rb") as file:
            file.seek(self._read)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._take(json.loads(line))

    def lost(self) -> set[str]:
        """Return whose attempts ended by a fault of ours."""
        return {attempt.student for attempt in self.ended if attempt.fault}

    def _take(self, line: dict[str, Any]) -> None:
        if "ended" not in line:
            self.under_way[line["student"]] = line["began"]
            return
        self.under_way.pop(line["student"], None)
        self.ended.append(Attempt(**line))
        self.done += not line["fault"]
