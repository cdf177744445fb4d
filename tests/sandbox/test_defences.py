"""Each layer of isolation holds where it is wanted; its probe sees it gone when it is switched off."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from grader.errors import IsolationError
from grader.evidence import Happening, Outcome
from grader.sandbox import cgroup, offers
from grader.sandbox.cgroup import KINDS, Box, Place, announced, find, settle
from grader.sandbox.channel import Channel
from grader.sandbox.defences import MEANINGS, NEEDED, Defence, Isolation
from grader.sandbox.inside import inspection, seccomp
from grader.sandbox.offers import Offer, choose_isolation
from grader.sandbox.worker import Worker
from grader.sandbox.worker_fork import WorkerFork, inspected
from tests.sandbox.running import asks, in_fork, run

SWITCHED = (Defence.CALLS, Defence.LANDLOCK, Defence.RIGHTS, Defence.LIMITS, Defence.ENVIRONMENT)
#: What namespaces and mounts do is gone where there are none.
OF_NAMESPACES = (Defence.FILES, Defence.PROCESSES, Defence.PROC, Defence.NETWORK)


def held(isolation: Isolation, *off: Defence) -> frozenset[Defence]:
    """Return what holds in a fork of a process that has not imported TensorFlow."""
    worker = Worker(isolation, warm=False, off=frozenset(off))
    try:
        worker.start()
    finally:
        worker.close()
    return worker.held


class TestEachLayer:
    """Measured from inside, not read from what was asked for."""

    @pytest.mark.parametrize("isolation", [Isolation.BUBBLEWRAP, Isolation.SHARED])
    def test_all_that_is_needed_holds(self, isolation: Isolation) -> None:
        """On the machine of these tests every layer does, but for the control group."""
        assert held(isolation) >= frozenset(Defence) - {Defence.CGROUP}

    @pytest.mark.parametrize("defence", SWITCHED)
    def test_one_that_is_switched_off(self, defence: Defence, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its probe sees that it is gone, and that all others still hold."""
        monkeypatch.setenv("GRADER_TEST_SECRET", "canary")

        found = held(Isolation.BUBBLEWRAP, defence)

        assert frozenset(Defence) - found <= {Defence.CGROUP, defence}
        assert defence not in found

    def test_what_landlock_keeps_apart_alone(self) -> None:
        """Where forks share namespaces, another layer hangs on it, and no such worker starts."""
        with pytest.raises(IsolationError, match="proc"):
            held(Isolation.SHARED, Defence.LANDLOCK)

    @pytest.mark.parametrize("defence", OF_NAMESPACES)
    def test_what_namespaces_do(self, defence: Defence) -> None:
        """In a plain process nothing of it holds."""
        assert defence in held(Isolation.BUBBLEWRAP)
        assert defence not in held(Isolation.PROCESS)

    def test_every_layer_has_a_meaning(self) -> None:
        """The doctor says it in words."""
        assert set(MEANINGS) == set(Defence)
        assert set(NEEDED) == set(Isolation)


