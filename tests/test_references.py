"""References that are wrong are found before the class is graded."""

from pathlib import Path

import pytest

from grader.errors import ExerciseError
from grader.exercise import Exercise
from grader.readers.exercises import read_exercises
from grader.readers.inputs import probes_of
from grader.references import References
from grader.sandbox.worker import Worker

QUESTION = """\
exercise: small
title: Small
source: none
prompt: Do it.
starter: |
  def double(x): raise NotImplementedError
observe:
  two: {call: double, with: [2]}
checks:
  - equals: {of: two, expect: 4}
"""
SOLUTION = """\
solution: small
source: |
  SOURCE
observe:
  three: {call: double, with: [3]}
checks:
  - equals: {of: three}
"""


def exercise(folder: Path, source: str) -> Exercise:
    """Return an exercise whose reference is *source*."""
    for name, text in (("exercises", QUESTION), ("solutions", SOLUTION.replace("SOURCE", source))):
        (folder / name).mkdir()
        (folder / name / "small.yaml").write_text(text)
    return read_exercises(folder / "exercises", folder / "solutions")[0]


def prepare(worker: Worker, folder: Path, source: str) -> None:
    """Observe the reference as a run does before the class."""
    one = exercise(folder, source)
    References(worker).prepare({one.id: probes_of(one, folder, 5.0)}, [one], jobs=1)


def test_a_right_reference_is_taken(worker: Worker, tmp_path: Path) -> None:
    """It answers everything, and as the public file says."""
    prepare(worker, tmp_path, "def double(x): return 2 * x")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_module\n  def double(x): return 2 * x", "undefined"),
        ("def double(y): return no_such_name", "raises NameError"),
        ("def double(x): return 3 * x", "equals[two]"),
        ("def triple(x): return 2 * x", "missing"),
        ("import os\n  def double(x): os._exit(1)", "crashed"),
    ],
)
def test_a_wrong_reference_is_an_authors_mistake(
    worker: Worker, tmp_path: Path, source: str, words: str
) -> None:
    """The message names the file and what is wrong; no student is graded by it."""
    with pytest.raises(ExerciseError) as error:
        prepare(worker, tmp_path, source)

    assert "solutions/small.yaml" in str(error.value)
    assert words in str(error.value)
