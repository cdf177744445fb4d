"""The grader's end of a warm process: starts it, asks it for forks, replaces it when it dies."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from grader.errors import IsolationError, SandboxError, WorkerDied
from grader.sandbox import bubblewrap
from grader.sandbox.channel import Channel
from grader.sandbox.worker_fork import WorkerFork, try_out

__all__ = ["Isolation", "Worker", "WorkerFork", "choose_isolation"]

WARM_UP_SECONDS = 180.0
TAKING_SECONDS = 60.0
TRIAL_MIB = 512
FOLDER = "grader-"


class Isolation(StrEnum):
    """How submissions are kept apart. ``PROCESS`` is no boundary."""

    BUBBLEWRAP = "bubblewrap"
    PROCESS = "process"


def choose_isolation(asked: str) -> Isolation:
    """Turn ``auto``, ``bubblewrap`` or ``process`` into what this machine will use.

    Raises ``IsolationError`` when bubblewrap is needed and missing.
    """
    if asked == Isolation.PROCESS:
        return Isolation.PROCESS
    if not bubblewrap.is_available():
        raise IsolationError(
            f"bubblewrap was not found, and submissions are not run without it: {bubblewrap.INSTALL}, "
            "or give --isolation process to run them unprotected"
        )
    return Isolation.BUBBLEWRAP


class Worker:
    """A warm process. Thread-safe; starts on first use and again after it died."""

    def __init__(
        self, isolation: Isolation, datasets: Path | None = None, *, private: Path | None = None
    ) -> None:
        """Prepare a worker that isolates as *isolation* says and shows *datasets* read-only.

        Behind a wall that would show *private*, the solutions, it does not start.
        """
        self.isolation = isolation
        self.environment: dict[str, str] = {}
        self._datasets = datasets
        self._private = private
        # The kernel kills the process when the thread that started it ends, so one outlives all callers'.
        self._starter = ThreadPoolExecutor(1, "grader-worker")
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder = ""
        self._closed = False

    def __enter__(self) -> Self:
        """Start the process."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the process and everything it runs."""
        self.close()

    def start(self) -> None:
        """Start and warm up, unless it runs, and try a fork.

        Raises ``SandboxError`` with what the process said, ``IsolationError`` when it cannot isolate forks.
        """
        with self._lock:
            self._start()
        ending = try_out(self.fork("student", TRIAL_MIB))
        if ending.ours:
            self.close()
            raise IsolationError(f"{ending.ours}. {bubblewrap.REFUSED}")

    def fork(self, role: str, memory_mib: int) -> WorkerFork:
        """Start a fork for *role*."""
        conversation, theirs = socket.socketpair()
        status, their_status = socket.socketpair()
        try:
            with theirs, their_status:
                self._hand_over(role, memory_mib, [theirs.fileno(), their_status.fileno()])
        except BaseException:
            conversation.close()
            status.close()
            raise
        return WorkerFork(Channel(conversation), status)

    def _hand_over(self, role: str, memory_mib: int, ends: list[int]) -> None:
        """Ask for a fork that talks over *ends*; of a new process, when the old one takes no requests."""
        with self._lock:
            try:
                self._request(self._start(), role, memory_mib, ends)
            except OSError:
                self._stop()
                try:
                    self._request(self._start(), role, memory_mib, ends)
                except OSError as error:
                    raise WorkerDied("the warm process does not take requests") from error

    def close(self) -> None:
        """Stop the process for good; forks die with it."""
        with self._lock:
            self._closed = True
            self._stop()
            self._starter.shutdown()

    def _request(self, control: socket.socket, role: str, memory_mib: int, ends: list[int]) -> None:
        isolated = self.isolation is Isolation.BUBBLEWRAP
        datasets = "/datasets" if isolated else str(self._datasets.resolve()) if self._datasets else ""
        request = {
            "role": role,
            "memory_mib": memory_mib,
            "isolated": isolated,
            "folder": "/home/student" if isolated else self._folder,
            "datasets": datasets if self._datasets else "",
        }
        socket.send_fds(control, [json.dumps(request).encode()], ends)
        if not control.recv(1):
            raise BrokenPipeError

    def _start(self) -> socket.socket:
        """Start and warm up, unless it runs; return the control socket."""
        if self._closed:
            raise WorkerDied("the sandbox was closed")
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self._stop()
        command = self._command()
        for stale in _stale_folders():
            shutil.rmtree(stale, ignore_errors=True)
        self._folder = tempfile.mkdtemp(prefix=FOLDER)
        (Path(self._folder) / "owner").write_text(_owner(os.getpid()))
        self._control, theirs = socket.socketpair()
        with theirs:
            self._starter.submit(self._launch, command, theirs.fileno()).result()
        self.environment = self._wait_until_warm(self._control)
        return self._control

    def _launch(self, command: list[str], control: int) -> None:
        with (Path(self._folder) / "worker.log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[control],
                env=self._environment(control),
                cwd=self._folder,
            )

    def _command(self) -> list[str]:
        if self.isolation is Isolation.BUBBLEWRAP:
            return bubblewrap.command(self._datasets, self._private)
        paths = [str(Path(__file__).parents[2]), *bubblewrap.package_folders()]
        return [sys.executable, "-I", "-c", bubblewrap.START.format(paths=paths)]

    def _environment(self, control: int) -> dict[str, str]:
        own = {**bubblewrap.QUIET_TENSORFLOW, "GRADER_CONTROL": str(control)}
        if self.isolation is Isolation.BUBBLEWRAP:
            return {**bubblewrap.environment(), **own}
        if sys.platform == "darwin":
            # Else macOS kills forks of a process that has loaded its frameworks.
            own["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
            if name in os.environ
        }
        return {**kept, **own, "IPYTHONDIR": self._folder}

    def _wait_until_warm(self, control: socket.socket) -> dict[str, str]:
        control.settimeout(WARM_UP_SECONDS)
        try:
            greeting = control.recv(65536)
        except OSError:
            greeting = b""
        if not greeting:
            said = self._log_tail()
            self._stop()
            raise SandboxError(
                f"the warm process did not start ({self.isolation}); it said:\n{said or '(nothing)'}"
            )
        control.settimeout(TAKING_SECONDS)
        return {**json.loads(greeting), "isolation": str(self.isolation)}

    def _log_tail(self) -> str:
        try:
            return (Path(self._folder) / "worker.log").read_text(errors="replace")[-2000:].strip()
        except OSError:
            return ""

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


def _stale_folders() -> Iterator[Path]:
    """Yield this user's folders whose grader was killed before it could remove them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        try:
            if folder.lstat().st_uid == os.getuid() and (folder / "owner").is_file():
                host, pid = (folder / "owner").read_text().rsplit(maxsplit=1)
                if host == socket.gethostname():
                    os.kill(int(pid), 0)
        except ProcessLookupError:
            yield folder
        except (OSError, ValueError, OverflowError):
            continue


def _owner(pid: int) -> str:
    # Process ids mean nothing on another machine, or in another container, that shares the folder.
    return f"{socket.gethostname()} {pid}"
