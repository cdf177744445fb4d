"""A submission is observed: what breaks costs only itself, and what is our fault is said to be."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from grader.errors import CodecError, SandboxError, WorkerDied
from grader.evidence import Evidence, Happening
from grader.probe import Arguments, Probe
from grader.sandbox import session
from grader.sandbox.edge import Ending, ForkEnded
from grader.sandbox.session import GRACE_SECONDS, SECOND_CHANCE_SECONDS, Allowance, Observed, observe
from grader.submission import Cell, CellKind
from tests.sandbox.fake import FakeFork, FakeSandbox, cell, endless, ends, ran, returns, runs
from tests.sandbox.running import asks

CELLS = [
    Cell(number=2, kind=CellKind.CODE, source="import numpy as np", exercise=""),
    Cell(number=4, kind=CellKind.CODE, source="def f(): ...", exercise="one"),
]


probe = partial(asks, exercise="one", seconds=10.0)
F, G, H = probe("f"), probe("g"), probe("h")


def happenings(observed: Observed) -> dict[str, Happening]:
    """Return how the first case of each observation ended."""
    return {name: evidence.outcomes[0].happening for (_, name), evidence in observed.evidence.items()}


def value(observed: Observed, name: str) -> Any:
    """Return what the first case of an observation returned."""
    return observed.evidence["one", name].outcomes[0].value


class TestOurFaults:
    """They raise, and leave the submission ungraded."""

    @pytest.mark.parametrize(
        "trouble", [ForkEnded(), TimeoutError(), CodecError("malformed"), WorkerDied("it died")], ids=repr
    )
    @pytest.mark.parametrize("before", [[], runs(2, 4)], ids=["cells", "questions"])
    def test_a_fault_of_the_sandbox_is_raised(self, trouble: Exception, before: list[Any]) -> None:
        """However it shows itself, while cells run or while questions are asked."""
        fork = FakeFork(replies=[*before, trouble], ending=Ending(ours="it died"))

        with pytest.raises(WorkerDied, match="it died"):
            observe(FakeSandbox(fork), CELLS, [F], Allowance())
        assert fork.ended

    def test_a_sandbox_that_cannot_fork_is_raised(self) -> None:
        """Also in the middle of a submission."""
        fork = FakeFork(replies=[*runs(2, 4), TimeoutError()])
        sandbox = FakeSandbox(fork, SandboxError("no more processes"))

        with pytest.raises(SandboxError, match="no more processes"):
            observe(sandbox, CELLS, [F, G], Allowance())

    def test_a_fork_is_ended_when_we_are_interrupted(self) -> None:
        """Nothing goes on running after Ctrl-C."""
        fork = FakeFork(replies=[cell(2), KeyboardInterrupt()])

        with pytest.raises(KeyboardInterrupt):
            observe(FakeSandbox(fork), CELLS, [F], Allowance())
        assert fork.ended


class TestQuestions:
    """One bad answer costs only itself."""

    def test_a_hanging_question_gets_a_new_fork_and_the_next_is_asked(self) -> None:
        """What was answered before is kept and not asked again."""
        hung = FakeFork(replies=[*runs(2, 4), returns(1), TimeoutError()], ending=Ending(killed=True))
        fresh = FakeFork(replies=[*runs(2, 4), returns(3)])

        observed = observe(FakeSandbox(hung, fresh), CELLS, [F, G, H], Allowance())

        assert happenings(observed) == {"f": "returned", "g": "timed_out", "h": "returned"}
        assert (hung.questions, fresh.questions) == (["f", "g"], ["h"])
        assert value(observed, "h") == 3
        assert hung.ended

    @pytest.mark.parametrize("happening", ["timed_out", "out_of_memory"])
    def test_a_fork_that_survived_trouble_is_not_trusted_with_the_next(self, happening: str) -> None:
        """It may be short of memory, or still busy."""
        shaken = FakeFork(replies=[*runs(2, 4), ends(happening, "told by the fork")])
        fresh = FakeFork(replies=[*runs(2, 4), returns(3)])

        observed = observe(FakeSandbox(shaken, fresh), CELLS, [F, G], Allowance())

        assert {"f": happening, "g": "returned"} == happenings(observed)

    @pytest.mark.parametrize("happening", ["raised", "missing", "unwritten", "malformed"])
    def test_an_ordinary_failure_keeps_the_fork(self, happening: str) -> None:
        """A new one would cost time for nothing."""
        fork = FakeFork(replies=[*runs(2, 4), ends(happening), returns(3)])

        observed = observe(FakeSandbox(fork), CELLS, [F, G], Allowance())

        assert {"f": happening, "g": "returned"} == happenings(observed)

    @pytest.mark.parametrize(
        "reply",
        [
            None,
            3,
            [],
            {},
            {"outcomes": []},
            {"outcomes": [{"happening": "lost"}]},
            CodecError("malformed frame"),
        ],
        ids=repr,
    )
    def test_a_malformed_reply_is_malformed_for_that_question_only(self, reply: Any) -> None:
        """Whoever writes bytes by hand is asked the next question in a new fork."""
        forger = FakeFork(replies=[*runs(2, 4), reply], ending=Ending(killed=True))
        fresh = FakeFork(replies=[*runs(2, 4), returns(3)])

        observed = observe(FakeSandbox(forger, fresh), CELLS, [F, G], Allowance())

        assert happenings(observed) == {"f": "malformed", "g": "returned"}

    @pytest.mark.parametrize(
        ("ending", "happening", "detail"),
        [
            (Ending(exit=1), "crashed", "exit status 1"),
            (Ending(signal=11), "crashed", "signal 11"),
            (
                Ending(signal=6, output="terminate called after std::bad_alloc"),
                "out_of_memory",
                "out of memory",
            ),
            (Ending(exit=1, output="numpy MemoryError: 8 GiB"), "out_of_memory", "out of memory"),
            (Ending(signal=9), "out_of_memory", "out of memory"),
            (Ending(signal=9, killed=True), "crashed", "closed its connection"),
        ],
    )
    def test_how_a_process_died_is_told(self, ending: Ending, happening: str, detail: str) -> None:
        """From its signal and its last words; a kill of ours is not taken for the kernel's."""
        fork = FakeFork(replies=runs(2, 4), ending=ending)

        observed = observe(FakeSandbox(fork), CELLS, [F], Allowance())

        outcome = observed.evidence["one", "f"].outcomes[0]
        assert happening == outcome.happening
        assert detail in outcome.detail

    def test_a_name_that_was_slow_once_gets_less_time(self) -> None:
        """Ten hanging questions cost no ten times their time, and wait until the others were asked."""
        first = FakeFork(replies=[*runs(2, 4), ends("timed_out")])
        second = FakeFork(replies=[*runs(2, 4), returns(1), returns(2)])
        again = Probe(
            exercise="one", observation="again", name="f", is_call=True, cases=(Arguments(),), seconds=10.0
        )

        observe(FakeSandbox(first, second), CELLS, [F, again, G], Allowance())

        assert first.asked[1]["seconds"] == 10.0
        assert [question["seconds"] for question in second.asked[1:]] == [10.0, SECOND_CHANCE_SECONDS]
        assert second.questions == ["g", "f"]

    def test_answers_have_a_size_that_can_be_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A submission cannot fill the grader's memory with what it returns."""
        monkeypatch.setattr("grader.sandbox.session.MOST_BYTES", 1000)
        fork = FakeFork(replies=[*runs(2, 4), returns([1] * 100), returns(2)])

        observed = observe(FakeSandbox(fork), CELLS, [F, G], Allowance())

        happenings = {each.outcomes[0].happening for each in observed.evidence.values()}
        assert happenings == {Happening.MALFORMED}

    def test_cells_are_not_heard_after_a_hidden_question(self) -> None:
        """A later fork could have learnt from an earlier one what was asked, and what cells say is shown."""
        shown = {"number": 2, "happening": "raised", "notes": ["it was asked (9, 9)"], "seconds": 0.0}
        forks = [
            FakeFork(replies=[{"done": True}, TimeoutError()]),
            FakeFork(replies=[cell(2), {"ran": shown}, *runs(4), returns(1)]),
        ]

        observed = observe(FakeSandbox(*forks), CELLS, [F, G], Allowance())

        assert value(observed, "g") == 1
        assert observed.cells == ()

    def test_nor_how_they_ended(self) -> None:
        """An exit status is told, too."""
        forks = [
            FakeFork(replies=[{"done": True}, TimeoutError()]),
            FakeFork(replies=[cell(2), ForkEnded()], ending=Ending(exit=99)),
            FakeFork(replies=[*runs(4), returns(1)]),
        ]

        observed = observe(FakeSandbox(*forks), CELLS, [F, G], Allowance())

        assert value(observed, "g") == 1
        assert observed.cells == ()

    def test_public_questions_come_first(self) -> None:
        """What a public question raises is shown, so it must not have seen a hidden input."""
        fork = FakeFork(replies=[*runs(2, 4), returns(1), returns(2)])

        observe(FakeSandbox(fork), CELLS, [F, replace(G, public=True)], Allowance())

        assert fork.questions == ["g", "f"]

    def test_a_slow_name_whose_time_is_short_anyway_gets_no_more(self) -> None:
        """Less time means never more."""
        first = FakeFork(replies=[*runs(2, 4), ends("timed_out")])
        second = FakeFork(replies=[*runs(2, 4), returns(1)])
        again = Probe(exercise="one", observation="again", name="f", is_call=True, cases=(), seconds=0.5)

        observe(FakeSandbox(first, second), CELLS, [F, again], Allowance())

        assert second.asked[1]["seconds"] == 0.5


