"""Between a worker and its fork: what is looked at, how it is ended, and what is left when all else dies."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.evidence import Happening
from grader.sandbox.defences import Isolation
from grader.sandbox.inside import supervisor, sweep, watch
from grader.sandbox.session import Allowance
from grader.sandbox.worker import Worker
from tests.sandbox.running import answer, asks, in_fork, run

#: No process has this number.
NOBODY = 2**22 + 1
#: Starts a process that is nobody's child, in a session of its own, and does not die with anybody.
STRAY = (
    "import ctypes, os, time\n"
    "def stray(seconds):\n"
    "    reader, writer = os.pipe()\n"
    "    if os.fork() == 0:\n"
    "        os.setsid()\n"
    "        if os.fork() == 0:\n"
    "            ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"
    "            os.write(writer, str(os.getpid()).encode())\n"
    "            time.sleep(seconds)\n"
    "        os._exit(0)\n"
    "    os.wait()\n"
    "    return int(os.read(reader, 20))\n"
)


def is_gone_within(seconds: float, process: int) -> bool:
    """Whether *process* ends in time; one that nobody buries has ended, too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


class TestSweeping:
    """What a fork leaves where it had no namespace of its own."""

    def test_a_stray_process(self) -> None:
        """It left its family, and what would have ended it with the fork."""

        def tried() -> list[object]:
            names: dict[str, Callable[[int], int]] = {}
            exec(STRAY, names)  # noqa: S102
            sweep.adopt_orphans()
            process = names["stray"](60)
            started = time.monotonic()
            return [sweep.end_descendants(started + 10), is_gone_within(0.1, process)]

        assert in_fork(tried) == [True, True]

    def test_it_does_not_spin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What does not die at once is given time."""
        looks: list[int] = []
        monkeypatch.setattr(watch, "below", lambda _process: looks.append(1) or [NOBODY])

        left, rounds = in_fork(lambda: [sweep.end_descendants(time.monotonic() + 0.2), len(looks)])
        assert left is False
        assert 1 < rounds <= 22

    def test_nothing_to_end(self) -> None:
        """A process without children is clean."""
        assert in_fork(lambda: sweep.end_descendants(0)) is True

    def test_processes_and_files_share_their_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The grader waits for the report, and what is left is in it."""
        monkeypatch.setattr(sweep, "SWEEPING_SECONDS", 0.0)
        monkeypatch.setattr(watch, "below", lambda _process: [NOBODY])
        (tmp_path / "fork").mkdir()
        (tmp_path / "fork" / "file").write_text("x")

        assert in_fork(lambda: sweep.clean(str(tmp_path / "fork"))) == "processes, files"

    def test_what_could_not_be_ended_in_time_is_ended_later(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The grader hears at once that something is left, and need not wait for its end."""
        end, tries = sweep.end_descendants, list[int]()
        grader, line = socket.socketpair()
        request = {"announced": False, "folder": str(tmp_path), "isolation": str(Isolation.LANDLOCK)}

        def tried() -> object:
            names: dict[str, Callable[[int], int]] = {}
            exec(STRAY, names)  # noqa: S102
            strays = list[int]()
            monkeypatch.setattr(
                sweep,
                "end_descendants",
                lambda until: tries.append(1) is None and len(tries) > 1 and end(until),
            )
            monkeypatch.setattr(supervisor, "_attend", lambda *_: strays.append(names["stray"](60)) or {})
            supervisor._supervise(request, 0, line)
            return [json.loads(grader.recv(100))["left"], is_gone_within(0.1, strays[0])]

        with grader, line:
            assert in_fork(tried) == ["processes", True]


class TestLooking:
    """How it learns of an end, and what it tells."""

    @pytest.fixture
    def line(self) -> Iterator[socket.socket]:
        """The status line; the grader is there."""
        grader, line = socket.socketpair()
        with grader, line:
            yield line

    def watched(self, line: socket.socket, source: str, worker: int | None = None) -> tuple[str, str]:
        """Return the output of a child, and what it had too much of."""
        reader, writer = os.pipe()
        words = [sys.executable, "-I", "-S", "-c", source]
        with subprocess.Popen(words, stdout=writer) as child:
            os.close(writer)
            try:
                return supervisor._watch(child.pid, reader, line, worker or os.getppid(), str)
            finally:
                child.kill()
                os.close(reader)

    def refuse(self, _process: int) -> int:
        """Do as a kernel without the call does: Linux before 5.3, whatever Python has."""
        raise OSError(38, "Function not implemented")

    @pytest.mark.parametrize("kernel", ["new", "old", "none"])
    def test_a_child_that_ends(
        self, kernel: str, line: socket.socket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With and without a descriptor of it."""
        if kernel == "old":
            monkeypatch.setattr(os, "pidfd_open", self.refuse)
        if kernel == "none":
            monkeypatch.delattr(os, "pidfd_open", raising=False)

        assert self.watched(line, "print('said')") == ("said\n", "")

    def test_a_worker_that_is_gone(self, line: socket.socket) -> None:
        """The supervisor has another parent then, and does not wait for the grader."""
        started = time.monotonic()

        self.watched(line, "import time; time.sleep(30)", worker=NOBODY)

        assert time.monotonic() - started < 10

    def test_a_grader_that_is_gone(self) -> None:
        """The end of the line is enough, however the grader ended."""
        started = time.monotonic()
        grader, line = socket.socketpair()
        grader.close()

        with line:
            self.watched(line, "import time; time.sleep(30)")

        assert time.monotonic() - started < 10

    def test_a_look_that_fails(self, monkeypatch: pytest.MonkeyPatch, line: socket.socket) -> None:
        """The fork is killed all the same, and the fault is told."""
        killed: list[int] = []
        monkeypatch.setattr(supervisor, "_begin", lambda *_: (NOBODY, 0, ""))
        monkeypatch.setattr(supervisor, "_is_counted", lambda *_: 1 / 0)
        monkeypatch.setattr(supervisor.ending, "kill", lambda child, **_: killed.append(child))
        request = {"isolation": "process", "off": [], "folder": "/", "memory_mib": 64}

        with pytest.raises(ZeroDivisionError):
            supervisor._attend(request, "/", 0, line, 0)
        assert killed == [NOBODY]

    @pytest.mark.parametrize(("memory", "counted"), [(5, True), (0, False)])
    def test_whether_it_can_count(
        self,
        memory: int,
        counted: bool,  # noqa: FBT001
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A fork that it does not see, or sees no memory of, is not."""
        monkeypatch.setattr(watch, "below", lambda _process: [4, 7])
        monkeypatch.setattr(watch, "everyone", lambda: [1])
        monkeypatch.setattr(watch, "memory_of", lambda _process: memory)

        assert supervisor._is_counted({"isolation": "shared"}, 7) is counted
        assert supervisor._is_counted({"isolation": "bubblewrap"}, 7) is counted
        assert supervisor._is_counted({"isolation": "shared"}, 8) is False


class TestTheEndOfAWorker:
    """Where no PID namespace ends with it, supervisors outlive it for as long as they need to sweep."""

    @pytest.fixture
    def worker(self) -> Iterator[Worker]:
        """A plain process; what runs in it here is harmless."""
        with Worker(Isolation.PROCESS) as worker:
            yield worker

    def test_a_fork_that_runs(self, worker: Worker, tmp_path: Path) -> None:
        """When its worker is stopped, nothing of it is left, also what left its family."""
        cell = f"{STRAY}\nopen({str(tmp_path / 'new')!r}, 'w').write(str(stray(60)))\n"
        cell += f"os.rename({str(tmp_path / 'new')!r}, {str(tmp_path / 'stray')!r})\ntime.sleep(60)"
        told: list[object] = []
        allowance = Allowance(cell_seconds=60.0, submission_seconds=60.0, memory_mib=512)

        def observed() -> None:
            with suppress(GraderError):
                told.append(run(worker, [cell], asks("answer"), allowance=allowance))

        thread = threading.Thread(target=observed)
        thread.start()
        deadline = time.monotonic() + 30
        while not (tmp_path / "stray").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert told == []
        stray = int((tmp_path / "stray").read_text())

        assert not is_gone_within(0.1, stray)
        worker.close()
        assert is_gone_within(15, stray)
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def shared() -> Iterator[Worker]:
    """A worker whose forks share its namespaces."""
    with Worker(Isolation.SHARED) as worker:
        yield worker


class TestSharedNamespaces:
    """Where forks are kept apart by no namespaces: what they leave, and take too much of."""

    @pytest.mark.parametrize(
        ("source", "detail"),
        [
            (
                "    for _ in range(66):\n        if os.fork() == 0: time.sleep(20); os._exit(0)\n",
                "it had more than 64 processes at a time: start fewer",
            ),
            ("    for n in range(20_100): open(f'own/{n}', 'w').close()\n", "it had more than 20,000 files"),
            ("    for _ in range(1500): os.mkdir('d'); os.chdir('d')\n", "folders too deep to count"),
            (
                "    for n in range(3): open(f'own/{n}', 'wb').write(bytes(100 * 2**20))\n",
                "it wrote more than 256 MiB to files",
            ),
        ],
        ids=["processes", "files", "deep", "disk"],
    )
    def test_too_much(self, shared: Worker, source: str, detail: str) -> None:
        """The supervisor ends it, and the student is told of what there was too much."""
        cell = f"import os, time\ndef answer():\n{source}    time.sleep(8)\n    return 1\n"

        observed = run(shared, [cell], asks("answer", seconds=15.0))

        outcome = observed.evidence["exercise", "answer"].outcomes[0]
        assert outcome.happening is Happening.OUT_OF_MEMORY
        assert detail in outcome.detail

    def test_very_deep_folders_are_no_fault_of_ours(self, shared: Worker) -> None:
        """They are removed after the fork, and the worker goes on."""
        process = shared._process
        cell = (
            "import os\ndef answer():\n    for _ in range(1500): os.mkdir('d'); os.chdir('d')\n    return 1\n"
        )

        assert answer(shared, cell).value == 1
        assert shared._process is process

    def test_stray_processes(self, shared: Worker) -> None:
        """What left its family is gone before the next submission."""
        before = set(watch.below(os.getpid()))

        assert answer(shared, f"{STRAY}\ndef answer(): return stray(987) > 0").value is True
        # The supervisor itself ends when it has reported.
        left = set(watch.below(os.getpid())) - before
        assert all(is_gone_within(2, process) for process in left)
