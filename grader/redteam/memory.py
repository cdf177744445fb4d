"""How much the processes below another one take while something runs."""

import threading
from types import TracebackType
from typing import Self

from grader.redteam import processes

#: Memory of one process after another is added up, which takes time of its own.
EVERY_SECONDS = 0.2


class MemoryWatch:
    """Looks again and again, during a block, at what runs below a process."""

    def __init__(self, top: int) -> None:
        """Begin with what is held below *top* now."""
        self._top = top
        self._before = self._most = self._held()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._done.set()
        self._thread.join()

    @property
    def used_mib(self) -> float:
        """The most that was held during the block, beyond what was before it: memory, and nameless files."""
        return self._most - self._before

    def _look(self) -> None:
        while not self._done.wait(EVERY_SECONDS):
            self._most = max(self._most, self._held())

    def _held(self) -> float:
        found = processes.below(self._top)
        return sum(map(processes.held_mib, found)) + processes.nameless_mib(found)
