"""A whole notebook, executed by ``jupyter nbconvert --execute``, and the same one graded."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grader.cli.course import make_course, read_material
from grader.pipeline import grade_submission
from grader.readers.submissions import read_submission
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from tests.notebook.kernels import DATASETS, ROOT

CONVOLUTION = """\
%%check conv-output-shape
def conv_output_shape(input_shape, filters, kernel_size, strides=1, padding=0):
    height, width, _ = input_shape
    sizes = [side - kernel_size + 2 * padding for side in (height, width)]
    if any(size % strides for size in sizes):
        raise ValueError("the stride does not fit")
    return (sizes[0] // strides + 1, sizes[1] // strides + 1, filters)
"""
BOTTLENECK = """\
%%check pointwise-bottleneck
def multiplications(input_shape, filters, kernel_size):
    height, width, depth = input_shape
    return height * width * depth * filters * kernel_size**2

def build_model():
    convolution = keras.layers.Conv2D
    first = convolution(16, 1, padding="same", activation="relu")
    return keras.Sequential([keras.Input((28, 28, 192)), first, convolution(32, 5, activation="relu")])
"""
NEARLY, PROGRESS = "grader.check('conv-output-shap')", "grader.progress()"
CELLS = ("import grader", "%load_ext grader", CONVOLUTION, "import keras", BOTTLENECK, NEARLY, PROGRESS)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's notebook, with the course's own exercises and data beside it."""
    folder = tmp_path_factory.mktemp("homework")
    (folder / "exercises").symlink_to(ROOT / "exercises")
    (folder / "datasets").symlink_to(DATASETS)
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "homework.ipynb")
    return folder / "homework.ipynb"


@pytest.mark.slow
def test_it_executes(notebook: Path) -> None:
    """Each check is shown as HTML and as text; no cell stops."""
    subprocess.run(
        [
            *(sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"),
            *("--output", "done.ipynb", notebook.name),
        ],
        cwd=notebook.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        check=True,
        timeout=300,
    )
    done = nbformat.read(notebook.parent / "done.ipynb", as_version=4)
    shown = [
        output["data"]
        for cell in done.cells
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    ]

    assert [data["text/plain"].splitlines()[0] for data in shown[:2]] == [
        "Output shape of a convolution  3 / 3",
        "A 1 x 1 bottleneck  2 / 3",
    ]
    page = shown[1]["text/html"]
    assert "layer 2, Conv2D(32): its output shape is (None, 24, 24, 32), expected (None, 28, 28, 32)" in page
    assert '<table class="layers">' in page
    assert "Did you mean" in shown[2]["text/html"]
    assert "conv-output-shape     passed" in shown[3]["text/plain"]


def test_when_it_is_graded_the_checks_in_it_do_nothing(notebook: Path, worker: Worker) -> None:
    """Its answers count, and no cell is noted as broken or skipped."""
    only = ["conv-output-shape", "pointwise-bottleneck"]
    material = read_material(ROOT / "exercises", None, DATASETS, None, only)
    submission = read_submission(notebook, material.catalogue.titles)
    course, referee = make_course(material, worker, visible_only=True), Referee(worker)
    grades = grade_submission(submission, material.exercises, course, worker, referee)
    referee.close()

    assert [cell.exercise for cell in submission.code[2:5]] == [only[0], only[0], only[1]]
    assert [grade.score for grade in grades] == [3, 2]
    assert [grade.notes for grade in grades] == [(), ()]
