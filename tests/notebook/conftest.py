"""One kernel for all tests here: TensorFlow takes long to import, and students have one, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.kernels import DATASETS, Kernel, exercise, write

MODEL = """{call: build_model}"""
TRAINS = """\
trains:
      of: model
      data: wine
      points: 2
      recipe: {optimizer: adam, learning_rate: 0.01, epochs: 5, batch_size: 32}
      accuracy_at_least: 0.1"""
FILES = (
    exercise("one", "o: {call: one}", "- equals: {of: o, points: 1, expect: 1}"),
    exercise(
        "twice",
        "o: {call: twice, with: [[1, 2]]}\n  a: {call: twice, cases: [[{array: [1, 2]}], [{array: [1, 2]}]]}",
        "- equals: {of: o, points: 1, expect: [2, 4]}\n"
        "  - close: {of: a, points: 1, expect: [[2, 4], [2, 4]]}",
    ),
    exercise("hang", "o: {call: hang, seconds: 0.3}", "- equals: {of: o, points: 1, expect: 1}"),
    exercise("small", f"model: {MODEL}", "- output_shape: {of: model, points: 1, expect: [null, 2]}"),
    exercise(
        "large",
        f"model: {MODEL}\n  o: {{call: large}}",
        "- output_shape: {of: model, points: 1, expect: [null, 9]}\n"
        "  - equals: {of: o, points: 1, expect: 1}",
    ),
    exercise("long", "model: {call: build_long_model}", f"- {TRAINS.replace('epochs: 5', 'epochs: 500')}"),
    exercise(
        "trained",
        "model: {call: build_wine_model}",
        f"- {TRAINS}\n  - output_shape: {{of: model, points: 1, expect: [null, 3]}}",
    ),
)


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder: exercises and data beside the notebook."""
    folder = tmp_path_factory.mktemp("course")
    write(folder, *FILES)
    (folder / "datasets").symlink_to(DATASETS)
    return folder


@pytest.fixture(scope="session")
def _warm_kernel(course: Path) -> Iterator[Kernel]:
    kernel = Kernel(course)
    started = kernel.run(
        "import keras, tensorflow, numpy, random, matplotlib, matplotlib.pyplot\nimport grader"
    )
    assert not started.error, started.message
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(_warm_kernel: Kernel) -> Iterator[Kernel]:
    """A kernel that has imported what students import, and ``grader``, and nothing else."""
    _warm_kernel.run("_before_test = set(globals())")
    yield _warm_kernel
    _warm_kernel.run(
        "for _name in set(globals()) - _before_test - {'_before_test'}: del globals()[_name]\n"
        "import sys\nif 'grader.notebook.front' in sys.modules:\n"
        "    sys.modules['grader.notebook.front'].CLAIMS.__init__()"
    )