class TestCells:
    """A cell that takes the process down is left out when the submission runs again."""

    @pytest.mark.parametrize(
        ("trouble", "ending", "happening"),
        [
            (ForkEnded(), Ending(signal=11), "crashed"),
            (ForkEnded(), Ending(signal=9), "out_of_memory"),
            (TimeoutError(), Ending(killed=True), "timed_out"),
            (CodecError("malformed frame"), Ending(killed=True), "malformed"),
        ],
    )
    def test_a_cell_that_kills_the_fork_is_skipped_in_the_second_run(
        self, trouble: Exception, ending: Ending, happening: str
    ) -> None:
        """The second fork is told why, so that names which the cell defines are missed with a reason."""
        killed = FakeFork(replies=[cell(2), ran(2), cell(4), trouble], ending=ending)
        second = FakeFork(replies=[cell(2), ran(2), {"done": True}, returns(1)])

        observed = observe(FakeSandbox(killed, second), CELLS, [F], Allowance())

        assert second.sources == ["import numpy as np"]
        assert happening == second.asked[0]["cells"][1]["skip"]["happening"]
        assert {2: "returned", 4: happening} == {run.number: run.happening for run in observed.cells}
        assert happenings(observed) == {"f": "returned"}

    def test_two_such_cells_cost_two_forks(self) -> None:
        """Each is found by itself."""
        first = FakeFork(replies=[cell(2)], ending=Ending(signal=11))
        second = FakeFork(replies=[cell(4)], ending=Ending(signal=11))
        third = FakeFork(replies=[{"done": True}, ends("missing")])

        observed = observe(FakeSandbox(first, second, third), CELLS, [F], Allowance())

        assert third.sources == []
        assert happenings(observed) == {"f": "missing"}

    def test_a_fork_that_dies_before_any_cell_ends_the_attempt(self) -> None:
        """No cell is to blame, and another fork would end in the same way."""
        fork = FakeFork(replies=[], ending=Ending(signal=11))

        observed = observe(FakeSandbox(fork), CELLS, [F, G], Allowance())

        assert happenings(observed) == {"f": "crashed", "g": "crashed"}
        assert "signal 11" in observed.evidence["one", "g"].outcomes[0].detail

    @pytest.mark.parametrize(
        "message",
        [
            None,
            [],
            "done",
            {},
            {"cell": 3},
            {"cell": True},
            {"cell": []},
            {"cell": {}},
            {"ran": None},
            {"ran": {"number": 2}},
            ran(99),
            ran(2, "lost"),
            {"ran": {**ran(2)["ran"], "seconds": 10**400}},
        ],
        ids=repr,
    )
    def test_a_forged_report_is_malformed(self, message: Any) -> None:
        """A cell that is not there, a number that is none: the cell it came from is left out."""
        forger = FakeFork(replies=[cell(2), message], ending=Ending(killed=True))
        second = FakeFork(replies=[cell(4), ran(4), {"done": True}, returns(1)])

        observed = observe(FakeSandbox(forger, second), CELLS, [F], Allowance())

        assert second.sources == ["def f(): ..."]
        assert {run.number: run.happening for run in observed.cells} == {2: "malformed", 4: "returned"}

    def test_a_slow_cell_gets_less_time_in_later_forks(self) -> None:
        """It timed out by itself, so it runs again, but not for as long."""
        first = FakeFork(
            replies=[cell(2), ran(2, "timed_out"), cell(4), ran(4), {"done": True}, ends("timed_out")]
        )
        second = FakeFork(replies=[*runs(2, 4), returns(1)])

        observe(FakeSandbox(first, second), CELLS, [F, G], Allowance(cell_seconds=30.0))

        assert [each["seconds"] for each in first.asked[0]["cells"]] == [30.0, 30.0]
        assert [each["seconds"] for each in second.asked[0]["cells"]] == [SECOND_CHANCE_SECONDS, 30.0]

    def test_the_first_run_is_the_one_reported(self) -> None:
        """A later fork's story of the same cell changes nothing."""
        first = FakeFork(
            replies=[cell(2), ran(2, printed="first"), cell(4), ran(4), {"done": True}, TimeoutError()]
        )
        second = FakeFork(
            replies=[cell(2), ran(2, printed="again"), cell(4), ran(4), {"done": True}, returns(1)]
        )

        observed = observe(FakeSandbox(first, second), CELLS, [F, G], Allowance())

        assert [run.printed for run in observed.cells] == ["first", ""]


