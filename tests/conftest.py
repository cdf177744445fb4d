"""What many tests share: one warm worker for the whole run, since TensorFlow takes long to import."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.exercise import CheckEntry, Exercise, Question, number_checks
from grader.sandbox import bubblewrap
from grader.sandbox.defences import Isolation
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker

#: For the tests of the plugin, which run pytest in pytest.
pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
DATASETS = ROOT / "datasets"
#: Modules with a minute or more of their own.
LONGEST = {
    "test_training_equality.py",
    "test_sample_class.py",
    "test_techniques.py",
    "test_prove.py",
    "test_grading.py",
}


def pytest_sessionstart() -> None:
    """Let Ctrl-C be tested: a shell's background job, and what it starts, ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for the others at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """A warm worker behind bubblewrap."""
    if not bubblewrap.is_available():
        pytest.fail(f"the tests need bubblewrap: {bubblewrap.INSTALL}")
    with Worker(Isolation.BUBBLEWRAP, DATASETS) as warm:
        yield warm


@pytest.fixture(scope="session")
def referee(worker: Worker) -> Iterator[Referee]:
    """A referee of the shared worker."""
    one = Referee(worker)
    yield one
    one.close()


@pytest.fixture
def exercise() -> Callable[..., Exercise]:
    """Make an exercise of observations and checks, both as they stand in YAML."""

    def make(observe: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> Exercise:
        question = Question.model_validate(
            {
                "exercise": "small",
                "title": "Small",
                "source": "none",
                "prompt": "Do it.",
                "starter": "",
                "observe": observe,
            }
        )
        entries = [CheckEntry.model_validate(check) for check in checks]
        return Exercise(question=question, checks=tuple(number_checks(entries, visible=True)))

    return make
