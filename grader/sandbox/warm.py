"""One warm process: launched, asked for forks, stopped when it is not wanted and its forks have ended."""

import json
import socket
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import SandboxError
from grader.sandbox import folders, launch
from grader.sandbox.cgroup import Box
from grader.sandbox.defences import Defence, Isolation

WARM_UP_SECONDS = 180.0
TAKING_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a warm process is made: see ``Worker``."""

    isolation: Isolation
    datasets: Path | None
    private: Path | None
    warm: bool
    off: frozenset[Defence]


class WarmProcess:
    """A process that forks on request. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        """Launch it and wait until it is warm. Raises ``SandboxError`` with what it said."""
        self._settings = settings
        # Asking may wait for the process; ending it must not wait for that.
        self._lock, self._guard = threading.Lock(), threading.Lock()
        self._forks = 0
        self._retired = False
        self._boxes = set[Box]()
        # The kernel kills the process when the thread that started it ends, so one outlives all callers'.
        self._starter = ThreadPoolExecutor(1, "grader-worker")
        self._process: subprocess.Popen[bytes] | None = None
        try:
            command = launch.command(
                settings.isolation, settings.datasets, settings.private, warm=settings.warm
            )
            self._folder = folders.make(launch.owner(settings.isolation))
        except OSError as error:
            raise SandboxError(f"the warm process could not be started: {error}") from error
        self._control, theirs = socket.socketpair()
        try:
            with theirs:
                self._starter.submit(self._launch, command, theirs.fileno()).result()
            self.versions = self._wait_until_warm()
        except OSError as error:
            self.stop()
            raise SandboxError(f"the warm process could not be started: {error}") from error
        except BaseException:
            self.stop()
            raise
        self.held_mib = int(self.versions.pop("memory_mib"))

    @property
    def pid(self) -> int:
        """The process that was launched, as the grader sees it."""
        process = self._process
        return 0 if process is None else process.pid

    @property
    def folder(self) -> Path:
        """The grader's own folder for it, with what it said in ``worker.log``."""
        return self._folder.path

    def is_alive(self) -> bool:
        """Whether it runs and may be asked for forks."""
        process = self._process  # another thread may be stopping it
        return not self._retired and process is not None and process.poll() is None

    def request(self, wanted: dict[str, Any], ends: Sequence[int]) -> None:
        """Ask for a fork that talks over *ends*. Raises ``OSError`` when the process takes no requests."""
        settings = self._settings
        whole = {
            **launch.request(settings.isolation, settings.datasets, str(self.folder)),
            "off": sorted(settings.off),
            **wanted,
        }
        with self._lock:
            socket.send_fds(self._control, [json.dumps(whole).encode()], ends)
            if not self._control.recv(1):
                raise BrokenPipeError
            with self._guard:
                self._forks += 1

    def keep(self, box: Box) -> None:
        """Remember *box*, to be removed with this process at the latest."""
        with self._guard:
            stopped = self._process is None
            if not stopped:
                self._boxes.add(box)
        if stopped:
            box.leave()

    def fork_ended(self, box: Box | None) -> None:
        """Count a fork as ended, and remove its box; the last one of a retired process stops it."""
        if box is not None:
            with self._guard:
                self._boxes.discard(box)
            box.leave()
        with self._guard:
            self._forks -= 1
            is_done = self._retired and self._forks <= 0
        if is_done:
            self.stop()

    def retire(self) -> None:
        """Take no more requests: something was left behind that could not be removed."""
        self._retired = True

    def stop(self) -> None:
        """End it, and its forks with it. Threads whose forks died with it may all say so at once."""
        self._control.close()
        with self._guard:
            process, self._process = self._process, None
            boxes, self._boxes = self._boxes, set[Box]()
        if process is not None:
            process.kill()
            process.wait()
            self._folder.remove()
        self._starter.shutdown()
        for box in boxes:
            box.leave()

    def _launch(self, command: list[str], control: int) -> None:
        settings = self._settings
        environment = launch.environment(settings.isolation, str(self.folder), settings.off)
        with (self.folder / "worker.log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[control],
                env={**environment, "GRADER_CONTROL": str(control)},
                cwd=self.folder,
            )

    def _wait_until_warm(self) -> dict[str, str]:
        self._control.settimeout(WARM_UP_SECONDS)
        try:
            greeting = self._control.recv(65536)
        except OSError:
            greeting = b""
        if not greeting:
            said = self._log_tail() or "(nothing)"
            isolation = self._settings.isolation
            raise SandboxError(f"the warm process did not start ({isolation}); it said:\n{said}")
        self._control.settimeout(TAKING_SECONDS)
        told: dict[str, str] = json.loads(greeting)
        return told

    def _log_tail(self) -> str:
        try:
            return (self.folder / "worker.log").read_text(errors="replace")[-2000:].strip()
        except OSError:
            return ""
