"""Makes the same three-question notebook in the forms the three graders take, from the pieces kept here."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HERE = Path(__file__).parent
QUESTIONS = {
    "conv_output_shape": "conv-output-shape",
    "build_model": "build-model",
    "max_pool": "max-pool",
}
POINTS = {"public": 1, "hidden": 2}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
WRONG = "conv_output_shape"
"""Every fourth student has this one wrong, and loses its hidden points."""


def is_wrong(number: int) -> bool:
    """Whether student *number* has a wrong answer."""
    return number % 4 == 1


def expected_points(number: int) -> int:
    """Return what student *number* must get, whoever grades."""
    full = len(QUESTIONS) * sum(POINTS.values())
    return full - POINTS["hidden"] if is_wrong(number) else full


def student_name(number: int) -> str:
    """Return the name of student *number*."""
    return f"student{number:03d}"


def answer(question: str, number: int) -> str:
    """Return the source of student *number*'s cell."""
    name = f"{WRONG}_wrong" if question == WRONG and is_wrong(number) else question
    return (HERE / "cells" / f"{name}.py").read_text()


def plain(number: int) -> nbformat.NotebookNode:
    """Return student *number*'s notebook as this project and otter take it."""
    cells = [new_markdown_cell(student_name(number)), new_code_cell(_imports())]
    for question, exercise in QUESTIONS.items():
        cells += [new_markdown_cell(f"# {exercise}"), new_code_cell(answer(question, number))]
    return new_notebook(cells=cells, metadata=KERNEL)


def nbgrader_source() -> nbformat.NotebookNode:
    """Return the notebook that an nbgrader course is made from."""
    cells = [new_code_cell(_imports())]
    for question in QUESTIONS:
        cells.append(
            _nbgrader_answer(question, f"### BEGIN SOLUTION\n{answer(question, 0)}### END SOLUTION\n")
        )
        cells += [_nbgrader_tests(question, kind, points) for kind, points in POINTS.items()]
    return new_notebook(cells=cells, metadata=KERNEL)


def nbgrader_submission(released: nbformat.NotebookNode, number: int) -> nbformat.NotebookNode:
    """Return the *released* notebook as student *number* hands it in."""
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = answer(about["grade_id"], number)
    notebook.cells.insert(0, new_markdown_cell(student_name(number)))
    return notebook


def _imports() -> str:
    return (HERE / "cells" / "imports.py").read_text()


def _nbgrader_answer(question: str, source: str) -> nbformat.NotebookNode:
    about = {"grade": False, "solution": True, "locked": False, "task": False, "grade_id": question}
    return _nbgrader_cell(source, about)


def _nbgrader_tests(question: str, kind: str, points: int) -> nbformat.NotebookNode:
    source = (HERE / "nbgrader" / f"{question}-{kind}.py").read_text()
    about = {"grade": True, "solution": False, "locked": True, "task": False, "points": points}
    return _nbgrader_cell(source, {**about, "grade_id": f"{question}-{kind}"})


def _nbgrader_cell(source: str, about: dict[str, object]) -> nbformat.NotebookNode:
    metadata = {"nbgrader": {"schema_version": 3, "cell_type": "code", **about}}
    return new_code_cell(source, metadata=metadata)
