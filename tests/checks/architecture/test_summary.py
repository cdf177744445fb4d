"""The check ``summary``."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from grader.evidence import LayerRow, LayerTable
from grader.exercise import CheckEntry
from grader.verdict import Finding, Verdict
from tests.checks.architecture.configured import Layer, conv, dense, pool

Look = Callable[..., Finding]
Table = Callable[..., LayerTable]

FLAT: Layer = ("Flatten", {})
SMALL = (conv(8), pool(), FLAT, dense(10))
ROWS = [
    {"Conv2D": {"output_shape": [None, 26, 26, 8], "parameters": 80}},
    {"MaxPooling2D": {"output_shape": [None, 13, 13, 8], "parameters": 0}},
    {"Flatten": {"output_shape": [None, 1352], "parameters": 0}},
    {"Dense": {"output_shape": [None, 10], "parameters": 13530}},
]
ENTRY = {"InputLayer": {"output_shape": [None, 28, 28, 1], "parameters": 0}}
RELU: Layer = ("Activation", {"activation": "relu"})


@pytest.mark.parametrize("functional", [True, False])
@pytest.mark.parametrize(
    "layers",
    [
        SMALL,
        (conv(8, activation="relu"), *SMALL[1:]),
        (conv(8), RELU, pool(), FLAT, dense(10), ("Softmax", {"axis": -1})),
        (conv(8), ("ReLU", {"max_value": None}), *SMALL[1:]),
    ],
)
def test_a_summary_with_these_rows_passes(
    look: Look, summary: Table, layers: tuple[Layer, ...], *, functional: bool
) -> None:
    """However the activations are written, and with or without a row for the input."""
    table = summary(*layers, functional=functional)

    for expect in (ROWS, [ENTRY, *ROWS]):
        assert look("summary", table, expect=expect).verdict is Verdict.PASSED
    assert look("summary", table, summary(*SMALL)).verdict is Verdict.PASSED


def test_other_spellings_of_the_same_model_are_right(look: Look, summary: Table) -> None:
    """Padding of its own, a Reshape that flattens, pooling over the whole map; and the rows as they are."""
    zeros: Layer = ("ZeroPadding2D", {"padding": [[1, 1], [1, 1]], "data_format": "channels_last"})
    reshape: Layer = ("Reshape", {"target_shape": [28 * 28 * 8]})
    padded = summary(zeros, conv(8), RELU, reshape)
    rows = [
        {"Conv2D": {"output_shape": [None, 28, 28, 8], "parameters": 80}},
        {"Flatten": {"output_shape": [None, 6272], "parameters": 0}},
    ]
    averaged = summary(conv(8), pool(26, "AveragePooling2D"), FLAT)
    as_written = [
        ROWS[0],
        {"AveragePooling2D": {"output_shape": [None, 1, 1, 8], "parameters": 0}},
        {"Flatten": {"output_shape": [None, 8], "parameters": 0}},
    ]
    globally = [ROWS[0], {"GlobalAveragePooling2D": {"output_shape": [None, 8], "parameters": 0}}]

    assert look("summary", padded, expect=rows).verdict is Verdict.PASSED
    assert look("summary", padded, summary(conv(8, padding="same"), FLAT)).verdict is Verdict.PASSED
    assert look("summary", averaged, expect=as_written).verdict is Verdict.PASSED
    assert look("summary", averaged, expect=globally).verdict is Verdict.PASSED
    wrong = look("summary", summary(zeros, conv(8, padding="same"), reshape), expect=rows)
    assert "an extra ZeroPadding2D at the beginning" in wrong.message


@pytest.mark.parametrize(
    ("layers", "said", "number"),
    [
        (
            (conv(8, padding="same"), *SMALL[1:]),
            "layer 1, Conv2D(8): its output shape is (None, 28, 28, 8), expected (None, 26, 26, 8)",
            1,
        ),
        (
            (conv(8, use_bias=False), *SMALL[1:]),
            "layer 1, Conv2D(8): it has 72 parameters, expected 80",
            1,
        ),
        ((conv(8), FLAT, dense(10)), "a missing MaxPooling2D after layer 1, Conv2D(8)", 1),
        (
            (conv(8), RELU, pool(kind="AveragePooling2D"), *SMALL[2:]),
            "layer 3, AveragePooling2D: expected MaxPooling2D",
            1,
        ),
        ((*SMALL, dense(10)), "an extra Dense(10) after layer 4, Dense(10)", 1),
        ((), "4 differences from the expected model: a missing Conv2D(8) at the beginning", 4),
    ],
)
def test_a_difference_is_said_in_words(
    look: Look, summary: Table, layers: tuple[Layer, ...], said: str, number: int
) -> None:
    """Each costs a row's share; rows below it are shifted, and cost nothing."""
    finding = look("summary", summary(*layers), expect=ROWS)

    assert said in finding.message
    assert finding.credit == pytest.approx(1 - number / 4)
    assert look("summary", summary(*layers), expect=ROWS, partial=False).credit == 0.0