class TestTime:
    """A submission has a budget, whatever it does with it."""

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """Make a clock that the test moves."""
        now = [1000.0]
        monkeypatch.setattr(session.time, "monotonic", lambda: now[0])
        return now

    def test_what_was_not_asked_in_time_is_timed_out(self, clock: list[float]) -> None:
        """No further fork is made for it."""

        def slow() -> Any:
            yield from runs(2, 4)
            clock[0] += 50
            yield returns(1)
            clock[0] += 51
            yield TimeoutError()

        observed = observe(
            FakeSandbox(FakeFork(replies=slow())), CELLS, [F, G, H], Allowance(submission_seconds=100)
        )

        assert happenings(observed) == {"f": "returned", "g": "timed_out", "h": "timed_out"}
        assert "time was used up" in observed.evidence["one", "h"].outcomes[0].detail

    def test_nobody_waits_past_the_budget(self, clock: list[float]) -> None:
        """The last wait is as long as what is left."""

        def replies() -> Any:
            yield cell(2)
            clock[0] += 95
            yield ran(2)
            yield from runs(4)
            yield returns(1)

        fork = FakeFork(replies=replies())
        observe(FakeSandbox(fork), CELLS, [F], Allowance(submission_seconds=100, cell_seconds=30))

        assert fork.waited[0] == 30 + GRACE_SECONDS
        assert max(fork.waited[2:]) <= 5

    def test_a_flood_of_messages(self) -> None:
        """No cell is told of more than twice, so reports without an end keep nobody."""
        forks = [FakeFork(replies=endless(lambda: cell(2))) for _ in range(2)]

        observed = observe(FakeSandbox(*forks), CELLS, [F], Allowance(submission_seconds=100))

        assert happenings(observed) == {"f": "malformed"}

    def test_what_cells_say_has_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """That a cell ran is kept, and nothing of what it printed once there is too much."""
        monkeypatch.setattr(session, "MOST_BYTES", 5000)
        first, second = ({"ran": {**ran(number)["ran"], "printed": "x" * 4000}} for number in (2, 4))
        fork = FakeFork(replies=[cell(2), first, cell(4), second, {"done": True}, returns(1)])

        observed = observe(FakeSandbox(fork), CELLS, [F], Allowance())

        assert [len(run.printed) for run in observed.cells] == [4000, 0]

    def test_a_submission_without_time_is_not_run(self) -> None:
        """Not even in a fork."""
        observed = observe(FakeSandbox(), CELLS, [F], Allowance(submission_seconds=0))

        assert happenings(observed) == {"f": "timed_out"}


