"""The grader's end of the warm process: forks from it, and another one when it dies or has to be left."""

import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from grader.errors import IsolationError, WorkerDied
from grader.sandbox import cgroup, launch
from grader.sandbox.cgroup import Box, Place
from grader.sandbox.channel import Channel
from grader.sandbox.defences import MOST_FILES_MIB, NEEDED, Defence, Isolation
from grader.sandbox.warm import TAKING_SECONDS, Settings, WarmProcess
from grader.sandbox.worker_fork import WorkerFork, inspected

__all__ = ["Isolation", "Worker", "WorkerFork"]

INSPECTION_MIB = 512


class Worker:
    """A source of forks. Thread-safe; the warm process starts on first use and again after it died."""

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
        self._settings = Settings(isolation=isolation, datasets=datasets, private=private, warm=warm, off=off)
        self._lock = threading.Lock()
        self._process: WarmProcess | None = None
        #: Those that take no more requests; some of their forks still run.
        self._retired: list[WarmProcess] = []
        self._closed = False

    @property
    def environment(self) -> dict[str, str]:
        """What grades: versions, isolation, the layers that held."""
        layers = ", ".join(defence for defence in Defence if defence in self.held)
        versions = {} if self._process is None else self._process.versions
        return {**versions, "isolation": str(self.isolation), "layers": layers}

    @property
    def process_id(self) -> int:
        """The process that was launched, as the grader sees it; 0 while there is none."""
        return 0 if self._process is None else self._process.pid

    @property
    def folder(self) -> Path:
        """The grader's own folder for the running process, with what it said in ``worker.log``."""
        return Path() if self._process is None else self._process.folder

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
        """Start and warm up, unless it runs, and find out which layers hold.

        Raises ``SandboxError`` with what the process said, ``IsolationError`` when it cannot isolate forks.
        """
        self._ready()

    def fork(self, role: str, memory_mib: int) -> WorkerFork:
        """Start a fork for *role*: ``student``, ``referee`` or ``inspector``."""
        process = self._ready()
        try:
            return self._fork_of(process, role, memory_mib)
        except OSError:
            self._forget(process)
        try:
            return self._fork_of(self._ready(), role, memory_mib)
        except OSError as error:
            raise WorkerDied(f"the warm process does not take requests: {error}") from error

    def close(self) -> None:
        """Stop the process for good; forks die with it."""
        with self._lock:
            self._closed = True
            processes, self._process = [*self._retired, self._process], None
            self._retired.clear()
        for process in processes:
            if process is not None:
                process.stop()
        cgroup.settle()

    def _ready(self) -> WarmProcess:
        """Return a process that takes requests and was inspected, a new one if need be."""
        with self._lock:
            if self._closed:
                raise WorkerDied("the sandbox was closed")
            if self._process is not None and self._process.is_alive():
                return self._process
            if self._process is not None:
                self._process.stop()
                self._process = None
            self._groups()
            process = WarmProcess(self._settings)
            try:
                self.held = self._inspect(process)
            except BaseException:
                process.stop()
                raise
            self._process = process
            return process

    def _forget(self, process: WarmProcess) -> None:
        """Take the next fork from a new process; one that still runs keeps the forks of others."""
        if process.is_alive():
            self._retire(process)
            return
        with self._lock:
            if self._process is process:
                self._process = None
        process.stop()

    def _retire(self, process: WarmProcess) -> None:
        """Have the next fork come from a new process: this one has remains that could not be removed."""
        with self._lock:
            if self._process is process:
                self._process = None
                self._retired.append(process)
        process.retire()

    def _fork_of(self, process: WarmProcess, role: str, memory_mib: int) -> WorkerFork:
        """Raise ``OSError`` when *process* takes no requests."""
        conversation, theirs = socket.socketpair()
        status, their_status = socket.socketpair()
        groups = self._groups()
        wanted = {"role": role, "memory_mib": memory_mib, "announced": groups is not None}
        try:
            if groups is not None:
                status.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            with theirs, their_status:
                process.request({**wanted, "off": sorted(self.off)}, [theirs.fileno(), their_status.fileno()])
            box = None if groups is None else self._admit(groups, status, process, memory_mib)
        except BaseException:
            conversation.close()
            status.close()
            raise
        # In namespaces of its own nothing can be left.
        on_left = None if self.isolation is Isolation.BUBBLEWRAP else lambda _left: self._retire(process)
        return WorkerFork(Channel(conversation), status, process, box, on_left)

    def _groups(self) -> Place | None:
        """Return where control groups can be made; asked before the first process is started in ours."""
        wanted = self.isolation is not Isolation.PROCESS and Defence.CGROUP not in self.off
        return cgroup.find() if wanted else None

    def _admit(self, groups: Place, status: socket.socket, process: WarmProcess, memory_mib: int) -> Box:
        """Put the fork behind *status*, which waits for it, into a control group of its own.

        Raises ``OSError``, also for a fork whose process died before it was made.
        """
        status.settimeout(TAKING_SECONDS)
        # What a fork shares with the warm process is counted to it as soon as it writes there.
        most = memory_mib + process.held_mib + MOST_FILES_MIB
        box = groups.admit(cgroup.announced(status), most)
        process.keep(box)
        status.sendall(b"!")
        return box

    def _inspect(self, process: WarmProcess) -> frozenset[Defence]:
        """Return the layers that hold, tried out in a fork of *process*.

        Raises ``IsolationError`` when it has no such fork, or when a layer that is needed does not hold.
        """
        try:
            fork = self._fork_of(process, "inspector", INSPECTION_MIB)
        except OSError as error:
            raise IsolationError(f"the warm process does not take requests: {error}") from error
        held = inspected(fork, launch.secrets(self.isolation, process.folder)) - self.off
        missing = NEEDED[self.isolation] - self.off - held
        if missing:
            words = ", ".join(sorted(missing))
            raise IsolationError(f"on this machine {self.isolation} does not hold: {words}")
        return held
