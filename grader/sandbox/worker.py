"""The grader's end of a warm process: starts it, asks it for forks, replaces it when it dies."""

import json
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from grader.errors import CodecError, IsolationError, SandboxError, WorkerDied
from grader.sandbox import cgroup, folders, launch
from grader.sandbox.cgroup import Box, Place
from grader.sandbox.channel import Channel
from grader.sandbox.defences import NEEDED, Defence, Isolation
from grader.sandbox.edge import ForkEnded
from grader.sandbox.worker_fork import WorkerFork

__all__ = ["Isolation", "Worker", "WorkerFork"]

WARM_UP_SECONDS = 180.0
TAKING_SECONDS = 60.0
INSPECTION_MIB = 512
#: The files that a fork may write, which are memory too.
FILES_MIB = 256


class Worker:
    """A warm process. Thread-safe; starts on first use and again after it died."""

    def __init__(
        self,
        isolation: Isolation,
        datasets: Path | None = None,
        *,
        private: Path | None = None,
        warm: bool = True,
        off: frozenset[Defence] = frozenset(),
    ) -> None:
        """Prepare a worker that isolates as *isolation* says and shows *datasets* read-only.

        Behind a wall that would show *private*, the solutions, it does not start. One that is not *warm* can
        only be inspected. *off* switches layers off, so that their tests can be seen to fail.
        """
        self.isolation = isolation
        self.held: frozenset[Defence] = frozenset()
        self.off = off
        self._versions: dict[str, str] = {}
        self._datasets = datasets
        self._private = private
        self._warm = warm
        # The kernel kills the process when the thread that started it ends, so one outlives all callers'.
        self._starter = ThreadPoolExecutor(1, "grader-worker")
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._groups: Place | None = None
        self._folder = ""
        self._warm_mib = 0
        self._closed = False

    @property
    def environment(self) -> dict[str, str]:
        """What grades: versions, isolation, the layers that held."""
        layers = ", ".join(defence for defence in Defence if defence in self.held)
        return {**self._versions, "isolation": str(self.isolation), "layers": layers}

    @property
    def process_id(self) -> int:
        """The process that was launched, as the grader sees it; 0 while there is none."""
        return 0 if self._process is None else self._process.pid

    @property
    def folder(self) -> Path:
        """The grader's own folder for this worker, with what the process said in ``worker.log``."""
        return Path(self._folder)

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
            if self.isolation is not Isolation.PROCESS and Defence.CGROUP not in self.off:
                self._groups = self._groups or cgroup.find()
        self.held = self.inspect()
        missing = NEEDED[self.isolation] - self.off - self.held
        if missing:
            self.close()
            raise IsolationError(
                f"on this machine {self.isolation} does not hold: {', '.join(sorted(missing))}"
            )

    def inspect(self) -> frozenset[Defence]:
        """Return the layers that hold, tried out in a fork.

        Raises ``IsolationError`` when there is no such fork to be had.
        """
        fork = self.fork("inspector", INSPECTION_MIB)
        try:
            fork.ask(launch.secrets(self.isolation, self._folder))
            held = {Defence(name) for name in fork.reply(TAKING_SECONDS)["held"]}
        except (ForkEnded, TimeoutError, CodecError) as error:
            ending = fork.end()
            self.close()
            raise IsolationError(ending.ours or f"a first fork did not answer: {ending.output}") from error
        fork.end()
        watched = {Defence.MEMORY} if sys.platform == "linux" else set()
        grouped = {Defence.CGROUP} if self._groups is not None else set()
        return frozenset(held | watched | grouped) - self.off

    def fork(self, role: str, memory_mib: int) -> WorkerFork:
        """Start a fork for *role*: ``student``, ``referee`` or ``inspector``."""
        conversation, theirs = socket.socketpair()
        status, their_status = socket.socketpair()
        groups = self._groups
        try:
            if groups is not None:
                status.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            with theirs, their_status:
                self._hand_over(role, memory_mib, [theirs.fileno(), their_status.fileno()])
            box = None if groups is None else self._box(groups, status, memory_mib)
        except BaseException:
            conversation.close()
            status.close()
            raise
        on_left = None if self.isolation is Isolation.BUBBLEWRAP else self._replace
        return WorkerFork(Channel(conversation), status, box, on_left)

    def _box(self, groups: Place, status: socket.socket, memory_mib: int) -> Box:
        """Put the fork behind *status*, which waits for it, into a control group of its own."""
        status.settimeout(TAKING_SECONDS)
        try:
            process = cgroup.announced(status)
            # What a fork shares with the warm process is counted to it as soon as it writes there.
            box = groups.box(memory_mib + self._warm_mib + FILES_MIB)
            box.admit(process)
            status.sendall(b"!")
        except OSError as error:
            raise WorkerDied(f"a fork could not be put into a control group: {error}") from error
        return box

    def _replace(self, _left: str) -> None:
        """Have the next fork come from a new process: this one has remains that could not be removed."""
        with self._lock:
            self._stop()

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
            if self._groups is not None:
                self._groups.close()

    def _request(self, control: socket.socket, role: str, memory_mib: int, ends: list[int]) -> None:
        request = {
            **launch.request(self.isolation, self._datasets, self._folder),
            "role": role,
            "memory_mib": memory_mib,
            "announced": self._groups is not None,
            "off": sorted(self.off),
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
        self._folder = folders.make(launch.owner(self.isolation))
        command = launch.command(self.isolation, self._datasets, self._private, warm=self._warm)
        self._control, theirs = socket.socketpair()
        with theirs:
            self._starter.submit(self._launch, command, theirs.fileno()).result()
        self._versions = self._wait_until_warm(self._control)
        return self._control

    def _launch(self, command: list[str], control: int) -> None:
        with (Path(self._folder) / "worker.log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[control],
                env={
                    **launch.environment(self.isolation, self._folder, self.off),
                    "GRADER_CONTROL": str(control),
                },
                cwd=self._folder,
            )

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
        told: dict[str, str] = json.loads(greeting)
        self._warm_mib = int(told.pop("memory_mib"))
        return told

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
