"""The layers of references and mistakes, held against Keras's own before anything runs."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import ExerciseError
from grader.readers import keras_layers
from grader.readers.exercises import read_exercises

Write = Callable[[str, str], Path]
HERE = Path(__file__).parent
SOLUTION = """\
solution: pool
layers:
  - Input: {shape: [8, 8, 1]}
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - Flatten: {}
  - Dense: {units: 10, activation: softmax}
mistakes:
  - name: pools
    hint: Do not.
    layers:
      - MaxPool2D: {pool_size: 2}
"""


def told(course: Path, write: Write, *changes: tuple[str, str]) -> list[str]:
    """Return what is said of the solution after *changes*, from the line on."""
    text = SOLUTION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    write("solutions/pool.yaml", text)
    try:
        read_exercises(course / "exercises", course / "solutions")
    except ExerciseError as error:
        return [f"{flaw}".partition("pool.yaml:")[2] for flaw in error.flaws]
    return []


def test_right_layers_are_taken(course: Path, write: Write) -> None:
    """Keras's second names for a layer, too."""
    assert told(course, write) == []


def test_all_typing_errors_are_told_together(course: Path, write: Write) -> None:
    """Those of a mistake's layers, too; each with its own line and the nearest name."""
    found = told(
        course,
        write,
        ("Flatten", "Flaten"),
        ("units: 10", "unit: 10"),
        ("softmax", "softmaxx"),
        ("MaxPool2D", "MaxPol2D"),
        ("Input: {shape:", "Input: {shapes:"),
    )

    assert [re.sub(r" \(nearest.*", "", one) for one in found] == [
        "3: layers.0.Input.shapes: found the setting 'shapes'; expected 'shape'",
        "5: layers.2.Flaten: found the layer 'Flaten'; expected 'Flatten'",
        "6: layers.3.Dense.unit: found the setting 'unit'; expected 'units'",
        "6: layers.3.Dense.activation: found the activation 'softmaxx'; expected 'softmax'",
        "11: mistakes.0.layers.0.MaxPol2D: found the layer 'MaxPol2D'; expected 'MaxPool2D'",
    ]


def test_a_row_of_a_summary_is_a_layer_too(course: Path, write: Write) -> None:
    """In a public file, where a student would be told to expect it."""
    row = "        - {}: {{output_shape: [null, 9], parameters: 0}}\n"
    path = course / "exercises/pool.yaml"
    head = path.read_text() + "  - summary:\n      of: NAME\n      expect:\n"
    of = re.search(r"^observe:\n  (\w+):", head, re.MULTILINE)
    assert of
    rows = map(row.format, ("InputLayer", "Flaten", "conv2d"))
    path.write_text(head.replace("NAME", of[1]) + "".join(rows))

    flaten, small = told(course, write)
    assert "summary.expect.1.Flaten: found the layer 'Flaten'; expected 'Flatten'" in flaten
    assert "summary.expect.2.conv2d: found the layer 'conv2d'; expected 'Conv2D'" in small


def test_they_are_told_with_what_else_is_wrong(course: Path, write: Write) -> None:
    """A key that there is not does not hide them."""
    found = told(course, write, ("mistakes:", "mistaken:"), ("Flatten", "Flaten"))

    assert any("'mistaken'" in one for one in found)
    assert any("'Flaten'" in one for one in found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("units: 10, ", "", "Dense without units; expected the setting 'units'"),
        ("Flatten: {}", "Lambda: {function: len}", "found the layer 'Lambda'; expected one of Keras's own"),
        ("Flatten: {}", "Xyz: {}", "found the layer 'Xyz'; expected one of Keras's own"),
        ("Flatten: {}", "Flatten: {xyz: 2}", "found the setting 'xyz'; expected one of: activity_"),
        ("Flatten: {}", "LSTM: {units: 1, recurrent_activation: sigmod}", "the activation 'sigmod'"),
    ],
)
def test_what_keras_would_not_take(course: Path, write: Write, old: str, new: str, said: str) -> None:
    """A setting that it needs, a layer with code of its own, one that is like none."""
    (found,) = told(course, write, (old, new))

    assert said in found


def test_what_is_no_list_of_layers_is_left_to_the_schema(course: Path, write: Write) -> None:
    """It says what it expected."""
    (found,) = told(course, write, ("  - Flatten: {}\n", "  - Flaten\n"))

    assert "layers.2: found 'Flaten'; expected a valid dictionary" in found


def test_a_newer_keras_may_know_more(course: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right reference is never refused because the table is old; a patch has the same layers."""
    known = json.loads(keras_layers.TABLE.read_text(encoding="utf-8"))["keras"]
    change = ("Flatten: {}", "Flattest: {}")

    monkeypatch.setattr(keras_layers, "version", lambda _name: f"{known}.99")
    assert len(told(course, write, change)) == 1
    monkeypatch.setattr(keras_layers, "version", lambda _name: "99.0.dev1")
    assert told(course, write, change) == []


@pytest.mark.slow
def test_the_table_is_that_of_the_installed_keras() -> None:
    """Make it anew with: make keras-layers. It is made in a process of its own, which imports Keras."""
    made = subprocess.run(
        [sys.executable, HERE / "keras_table.py"], capture_output=True, check=True, text=True, timeout=300
    )

    assert json.loads(made.stdout) == json.loads(keras_layers.TABLE.read_text(encoding="utf-8"))