class TestNormally:
    """What is asked, and what is kept."""

    def test_a_submission_that_works_needs_one_fork(self) -> None:
        """Cells in order, then questions in order, then the end."""
        fork = FakeFork(replies=[*runs(2, 4), returns(1, printed="hi", seconds=0.5), returns(2)])
        sandbox = FakeSandbox(fork)

        observed = observe(sandbox, CELLS, [F, G], Allowance(memory_mib=512))

        assert sandbox.wanted == [("student", 512)]
        assert fork.sources == ["import numpy as np", "def f(): ..."]
        assert fork.questions == ["f", "g"]
        assert [run.number for run in observed.cells] == [2, 4]
        assert {("one", "f"), ("one", "g")} == set(observed.evidence)
        evidence = observed.evidence["one", "f"]
        assert evidence == Evidence(outcomes=evidence.outcomes, printed="hi", seconds=evidence.seconds)
        # Measured here: what the fork says of its own time is only a claim.
        assert evidence.seconds < 0.4
        assert value(observed, "g") == 2
        assert fork.ended

    def test_a_question_carries_inputs_and_nothing_else(self) -> None:
        """No expected value can be in it: these are its keys."""
        fork = FakeFork(replies=[*runs(2, 4), returns(1, 2)])
        cases = (Arguments(positional=(1, "a")), Arguments(named={"x": (2, 3)}))
        asked = Probe(exercise="one", observation="grid", name="f", is_call=True, cases=cases, seconds=4.0)

        observe(FakeSandbox(fork), CELLS, [asked], Allowance())

        expected = {
            "do": "observe",
            "exercise": "one",
            "name": "f",
            "call": True,
            "cases": [{"positional": (1, "a"), "named": {}}, {"positional": (), "named": {"x": (2, 3)}}],
            "seconds": 4.0,
        }
        assert expected == fork.asked[1]

    def test_the_fork_knows_which_exercise_wants_which_name(self) -> None:
        """Several exercises may ask for ``build_model``."""
        fork = FakeFork(replies=[*runs(2, 4), *(returns(1) for _ in range(4))])
        asked = [F, F, probe("f", exercise="two"), probe("g", exercise="two")]

        observe(FakeSandbox(fork), CELLS, asked, Allowance())

        assert fork.asked[0]["names"] == {"f": ["one", "two"], "g": ["two"]}

    def test_a_reference_in_layers_is_handed_over(self) -> None:
        """As plain data, for a fork to build."""
        fork = FakeFork(replies=[{"done": True}, returns(1)])

        observe(FakeSandbox(fork), [], [F], Allowance(), layers=[{"Dense": {"units": 3}}])

        assert fork.asked[0]["layers"] == [{"Dense": {"units": 3}}]

    def test_nothing_to_ask_needs_no_fork(self) -> None:
        """A submission is run for questions alone."""
        assert Observed(evidence={}) == observe(FakeSandbox(), CELLS, [], Allowance())
