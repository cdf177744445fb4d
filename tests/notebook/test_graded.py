"""A submission in which checks were left: they are silent while it is graded, and stop nothing."""

from pathlib import Path

import nbformat
import pytest

from grader import Silence
from grader.cli.course import make_course, read_material
from grader.notebook.view import View
from grader.pipeline import grade_submission
from grader.readers.submissions import read_submission
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from tests.notebook.kernels import DATASETS, exercise, write

#: Each use stands before the answer: what it raises would lose that.
USES = """\
import grader
from IPython.display import display
view = grader.check("one")
if not view.passed: raise SystemExit("told to stop")
print(view.text + view.html, view)
display(view)
assert grader.progress().text == "" and grader.progress().passed
assert repr(view) == f"{view}" == "" and view._repr_mimebundle_(include=None) == {}
def one(): return 1
"""


def _public(names: type) -> set[str]:
    return {name for name in dir(names) if not name.startswith("_") or name == "_repr_mimebundle_"}


def test_the_stand_in_has_all_that_a_view_has() -> None:
    """Whatever a student reads of the one can be read of the other."""
    assert _public(View) == _public(Silence)


@pytest.mark.parametrize("name", ["work.ipynb", "work.py"])
def test_what_a_check_returns_can_be_used(
    tmp_path: Path, worker: Worker, referee: Referee, name: str
) -> None:
    """A right answer after it counts, in a notebook and in a script."""
    exercises = write(tmp_path, exercise("one", "o: {call: one}", "- equals: {of: o, points: 1, expect: 1}"))
    if name.endswith(".py"):
        (tmp_path / name).write_text(USES)
    else:
        cells = [nbformat.v4.new_code_cell(USES)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / name)
    material = read_material(exercises, None, DATASETS, None, ())
    submission = read_submission(tmp_path / name, material.catalogue.titles)
    course = make_course(material, worker, visible_only=True)
    (grade,) = grade_submission(submission, material.exercises, course, worker, referee)

    assert grade.score == 1
    assert grade.notes == ()
