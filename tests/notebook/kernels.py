"""A real Jupyter kernel for tests, and a folder of exercises of their own."""

import json
import os
import queue
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[2]
DATASETS = ROOT / "datasets"
SECONDS = 60


@dataclass(kw_only=True)
class Ran:
    """What a cell showed: printed text, the data of what was displayed, the error's name."""

    printed: str = ""
    shown: list[dict[str, str]] = field(default_factory=list)
    error: str = ""
    message: str = ""

    @property
    def text(self) -> str:
        """The plain text of all that was displayed."""
        return "\n".join(data.get("text/plain", "") for data in self.shown)

    @property
    def html(self) -> str:
        """The HTML of all that was displayed."""
        return "\n".join(data.get("text/html", "") for data in self.shown)


class Kernel:
    """An IPython kernel, as Jupyter starts it."""

    def __init__(self, folder: Path) -> None:
        """Start it in *folder*, with the repository's ``grader``."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.folder = folder
        self.manager = KernelManager()
        self.manager.kernel_spec.argv = command
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONPATH": str(ROOT)}
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **quiet})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    def run(self, source: str) -> Ran:
        """Run *source* as a cell."""
        return self.wait(self.begin(source))

    def value(self, source: str) -> Any:
        """Run *source* and return its last line's value, by way of JSON."""
        *lines, last = source.strip("\n").splitlines()
        ran = self.run("\n".join([*lines, f"import json as _json; print(_json.dumps({last}))"]))
        assert not ran.error, f"{ran.error}: {ran.message}"
        return json.loads(ran.printed.splitlines()[-1])

    def begin(self, source: str) -> str:
        """Begin to run *source*."""
        request: str = self.client.execute(source)
        return request

    def wait(self, request: str) -> Ran:
        """Wait until *request* has run."""
        ran = Ran()
        while True:
            message = self._next()
            if message["parent_header"].get("msg_id") != request:
                continue
            content, kind = message["content"], message["msg_type"]
            if kind == "status" and content["execution_state"] == "idle":
                return ran
            if kind == "stream":
                ran.printed += content["text"]
            elif kind in {"execute_result", "display_data"}:
                ran.shown.append(content["data"])
            elif kind == "error":
                ran.error, ran.message = content["ename"], content["evalue"]

    def interrupt_when(self, file: str) -> None:
        """Press Ctrl-C as soon as a cell has written *file* in the kernel's folder."""
        deadline = time.monotonic() + SECONDS
        while not (self.folder / file).exists():
            assert time.monotonic() < deadline, f"the kernel never wrote {file}"
            time.sleep(0.01)
        self.manager.interrupt_kernel()

    def interrupt_after(self, text: str) -> None:
        """Press Ctrl-C as soon as a cell has printed *text*."""
        message = self._next()
        while text not in message["content"].get("text", ""):
            message = self._next()
        self.manager.interrupt_kernel()

    def _next(self) -> dict[str, Any]:
        try:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=SECONDS)
        except queue.Empty:
            raise TimeoutError("the kernel said nothing") from None
        return message

    def close(self) -> None:
        """Stop it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


def exercise(name: str, observe: str, checks: str) -> str:
    """Return a public file."""
    head = f"exercise: {name}\ntitle: The {name} exercise\nsource: a test\nprompt: Write it.\nstarter: ''\n"
    return f"{head}observe:\n  {observe}\nchecks:\n  {checks}\n"


def write(folder: Path, *texts: str) -> Path:
    """Write public files into ``exercises/`` in *folder*."""
    exercises = folder / "exercises"
    exercises.mkdir(parents=True, exist_ok=True)
    for text in texts:
        name = text.split("\n", 1)[0].removeprefix("exercise: ")
        (exercises / f"{name}.yaml").write_text(text)
    return exercises
