"""A time limit that is hit, or interrupted, where it begins or ends."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.notebook.kept import kept
from grader.notebook.kernel import Kernel
from grader.notebook.limit import Interrupted, Limit
from grader.sandbox.inside.notebook import TimeIsUp

KERNEL = Kernel(names={})


def _mine(_number: int, _frame: object) -> None:
    """Stand for a student's own handler."""


@pytest.fixture(autouse=True)
def _own_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _mine)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def _is_as_before() -> bool:
    return signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0) and signal.getsignal(signal.SIGALRM) is _mine


def _once_then(monkeypatch: pytest.MonkeyPatch, name: str, happens: Callable[[], Any], *, at: int) -> None:
    """Have *happens* run after the call number *at* of ``signal.<name>``."""
    real, calls = getattr(signal, name), list[int]()

    def wrapped(*given: Any) -> Any:
        returned = real(*given)
        calls.append(1)
        if len(calls) == at:
            happens()
        return returned

    monkeypatch.setattr(signal, name, wrapped)


def _press_ctrl_c() -> None:
    raise KeyboardInterrupt


def _ring() -> None:
    signal.raise_signal(signal.SIGALRM)


@pytest.mark.parametrize("name", ["signal", "setitimer"])
@pytest.mark.parametrize("at", [1, 2])
def test_ctrl_c_while_it_begins_or_ends(monkeypatch: pytest.MonkeyPatch, name: str, at: int) -> None:
    """Goes on as what no student's code is blamed for; timer and handler are as before."""
    _once_then(monkeypatch, name, _press_ctrl_c, at=at)

    # A KeyboardInterrupt would end the tests.
    with pytest.raises((Interrupted, KeyboardInterrupt)) as raised, Limit(50):
        pass

    assert raised.type is Interrupted
    assert _is_as_before()


def test_an_alarm_while_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does not keep the block from beginning, which then could not end; it rings again."""
    _once_then(monkeypatch, "setitimer", _ring, at=1)
    began = []

    with Limit(50):
        began.append(1)

    assert began
    assert _is_as_before()


def test_an_alarm_while_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The block is done: nothing is raised, nothing goes on."""
    real = signal.setitimer

    def late(which: int, *seconds: float) -> Any:
        if seconds == (0,):
            _ring()
        return real(which, *seconds)

    monkeypatch.setattr(signal, "setitimer", late)

    with Limit(50):
        pass

    assert _is_as_before()


def test_no_time_is_little_time() -> None:
    """And not a timer that never rings."""
    with pytest.raises(TimeIsUp), Limit(0):
        time.sleep(60)

    assert _is_as_before()


def test_a_timer_that_goes_on_is_put_back() -> None:
    """Before the handler: its next ring would end the kernel."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    heard = []
    with kept(KERNEL):
        signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)

    handler, timer = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    signal.signal(signal.SIGALRM, _mine)
    assert handler is signal.SIG_DFL
    assert timer == (0.0, 0.0)


def test_a_bell_that_was_not_stopped_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no signals, and the time was up just as the block ended."""
    monkeypatch.delattr(signal, "setitimer")

    def never_leaves() -> None:
        Limit(0.05).__enter__()

    never_leaves()
    while any(thread.name.endswith("(_ring)") for thread in threading.enumerate()):
        time.sleep(0.01)


def test_a_bell_rings_in_what_the_block_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """However deep."""
    monkeypatch.delattr(signal, "setitimer")

    def deep(levels: int) -> None:
        while not levels:
            time.sleep(0.01)
        deep(levels - 1)

    with pytest.raises(TimeIsUp), Limit(0.05):
        deep(50)