class TestMemoryOfAllProcesses:
    """Many processes, each below its own limit."""

    HOG = (
        "import os, time\n"
        "def answer():\n"
        "    for _ in range(6):\n"
        "        if os.fork() == 0:\n"
        "            kept = bytearray(os.urandom(2**20) * 200)\n"
        "            time.sleep(30)\n"
        "    time.sleep(5)\n"
        "    return sum(os.waitpid(-1, os.WNOHANG)[1] == 9 for _ in range(6))\n"
    )

    @pytest.fixture
    def bare(self, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Worker:
        """The shared worker, with neither watch nor control group."""
        monkeypatch.setattr(worker, "off", frozenset({Defence.MEMORY, Defence.CGROUP}))
        return worker

    def test_the_supervisor_watches(self, bare: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
        """It ends them all, and the student is told what there was too much of."""
        monkeypatch.setattr(bare, "off", frozenset({Defence.CGROUP}))

        outcome = self.outcome(bare)

        assert outcome.happening is Happening.OUT_OF_MEMORY
        assert outcome.detail.startswith("all its processes together held more memory than a submission may")

    def test_the_control_group(self, bare: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
        """The kernel ends them, and it is known whose memory it was."""
        place = find()
        if place is None:
            pytest.skip("this user has no control group of its own")
        monkeypatch.setattr(bare, "off", frozenset({Defence.MEMORY}))

        outcome = self.outcome(bare)

        assert outcome.happening is Happening.OUT_OF_MEMORY or outcome.value > 0
        settle()
        assert not any(box.is_left for box in place.boxes)

    def test_with_neither(self, bare: Worker) -> None:
        """Nothing stops them, which shows that the two tests above see what they should."""
        assert self.outcome(bare).value == 0

    def outcome(self, worker: Worker, source: str = HOG) -> Outcome:
        """Return what the hog came to: how many of its processes were ended, if it was not itself."""
        observed = run(worker, [source], asks("answer", seconds=10.0))
        return observed.evidence["exercise", "answer"].outcomes[0]

    @pytest.mark.parametrize(
        ("memory", "happening"),
        [
            ("mmap.mmap(-1, 2**20 * 900)", Happening.RAISED),
            ("mmap.mmap(os.memfd_create('x'), 2**20 * 900)", Happening.RAISED),
        ],
    )
    def test_memory_that_could_be_shared(self, bare: Worker, memory: str, happening: Happening) -> None:
        """``RLIMIT_DATA`` does not count it."""
        bare.off = frozenset({Defence.CGROUP})
        fill = "    for at in range(0, len(m), 4096): m[at] = 1\n    time.sleep(2)\n    return 1\n"
        source = f"import mmap, os, time\ndef answer():\n    m = {memory}\n{fill}"

        assert self.outcome(bare, source).happening is happening


class TestControlGroups:
    """The files of both versions; the folder is made up."""

    @pytest.fixture(params=[1, 2])
    def place(self, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
        """A place whose groups are ordinary folders."""
        return Place(folder=tmp_path, kind=KINDS[request.param])

    def test_limits_and_members(self, place: Place) -> None:
        """What is written is what cgroups(7) asks for."""
        place.admit(1234, 64)

        (folder,) = place.folder.iterdir()
        assert (folder / place.kind.memory).read_text() == str(64 * 2**20)
        assert (folder / "cgroup.procs").read_text() == "1234"

    def test_tasks_are_bounded_in_a_tree_of_their_own(self, tmp_path: Path) -> None:
        """Version 1 has a tree for each controller; a group stands in both, and goes from both."""
        memory, tasks = tmp_path / "memory", tmp_path / "pids"
        memory.mkdir()
        tasks.mkdir()
        box = Place(folder=memory, kind=KINDS[1], tasks=tasks).admit(1234, 64)

        (group,) = tasks.iterdir()
        assert (group / "pids.max").read_text() == str(cgroup.MOST_TASKS)
        assert (group / "cgroup.procs").read_text() == "1234"
        for file in (*group.iterdir(), *(memory / group.name).iterdir()):
            file.unlink()
        box.leave()
        assert not [*memory.iterdir(), *tasks.iterdir()]

    @pytest.mark.parametrize(
        ("kills", "met", "lost_one", "ran_out"),
        [(0, 0, False, False), (0, 5, False, False), (2, 0, True, False), (2, 5, True, True)],
    )
    def test_whose_memory_ran_out(
        self,
        place: Place,
        kills: int,
        met: int,
        lost_one: bool,  # noqa: FBT001
        ran_out: bool,  # noqa: FBT001
    ) -> None:
        """A process that the kernel ended for the whole machine's sake is no fault of this group's."""
        box = place.admit(1234, 64)
        (folder,) = place.folder.iterdir()
        events = f"low 1\nmax 9\noom {met}\noom_kill {kills}\n"
        (folder / place.kind.met_file).write_text(f"{met}\n")
        (folder / place.kind.kills).write_text(events)

        assert (box.lost_one(), box.ran_out()) == (lost_one, ran_out)

    def test_a_group_that_is_still_used_is_removed_later(self, place: Place) -> None:
        """Its folder cannot be removed before its last process is gone."""
        box = place.admit(1234, 64)
        (folder,) = place.folder.iterdir()
        box.leave()

        assert place.boxes == [box]
        for file in folder.iterdir():
            file.unlink()
        assert place.sweep()
        assert not folder.exists()

    def test_one_that_takes_no_process_is_not_left(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The fork may be gone already."""

        def refuse(_box: Box, _process: int) -> None:
            raise ProcessLookupError

        monkeypatch.setattr(Box, "admit", refuse)
        monkeypatch.setattr(Box, "make", lambda box, _memory: box._folder.mkdir())

        with pytest.raises(ProcessLookupError):
            place.admit(1234, 64)
        assert (list(place.folder.iterdir()), place.boxes) == ([], [])

    def test_a_delegated_group(self, tmp_path: Path) -> None:
        """Only leaves may hold processes: this one moves into a leaf, and hands the controllers down."""
        (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")

        cgroup._make_room(tmp_path)

        assert (tmp_path / f"grader-{os.getpid()}-self" / "cgroup.procs").read_text() == str(os.getpid())
        assert (tmp_path / "cgroup.subtree_control").read_text() == "+pids"

    def test_a_group_without_the_memory_controller(self, tmp_path: Path) -> None:
        """It is of no use, and nothing is moved."""
        (tmp_path / "cgroup.controllers").write_text("cpu\n")

        with pytest.raises(FileNotFoundError):
            cgroup._make_room(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["cgroup.controllers"]

    def test_who_announces_itself(self) -> None:
        """The kernel vouches for the process id."""
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        with ours, theirs:
            theirs.sendall(b"?")

            assert announced(ours) == os.getpid()


class TestChoosing:
    """The strongest isolation that works is used; none is replaced by an unprotected process."""

    @pytest.fixture
    def machine(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Isolation]]:
        """The isolations that the machine offers."""
        there: set[Isolation] = set()

        def offered(isolation: Isolation) -> Offer:
            return Offer(isolation=isolation, problem="" if isolation in there else "it is refused")

        monkeypatch.setattr(offers, "offer", offered)
        return there  # type: ignore[return-value]

    def test_the_strongest(self, machine: set[Isolation]) -> None:
        """In the order of the list."""
        machine |= {Isolation.LANDLOCK, Isolation.SHARED}

        assert choose_isolation("auto") is Isolation.SHARED

    def test_none(self, machine: set[Isolation]) -> None:
        """Nothing is run, and each reason is told."""
        assert not machine
        with pytest.raises(IsolationError, match=r"bubblewrap: it is refused; shared: .*grader doctor"):
            choose_isolation("auto")

    def test_one_that_is_asked_for(self, machine: set[Isolation]) -> None:
        """It is not replaced by another."""
        machine |= {Isolation.BUBBLEWRAP}

        with pytest.raises(IsolationError, match="landlock: it is refused"):
            choose_isolation("landlock")

    def test_unprotected(self) -> None:
        """Only when asked for by name."""
        assert choose_isolation("process") is Isolation.PROCESS


class Alive:
    """A process that forks come from."""

    def is_alive(self) -> bool:
        """It runs."""
        return True

    def fork_ended(self, _box: Box | None) -> None:
        """Nobody counts."""


class TestInspection:
    """A worker's first fork, in which nothing of a student's runs."""

    SECRETS: ClassVar[dict[str, Any]] = {"file": "/nowhere", "variables": []}

    @pytest.fixture
    def ends(self) -> Iterator[tuple[WorkerFork, Channel, socket.socket]]:
        """A fork, and the two ends that its process would hold."""
        conversation, theirs = socket.socketpair()
        status, their_status = socket.socketpair()
        fork = WorkerFork(Channel(conversation), status, Alive())
        with theirs, their_status:
            yield fork, Channel(theirs), their_status
            fork.end()

    def test_what_it_found(self, ends: tuple[WorkerFork, Channel, socket.socket]) -> None:
        """What the fork found, and what only its supervisor can see."""
        fork, channel, status = ends
        channel.send({"held": ["files", "rights"]})
        status.sendall(b'{"killed": true, "counted": true}\n')

        assert inspected(fork, self.SECRETS) == {Defence.FILES, Defence.RIGHTS, Defence.MEMORY}

    @pytest.mark.parametrize(
        ("report", "told"),
        [
            (b'{"error": "no namespaces"}\n', "could not be isolated: no namespaces"),
            (b'{"signal": 11, "output": "Illegal instruction"}\n', "did not answer: Illegal instruction"),
        ],
    )
    def test_a_fork_that_never_answers(
        self, ends: tuple[WorkerFork, Channel, socket.socket], report: bytes, told: str
    ) -> None:
        """There is no student's code that could have kept it."""
        fork, channel, status = ends
        status.sendall(report)
        channel.close()

        with pytest.raises(IsolationError, match=told):
            inspected(fork, self.SECRETS)

    def test_memory_that_the_kernel_counted(self) -> None:
        """Its word goes before a supervisor's that went down with the rest."""
        conversation, theirs = socket.socketpair()
        status, their_status = socket.socketpair()
        for end in (theirs, their_status):
            end.close()

        ending = WorkerFork(Channel(conversation), status, Alive(), RanOut()).end()

        assert (ending.over, ending.ours) == ("memory", "")

    def test_a_fork_that_the_machine_lost(self) -> None:
        """Too many jobs are our fault, and the student's work is not marked for it."""
        conversation, theirs = socket.socketpair()
        status, their_status = socket.socketpair()
        their_status.sendall(b'{"signal": 9}\n')
        for end in (theirs, their_status):
            end.close()

        assert "use fewer --jobs" in WorkerFork(Channel(conversation), status, Alive(), LostOne()).end().ours


class RanOut(Box):
    """A control group in which the kernel ended somebody."""

    def __init__(self) -> None:
        """Stand for no folder."""

    def ran_out(self) -> bool:
        """It did."""
        return True


class LostOne(RanOut):
    """A control group in which the kernel ended somebody for the whole machine's sake."""

    def ran_out(self) -> bool:
        """It did not."""
        return False

    def lost_one(self) -> bool:
        """It did."""
        return True


class TestProbes:
    """What the inspector cannot try does not hold."""

    def test_a_system_without_the_calls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On macOS there is neither prctl(2) nor capget(2); that is no exception, but a layer less."""
        monkeypatch.setattr(inspection, "LIBC", object())
        secrets = inspection.Secrets(file=__file__, variables=frozenset(os.environ))

        found = in_fork(lambda: inspection.held(secrets))

        assert isinstance(found, list)
        assert not {Defence.CALLS, Defence.RIGHTS} & set(found)

    def test_a_service_in_sight(self, tmp_path: Path) -> None:
        """What listens on a path that may be written to is seen, and not spoken to."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as service:
            service.bind(str(tmp_path / "service"))
            assert str(tmp_path / "service") in inspection._services()
            assert inspection._may_send_to(str(tmp_path / "service"))
            with pytest.raises(BlockingIOError):
                service.recv(1)

    def test_a_service_out_of_reach(self, tmp_path: Path) -> None:
        """Where the filter refuses both ways of speaking to it."""

        def tried() -> bool:
            seccomp.install(own_processes_only=True, own_files_only=True)
            return inspection._may_send_to(str(tmp_path / "service"))

        (tmp_path / "service").touch()
        assert inspection._may_send_to(str(tmp_path / "service"))
        assert in_fork(tried) is False
