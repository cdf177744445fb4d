"""The grader's end of a referee, when its fork ends: whose fault that is."""

import pytest

from grader.errors import WorkerDied
from grader.evidence import ExportedModel, Happening, Refusal
from grader.sandbox.defences import TIME_IS_UP
from grader.sandbox.edge import Ending, ForkEnded
from grader.sandbox.referee import PATIENCE, TABLE_SECONDS, Referee
from tests.sandbox.fake import FakeFork, FakeSandbox

MODEL = ExportedModel(config={})


def fork(ending: Ending) -> FakeFork:
    """Return a fork that ends instead of replying."""
    return FakeFork(replies=[ForkEnded()], ending=ending)


def test_a_referee_that_the_kernel_killed_is_our_fault() -> None:
    """It is asked once more, of another fork; then the work stays ungraded."""
    sandbox = FakeSandbox(fork(Ending(signal=9)), fork(Ending(signal=9)))

    with pytest.raises(WorkerDied, match="out of memory"):
        Referee(sandbox).layer_table(MODEL)

    assert len(sandbox.wanted) == 2


def test_a_configuration_that_crashes_keras_is_the_students() -> None:
    """A fresh referee that crashed on it has nobody else to blame."""
    refusal = Referee(FakeSandbox(fork(Ending(signal=11)))).layer_table(MODEL)

    assert isinstance(refusal, Refusal)
    assert (refusal.happening, refusal.ours) == (Happening.CRASHED, False)


def test_processor_time_that_ran_out_is_the_models() -> None:
    """A fresh referee that spent it all on one model has nobody else to blame."""
    refusal = Referee(FakeSandbox(fork(Ending(exit=TIME_IS_UP)))).layer_table(MODEL)

    assert isinstance(refusal, Refusal)
    assert (refusal.happening, refusal.ours) == (Happening.TIMED_OUT, False)
    assert "processor time" in refusal.reason


def test_a_machine_too_busy_to_answer_is_our_fault() -> None:
    """It is asked once more, and longer than the processor time that the model may take."""
    slow = [FakeFork(replies=[TimeoutError()]) for _ in range(2)]

    with pytest.raises(WorkerDied, match="too busy"):
        Referee(FakeSandbox(*slow)).layer_table(MODEL)

    assert [(one.asked[0]["seconds"], one.waited) for one in slow] == [
        (TABLE_SECONDS, [PATIENCE * TABLE_SECONDS])
    ] * 2
