"""A time limit that works wherever notebooks run, and lets Ctrl-C through."""

import ctypes
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

from grader.sandbox.inside.notebook import TimeIsUp

AGAIN_SECONDS, LEAST_SECONDS = 1.0, 0.01
Heard = Callable[[BaseException], None]


class Interrupted(BaseException):
    """Ctrl-C. Where a student's exceptions are evidence, this one goes on."""


class Limit:
    """Raises ``TimeIsUp`` in the block after *seconds*, again and again for code that swallows it.

    *heard* is told of each exception that leaves the block. Whatever happens while it begins or ends, it
    does not go on.
    """

    def __init__(self, seconds: float, heard: Heard = lambda _error: None) -> None:
        """Choose a signal where there can be one, else a thread."""
        # A timer of no time at all would be none.
        self._seconds, self._heard = max(seconds, LEAST_SECONDS), heard
        self._alarm = _Alarm() if hasattr(signal, "setitimer") else _Bell()

    def __enter__(self) -> None:
        """Begin to count."""
        try:
            self._alarm.set(self._seconds)
        except BaseException as error:
            # Who could not enter is not asked to leave.
            self._alarm.stop()
            if isinstance(error, KeyboardInterrupt):
                raise Interrupted from error
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Count no longer."""
        try:
            self._alarm.stop()
        except BaseException as late:
            # Ctrl-C in the midst of it.
            self._alarm.stop()
            if isinstance(late, KeyboardInterrupt):
                raise Interrupted from late
            raise
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted from error
        if error is not None:
            self._heard(error)


class _Alarm:
    """SIGALRM, which also ends a call that waits. The student's own handler and timer are put back."""

    def __init__(self) -> None:
        self._handler = signal.getsignal(signal.SIGALRM)
        self._timer = signal.getitimer(signal.ITIMER_REAL)

    def set(self, seconds: float) -> None:
        def ring(_number: int, frame: FrameType | None) -> None:
            if not _is_at_the_edge(frame):
                raise TimeIsUp(f"stopped after {seconds:g} s")

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)

    def stop(self) -> None:
        """Be silent; as often as one likes."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        # A handler that C installed has no name here, and cannot be put back.
        signal.signal(signal.SIGALRM, signal.SIG_DFL if self._handler is None else self._handler)
        signal.setitimer(signal.ITIMER_REAL, *self._timer)


def _is_at_the_edge(frame: FrameType | None) -> bool:
    """Return whether a limit is beginning or ending: an exception then would leave its timer going on.

    The block has not begun, or is done. In the former case the alarm rings again.
    """
    edges = {Limit.__enter__.__code__, Limit.__exit__.__code__}
    while frame is not None and frame.f_code not in edges:
        frame = frame.f_back
    return frame is not None


class _Bell:
    """A thread that raises the exception in the one that made it, as soon as that runs Python again.

    That can be where the limit ends, which then does not stop it: it also stops once the function with the
    block has returned.
    """

    def __init__(self) -> None:
        self._thread, self._stopped = threading.get_ident(), threading.Event()
        self._lock = threading.Lock()

    def set(self, seconds: float) -> None:
        # Of whoever has the block; this is called by the limit.
        owner = sys._getframe(2)  # noqa: SLF001 - the documented way to a caller's frame
        threading.Thread(target=self._ring, args=(seconds, owner), daemon=True).start()

    def _ring(self, seconds: float, owner: FrameType) -> None:
        while not self._stopped.wait(seconds):
            with self._lock:
                if self._stopped.is_set() or not _is_running(owner, self._thread):
                    return
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


def _is_running(wanted: FrameType, thread: int) -> bool:
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - documented, for such uses
    while frame is not None and frame is not wanted:
        frame = frame.f_back
    return frame is not None


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have *error* raised in *thread*; ``None`` takes back what was not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