def test_the_exhibit_lays_both_side_by_side(look: Look, summary: Table) -> None:
    """So that a student sees it where no reference is: in the notebook."""
    finding = look("summary", summary(conv(8), FLAT, dense(10)), expect=ROWS)
    rows: list[Mapping[str, Any]] = finding.exhibit["rows"]

    assert [row["change"] for row in rows] == ["same", "missing", "shifted", "shifted"]
    assert rows[0]["found"] == {"kind": "Conv2D(8)", "output_shape": [None, 26, 26, 8], "parameters": 80}
    assert finding.exhibit["totals"]["expected"] == {"total": 13610}


def test_every_wrong_width_counts(look: Look, summary: Table) -> None:
    """Filters and units do not follow from a difference before; shapes that do are shifted."""
    found = summary(conv(9), pool(3), FLAT, dense(77), dense(3))
    expected = summary(conv(8), pool(), FLAT, dense(64), dense(10))
    finding = look("summary", found, expected)

    assert "3 differences" in finding.message
    assert "layer 1, Conv2D(9): filters is 9, expected 8" in finding.message
    assert "layer 5, Dense(3): units is 3, expected 10" in finding.message
    assert finding.credit == pytest.approx(1 - 3 / 5)


def test_any_inputs_will_do_where_the_rows_name_none(look: Look, summary: Table) -> None:
    """Also two of them."""
    entries = [
        LayerRow(name=name, kind="InputLayer", output_shape=(None, size), parameters=0, trainable=0)
        for name, size in (("a", 3), ("b", 4))
    ]
    joined = LayerRow(
        name="c",
        kind="Concatenate",
        output_shape=(None, 7),
        parameters=0,
        trainable=0,
        settings={"axis": -1},
        inputs=("a", "b"),
    )
    table = replace(summary(), rows=(*entries, joined), input_shape=(None, 3), output_shape=(None, 7))

    rows = [{"Concatenate": {"output_shape": [None, 7], "parameters": 0}}]
    assert look("summary", table, expect=rows).verdict is Verdict.PASSED


@pytest.mark.parametrize("shape", [(), (None,), (None, 0), (0, -3), (None, 10**18)])
def test_absurd_shapes_are_wrong_and_not_ours(
    look: Look, summary: Table, shape: tuple[int | None, ...]
) -> None:
    """Whatever a model's own shapes are, a person need not look."""
    odd = replace(
        summary(),
        rows=tuple(
            LayerRow(name=kind, kind=kind, output_shape=shape, parameters=0, trainable=0)
            for kind in ("InputLayer", "Dense", "Flatten")
        ),
        input_shape=shape,
        output_shape=shape,
    )

    assert look("summary", odd, expect=ROWS).verdict is Verdict.FAILED
    assert look("summary", odd, summary(*SMALL)).verdict is Verdict.FAILED


def test_another_input_shape_is_told_where_the_rows_begin_with_it(look: Look, summary: Table) -> None:
    """Without such a row, any input will do that leads to the same rows."""
    rows = [{"Dense": {"output_shape": [None, 10], "parameters": 7850}}]
    entry = {"InputLayer": {"output_shape": [None, 784], "parameters": 0}}
    table = summary(FLAT, dense(10))

    told = look("summary", table, expect=[entry, *rows])
    assert told.credit == 0.0
    assert "the input shape is (None, 28, 28, 1), expected (None, 784)" in told.message
    assert "an extra Flatten at the beginning" in look("summary", table, expect=rows).message


def test_a_fixed_batch_dimension_is_told(look: Look, summary: Table) -> None:
    """Such a model takes batches of one size only."""
    table = summary(*SMALL)
    fixed = replace(table, output_shape=(32, 10))
    finding = look("summary", fixed, expect=ROWS)

    assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)
    assert "begin with 32, the last (32, 10); expected None. Leave the batch dimension out" in finding.message
    assert look("summary", fixed, fixed).verdict is Verdict.PASSED


def test_a_subclass_earns_nothing(look: Look, summary: Table) -> None:
    """Its summary is its own word."""
    finding = look("summary", summary(*SMALL, self_reported=True), expect=ROWS)

    assert (finding.verdict, finding.self_reported) == (Verdict.FAILED, True)


def test_a_known_mistake_is_recognised_by_its_rows(look: Look, summary: Table) -> None:
    """Whatever is not in a summary may differ."""
    mistakes = {"pool before": summary(pool(), conv(8), FLAT, dense(10))}

    finding = look(
        "summary", summary(pool(), conv(8, activation="relu"), FLAT, dense(10)), None, mistakes, expect=ROWS
    )
    assert finding.hint == "pool before"
    assert look("summary", summary(conv(8), FLAT, dense(10)), None, mistakes, expect=ROWS).hint == ""


def test_two_layers_in_one_row_are_refused() -> None:
    """An author who forgets a hyphen is told so."""
    with pytest.raises(ValidationError, match="one layer in each row"):
        CheckEntry.model_validate({"summary": {"of": "net", "expect": [{**ROWS[0], **ROWS[1]}]}})
