"""The warm process and its launcher: threads, folders, limits, and what the wall is made of."""

import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from grader.errors import IsolationError
from grader.sandbox import bubblewrap, folders, visible
from grader.sandbox.cgroup import Box
from grader.sandbox.defences import MOST_PROCESSES, NEEDED, Isolation
from grader.sandbox.inside import ending, isolation
from grader.sandbox.offers import offer
from grader.sandbox.warm import Settings, WarmProcess
from grader.sandbox.worker import Worker
from tests.sandbox.running import answer

PYTHON = sys.executable


@pytest.fixture(scope="module", params=list(Isolation))
def started_elsewhere(request: pytest.FixtureRequest) -> Iterator[Worker]:
    """A worker of each kind that a thread started which is gone, where TensorFlow was imported before."""
    if request.param is Isolation.LANDLOCK and (problem := offer(request.param).problem):
        pytest.skip(f"this user cannot have it: {problem}")
    worker = Worker(request.param)
    with pytest.MonkeyPatch.context() as patch:
        # TensorFlow sets this one, and every program started by a notebook's kernel inherits it.
        patch.setenv("TF2_BEHAVIOR", "1")
        thread = threading.Thread(target=worker.start)
        thread.start()
        thread.join()
    yield worker
    worker.close()


class TestProcess:
    """It lives as long as its Worker, whichever thread started it."""

    def test_it_outlives_the_thread_that_started_it(self, started_elsewhere: Worker) -> None:
        """Forks made later come from the same process."""
        process = started_elsewhere._process

        assert answer(started_elsewhere, "def answer(): return 3").value == 3
        assert answer(started_elsewhere, "def answer(): return 4").value == 4
        assert process is not None
        assert started_elsewhere._process is process

    def test_the_threads_of_a_user_are_not_counted(self, started_elsewhere: Worker) -> None:
        """Where others of the user would count, the bound lies above them."""
        source = "import resource\ndef answer(): return resource.getrlimit(resource.RLIMIT_NPROC)[0]"
        here = resource.getrlimit(resource.RLIMIT_NPROC)[0]
        least = {Isolation.BUBBLEWRAP: MOST_PROCESSES, Isolation.PROCESS: here}

        value = answer(started_elsewhere, source).value

        assert value >= least.get(started_elsewhere.isolation, MOST_PROCESSES + isolation.NEIGHBOURS)

    def test_many_threads_ask_at_once(self, started_elsewhere: Worker) -> None:
        """Each gets a fork of its own."""
        given: list[object] = []

        def ask(number: int) -> None:
            given.append(answer(started_elsewhere, f"def answer(): return {number}").value)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(map(str, given)) == [str(number) for number in range(8)]


class TestTheEndOfAProcess:
    """It dies under several threads, which all say so at once."""

    @pytest.fixture
    def process(self) -> Iterator[WarmProcess]:
        """A process that nothing was imported into."""
        settings = Settings(
            isolation=Isolation.PROCESS, datasets=None, private=None, warm=False, off=frozenset()
        )
        made = WarmProcess(settings)
        yield made
        made.stop()

    def test_forks_are_counted_out_while_it_is_stopped(self, process: WarmProcess) -> None:
        """Each of their groups is left once or more, and none is forgotten."""
        left: list[int] = []

        class Group:
            """A group whose leaving ends another fork, as a thread in between would."""

            def __init__(self, number: int) -> None:
                self.number = number

            def leave(self) -> None:
                left.append(self.number)
                if len(left) == 1:
                    for other in groups:
                        process.fork_ended(cast("Box", other))

        groups = [Group(number) for number in range(4)]
        for group in groups:
            process.keep(cast("Box", group))

        process.stop()

        assert set(left) == {0, 1, 2, 3}

    def test_a_group_that_comes_too_late_is_left_at_once(self, process: WarmProcess) -> None:
        """Nobody would remove it later."""
        left: list[bool] = []

        class Group:
            """A group that tells when it is left."""

            def leave(self) -> None:
                left.append(True)

        process.stop()
        process.keep(cast("Box", Group()))

        assert left == [True]
        assert not process.is_alive()


