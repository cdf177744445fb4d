"""What a class is graded by, put together from folders; nothing is run."""

from pathlib import Path

import pytest

from grader.cli.course import make_course, read_material
from grader.errors import ExerciseError
from tests.sandbox.fake import FakeSandbox

QUESTION = """\
exercise: {name}
title: A title
source: none
prompt: Do it.
starter: |
  def f(x): ...
observe:
  small: {{call: f, {inputs}}}
checks:
  - equals: {{of: small, expect: 2}}
"""
TRAINS = "  - trains: {of: small, data: nowhere, accuracy_at_least: 0.5}\n"


def test_what_is_wrong_in_several_exercises_is_told_together(tmp_path: Path) -> None:
    """Inputs that cannot be made, and data that cannot be trained on: missing ones once."""
    texts = {
        "one": QUESTION.format(name="one", inputs="over: {x: []}"),
        "two": QUESTION.format(name="two", inputs="with: [{dataset: nowhere}]") + TRAINS,
        "three": QUESTION.format(name="three", inputs="with: [{array: [[1], [2, 3]]}]"),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    material = read_material(tmp_path, None, tmp_path, None, tuple(texts))

    with pytest.raises(ExerciseError) as caught:
        make_course(material, FakeSandbox())

    assert [(Path(flaw.file).name, flaw.where) for flaw in caught.value.flaws] == [
        ("one.yaml", "observe.small"),
        ("dataset.yaml", ""),
        ("three.yaml", "observe.small"),
    ]
