"""How much of the machine's memory is used up while something runs: ``/proc/meminfo``, proc(5)."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_SECONDS = 0.05


def available_mib() -> float:
    """Return what could be had without swapping; 0 where the kernel does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable")), 0.0)


class MemoryWatch:
    """Looks at the machine's memory again and again during a block."""

    def __init__(self) -> None:
        """Begin with what is available now."""
        self._before = self._lowest = available_mib()
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
        """The most that was taken during the block, by whomever."""
        return self._before - self._lowest

    def _look(self) -> None:
        while not self._done.wait(EVERY_SECONDS):
            self._lowest = min(self._lowest, available_mib())
