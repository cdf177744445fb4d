"""A time limit that works wherever notebooks run, and lets Ctrl-C through."""

import ctypes
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

from grader.sandbox.inside.notebook import TimeIsUp

AGAIN_SECONDS = 1.0
Heard = Callable[[BaseException], None]


class Interrupted(BaseException):
    """Ctrl-C. Where a student's exceptions are evidence, this one goes on."""


class Limit:
    """Raises ``TimeIsUp`` in the block after *seconds*, again and again for code that swallows it.

    *heard* is told of each exception that leaves the block.
    """

    def __init__(self, seconds: float, heard: Heard = lambda _error: None) -> None:
        """Choose a signal where there can be one, else a thread."""
        self._seconds, self._heard = seconds, heard
        self._alarm = _Alarm() if _takes_signals() else _Bell()

    def __enter__(self) -> None:
        """Begin to count."""
        self._alarm.set(self._seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Count no longer."""
        self._alarm.stop()
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted from error
        if error is not None:
            self._heard(error)


def _takes_signals() -> bool:
    """Return whether SIGALRM can be had: not on Windows, and not outside the main thread."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


class _Alarm:
    """SIGALRM, which also ends a call that waits. The student's own handler and timer are put back."""

    def set(self, seconds: float) -> None:
        def ring(_number: int, _frame: FrameType | None) -> None:
            raise TimeIsUp(f"stopped after {seconds:g} s")

        self._handler = signal.signal(signal.SIGALRM, ring)
        self._timer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        # A handler that C installed has no name here, and cannot be put back.
        signal.signal(signal.SIGALRM, signal.SIG_DFL if self._handler is None else self._handler)
        signal.setitimer(signal.ITIMER_REAL, *self._timer)


class _Bell:
    """A thread that raises the exception in the one that made it, as soon as that runs Python again."""

    def set(self, seconds: float) -> None:
        self._thread, self._stopped = threading.get_ident(), threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._ring, args=(seconds,), daemon=True).start()

    def _ring(self, seconds: float) -> None:
        while not self._stopped.wait(seconds):
            with self._lock:
                if not self._stopped.is_set():
                    _raise_in(self._thread, TimeIsUp)
            seconds = AGAIN_SECONDS

    def stop(self) -> None:
        try:
            with self._lock:
                self._stopped.set()
            _raise_in(self._thread, None)
        except TimeIsUp:
            # It rang in these very lines, and will not again.
            self._stopped.set()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have *error* raised in *thread*; ``None`` takes back what was not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