class TestLimits:
    """The bound on processes, on kernels of different age."""

    @pytest.mark.parametrize(
        ("release", "others"),
        [("6.18.44-fc", 0), ("5.14.0", 0), ("5.13.19", 1000), ("4.18.0-513.el8", 1000), ("strange", 1000)],
    )
    def test_older_kernels_count_the_whole_user(
        self, release: str, others: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """There, the bound lies above everything that runs already."""
        set_to: list[int] = []
        name = os.uname_result(("Linux", "here", release, "#1", "x86_64"))
        monkeypatch.setattr(os, "uname", lambda: name)
        monkeypatch.setattr(isolation, "tasks_of_the_machine", lambda: 1000)
        monkeypatch.setattr(isolation, "_bound", lambda _kind, bound: set_to.append(bound))

        isolation.limit_processes(64, alone=True)

        assert set_to == [64 + (others + isolation.NEIGHBOURS if others else 0)]

    def test_the_tasks_of_the_machine(self) -> None:
        """At least this one runs."""
        assert isolation.tasks_of_the_machine() >= 1


class TestTheEndOfAFork:
    """A supervisor learns how its fork ended, also where ``os.waitid`` is missing."""

    @pytest.fixture(params=[True, False], ids=["waitid", "waitpid"])
    def line(
        self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[socket.socket]:
        """The status line; the grader asked to wait."""
        if not request.param:
            monkeypatch.delattr(os, "waitid")
        grader, line = socket.socketpair()
        with grader, line:
            grader.sendall(b"w")
            yield line

    def test_it_exits(self, line: socket.socket) -> None:
        """Its exit status is kept."""
        child = _child("raise SystemExit(5)")

        killed, status = ending.bring_to_an_end(child, line, own_namespaces=False, at_once=False)

        assert (killed, ending.told(status)) == (False, {"exit": 5})

    def test_it_is_killed(self, line: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that does not end in time is."""
        monkeypatch.setattr(ending, "DYING_SECONDS", 0.1)
        child = _child("import time; time.sleep(60)")

        killed, status = ending.bring_to_an_end(child, line, own_namespaces=False, at_once=False)

        assert (killed, ending.told(status)) == (True, {"signal": 9})


def _child(source: str) -> int:
    return os.posix_spawn(PYTHON, [PYTHON, "-I", "-S", "-c", source], {}, setpgroup=0)


class TestStaleFolders:
    """A killed grader's folder is removed by the next."""

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A worker's folder, the only one there is."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        folder = tmp_path / "grader-x"
        folder.mkdir()
        return folder

    def test_of_a_process_that_is_gone(self, folder: Path) -> None:
        """Nobody holds the lock."""
        (folder / folders.OWNER).touch()

        assert list(folders.stale()) == [folder]

    def test_of_a_process_that_runs(self, folder: Path) -> None:
        """It is in use, whoever asks: another container's process ids mean nothing here."""
        mine = folders.make()

        assert list(folders.stale()) == []
        os.close(mine.lock)
        assert list(folders.stale()) == [mine.path]
        assert folder.exists()

    def test_it_is_removed(self, folder: Path) -> None:
        """When the next one is made."""
        (folder / folders.OWNER).touch()

        mine = folders.make()

        assert not folder.exists()
        mine.remove()
        assert not mine.path.exists()

    def test_of_another_file_behind_a_link(self, folder: Path, tmp_path: Path) -> None:
        """What somebody made to look like a lock is left alone."""
        (tmp_path / "other").touch()
        (folder / folders.OWNER).symlink_to(tmp_path / "other")

        assert list(folders.stale()) == []

    def test_without_an_owner(self) -> None:
        """A folder that only has the name is left alone."""
        assert list(folders.stale()) == []


class TestWhatIsBound:
    """Packages are seen wherever they are, and the solutions nowhere."""

    @pytest.fixture
    def packages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder with packages outside of site-packages."""
        folder = tmp_path / "packages"
        folder.mkdir()
        monkeypatch.syspath_prepend(folder)
        return folder

    def test_folders_of_pythonpath(self, packages: Path) -> None:
        """They come in the order of ``sys.path``, site-packages among them."""
        found = visible.package_folders()

        assert found[0] == str(packages)
        assert any(Path(folder).name in ("site-packages", "dist-packages") for folder in found[1:])
        assert bubblewrap._import_paths() == ["/own", *(f"/site/{n}" for n in range(len(found)))]

    def test_neither_the_standard_library_nor_this_project(self) -> None:
        """Those are bound by other means, or hold what nobody may see."""
        found = set(map(Path, visible.package_folders()))

        assert found & {Path(os.__file__).resolve().parent, Path(__file__).parents[2], Path.cwd()} == set()

    @pytest.mark.parametrize("sign", [".git", "pyproject.toml", "setup.py", "solutions"])
    def test_no_projects_own_folder(self, packages: Path, sign: str) -> None:
        """An editable install puts it on the path, with whatever stands beside its packages."""
        (packages / sign).mkdir()

        assert str(packages) not in visible.package_folders()

    def test_no_folder_that_holds_the_home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A careless PYTHONPATH does not lay the user's files open."""
        home = tmp_path / "home" / "teacher"
        home.mkdir(parents=True)
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setattr(sys, "path", [str(home), str(home.parent), "/", *sys.path])

        assert {str(home), str(home.parent), "/"} & set(visible.package_folders()) == set()

    @pytest.mark.parametrize("below", ["", "course/solutions"])
    def test_solutions_among_packages(self, packages: Path, below: str) -> None:
        """No process is started that would show them."""
        with pytest.raises(IsolationError, match="would be seen"):
            bubblewrap.command(None, packages / below)

    def test_solutions_among_datasets(self, tmp_path: Path) -> None:
        """The same."""
        with pytest.raises(IsolationError, match="datasets"):
            bubblewrap.command(tmp_path, tmp_path / "solutions")

    def test_solutions_in_the_system_behind_a_link(self, tmp_path: Path) -> None:
        """The same, whatever path leads there."""
        (tmp_path / "solutions").symlink_to("/usr/share")

        worker = Worker(Isolation.BUBBLEWRAP, private=tmp_path / "solutions")
        with pytest.raises(IsolationError, match="/usr"):
            worker.start()
        worker.close()

    def test_solutions_elsewhere(self, tmp_path: Path) -> None:
        """That is the rule."""
        assert bubblewrap.command(None, tmp_path / "solutions")[0] == "bwrap"

    @pytest.mark.parametrize(
        ("told", "bounded"),
        [("    --perms OCTAL\n    --size BYTES  Set size\n", True), ("    --perms OCTAL\n", False)],
    )
    def test_an_older_bubblewrap(self, told: str, bounded: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
        """Before 0.7 it takes no size, and would not start with one."""
        done = subprocess.CompletedProcess(["bwrap"], 0, stdout=told)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
        bubblewrap._knows.cache_clear()

        words = bubblewrap.command(None)

        bubblewrap._knows.cache_clear()
        assert ("--size" in words) is bounded
        assert words.count("--tmpfs") == 2
        assert "0.5" in bubblewrap.INSTALL


class TestLandlockAlone:
    """Tried out as root, whose submissions run as another user; the system's Python is open to that one."""

    @pytest.fixture
    def system_python(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The system's interpreter, with the packages of this one."""
        python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
        if os.geteuid() != 0 or not Path(python).exists():
            pytest.skip("needs root and a Python of the system's of the same version")
        monkeypatch.setattr(sys, "executable", python)
        monkeypatch.setattr(sys, "base_prefix", "/usr")

    @pytest.mark.usefixtures("system_python")
    def test_all_that_is_needed_holds(self) -> None:
        """By nothing but Landlock and seccomp."""
        with Worker(Isolation.LANDLOCK, warm=False) as worker:
            assert worker.held >= NEEDED[Isolation.LANDLOCK]
