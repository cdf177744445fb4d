"""pytest in pytest, with the warm worker of the whole run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.pytest_plugin import desk, grounds, hooks, nodes, scheduling
from grader.redteam.canaries import Canaries
from grader.sandbox.defences import Isolation
from grader.sandbox.worker import Worker
from tests.pytest_plugin.course import write_course

#: pytester forgets what an inner run was the first to import; a second copy would have other classes.
KEPT = (desk, grounds, hooks, nodes, scheduling)
Run = Callable[..., pytest.RunResult]


class Lent:
    """A worker that stays when it is closed, and counts."""

    def __init__(self, worker: Worker) -> None:
        """Lend *worker*."""
        self._worker = worker
        self.started = 0
        self.students = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._worker, name)

    def __call__(self, _isolation: Isolation, _datasets: object, *, private: object) -> "Lent":
        """Stand for the class of workers; whoever grades hidden checks names what is private."""
        self.private = private
        return self

    def start(self) -> None:
        """Count."""
        self.started += 1

    def fork(self, role: str, memory_mib: int) -> Any:
        """Count students' forks."""
        self.students += role == "student"
        return self._worker.fork(role, memory_mib)

    def close(self) -> None:
        """Stay."""


@pytest.fixture
def lent(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lent]:
    """The worker of the whole run in the place of one of its own."""
    one = Lent(worker)
    monkeypatch.setattr(desk, "Worker", one)
    monkeypatch.setattr(desk, "choose_isolation", lambda _asked: Isolation.BUBBLEWRAP)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    yield one
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)


@pytest.fixture
def canaries(pytester: pytest.Pytester) -> Canaries:
    """The course, in the folder of the inner run."""
    pytester.makepyprojecttoml("[tool.pytest.ini_options]")
    return write_course(pytester.path)


@pytest.fixture
def run(
    pytester: pytest.Pytester,
    lent: Lent,  # noqa: ARG001 - in the place of another worker
    canaries: Canaries,  # noqa: ARG001 - the course
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run pytest on the exercises, with solutions."""
    # Other plugins would be imported anew by each inner run.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    plugin = ("-pgrader.pytest_plugin", "-Wignore::pytest.PytestAssertRewriteWarning")

    def run_it(*arguments: str, solutions: bool = True, **more: bool) -> pytest.RunResult:
        private = ["--solutions=solutions"] if solutions else []
        return pytester.runpytest_inprocess(*plugin, "exercises", *private, *arguments, **more)

    return run_it
