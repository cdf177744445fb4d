"""The check ``layers``."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader.checks.architecture.normal_form import normal_form
from grader.evidence import LayerRow, LayerTable
from grader.verdict import Finding, Verdict
from tests.checks.architecture.configured import Layer, conv, dense, pool

Look = Callable[..., Finding]
Summary = Callable[..., LayerTable]


def zeros(top: int, bottom: int, left: int, right: int) -> Layer:
    """Make a zero padding."""
    return "ZeroPadding2D", {"padding": [[top, bottom], [left, right]], "data_format": "channels_last"}


FLAT: Layer = ("Flatten", {"data_format": "channels_last"})
RELU: Layer = ("ReLU", {"max_value": None, "negative_slope": 0.0, "threshold": 0.0})
SERIALISED = {
    "module": "keras.layers",
    "class_name": "ReLU",
    "config": {"max_value": None, "negative_slope": 0.0},
}
FUNCTION = {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}
SOFTMAX_OF_TENSORFLOW = {**FUNCTION, "config": "softmax_v2"}

SMALL = (conv(8), pool(), conv(16), FLAT, dense(10))

EQUIVALENT: dict[str, tuple[list[Layer], list[Layer]]] = {
    "fused activation": ([conv(8, activation="relu")], [conv(8), ("Activation", {"activation": "relu"})]),
    "ReLU layer": ([conv(8, activation="relu")], [conv(8), RELU]),
    "relu op": ([conv(8, activation="relu")], [conv(8), ("Relu", {})]),
    "serialised layer": ([conv(8, activation="relu")], [conv(8, activation=SERIALISED)]),
    "TensorFlow's function": ([FLAT, dense(3, "softmax")], [FLAT, dense(3, SOFTMAX_OF_TENSORFLOW)]),
    "serialised function": ([conv(8, activation="relu")], [conv(8, activation=FUNCTION)]),
    "softmax layer": ([FLAT, dense(3, "softmax")], [FLAT, dense(3), ("Softmax", {"axis": -1})]),
    "softmax of the last axis": ([FLAT, dense(3, "softmax")], [FLAT, dense(3), ("Softmax", {"axis": 1})]),
    "leaky relu": (
        [FLAT, dense(3), ("LeakyReLU", {"negative_slope": 0.2})],
        [FLAT, dense(3, "leaky_relu")],
    ),
    "relu6": ([FLAT, dense(3, "relu6")], [FLAT, dense(3), ("ReLU", {"max_value": 6, "threshold": 0.0})]),
    "swish": ([FLAT, dense(3, "swish")], [FLAT, dense(3, "silu")]),
    "linear activation": ([FLAT, dense(3)], [FLAT, dense(3, None), ("Activation", {"activation": "linear"})]),
    "idle layers": (
        [conv(8), FLAT, dense(3)],
        [
            ("Identity", {}),
            ("Rescaling", {"scale": 1.0, "offset": 0.0}),
            zeros(0, 0, 0, 0),
            conv(8),
            pool(1),
            ("Dropout", {"rate": 0.0}),
            FLAT,
            FLAT,
            dense(3),
        ],
    ),
    "reshape that flattens": ([conv(8), FLAT], [conv(8), ("Reshape", {"target_shape": [26 * 26 * 8]})]),
    "reshape to the same": ([conv(8)], [conv(8), ("Reshape", {"target_shape": [26, 26, 8]})]),
    "global pooling": (
        [conv(8), ("GlobalAveragePooling2D", {"keepdims": False}), dense(3)],
        [conv(8), pool(26, "AveragePooling2D"), FLAT, dense(3)],
    ),
    "global pooling that keeps its axes": (
        [conv(8), ("GlobalAveragePooling2D", {"keepdims": True}), FLAT],
        [conv(8), pool(26, "AveragePooling2D", strides=[1, 1]), FLAT],
    ),
    "zero padding": ([conv(8, padding="same")], [zeros(1, 1, 1, 1), conv(8)]),
    "zero padding, 5x5": ([conv(8, 5, padding="same")], [zeros(2, 2, 2, 2), conv(8, 5)]),
    # From 28 to 14 at stride 2 one zero is enough, and TensorFlow adds it after.
    "zero padding, stride 2": (
        [conv(8, padding="same", strides=[2, 2])],
        [zeros(0, 1, 0, 1), conv(8, strides=[2, 2])],
    ),
    "same for a 1x1 kernel": ([conv(8, 1, padding="same")], [conv(8, 1)]),
    "same for a pooling that fits": ([pool(2, padding="same")], [pool(2)]),
    "names and initialisers": (
        [FLAT, dense(3)],
        [FLAT, dense(3, name="mine", kernel_initializer="zeros", kernel_regularizer={"class_name": "L2"})],
    ),
    "numbers for pairs": ([conv(8)], [("Conv2D", {"filters": 8, "kernel_size": 3, "activation": "linear"})]),
    "normalised axis": (
        [conv(8), ("BatchNormalization", {"axis": -1})],
        [conv(8), ("BatchNormalization", {"axis": 3})],
    ),
}


@pytest.mark.parametrize("functional", [True, False])
@pytest.mark.parametrize("name", EQUIVALENT)
def test_equivalent_spellings_are_the_same(
    look: Look, summary: Summary, name: str, *, functional: bool
) -> None:
    """Either spelling may be the reference; one may be Sequential and the other functional."""
    one, other = EQUIVALENT[name]

    for found, expected in ((one, other), (other, one)):
        finding = look("layers", summary(*found, functional=functional), summary(*expected))
        assert (finding.verdict, finding.credit, finding.message) == (Verdict.PASSED, 1.0, "")


DIFFERENT: dict[str, tuple[list[Layer], list[Layer]]] = {
    "padding before max pooling": (
        [pool(2, padding="same")],
        [zeros(0, 0, 0, 0), zeros(1, 1, 1, 1), pool(2)],
    ),
    "zeros before instead of after": (
        [conv(8, padding="same", strides=[2, 2])],
        [zeros(1, 0, 1, 0), conv(8, strides=[2, 2])],
    ),
    "max for average": ([pool(2)], [pool(2, "AveragePooling2D")]),
    "average over half the map": (
        [("GlobalAveragePooling2D", {"keepdims": False})],
        [pool(14, "AveragePooling2D"), FLAT],
    ),
    "relu for tanh": ([FLAT, dense(3, "relu")], [FLAT, dense(3, "tanh")]),
    "relu with a slope": ([RELU], [("ReLU", {"negative_slope": 0.1})]),
    "no bias": ([FLAT, dense(3)], [FLAT, dense(3, use_bias=False)]),
    "rate": ([("Dropout", {"rate": 0.5})], [("Dropout", {"rate": 0.2})]),
    "dropout left out": ([("Dropout", {"rate": 0.5}), FLAT], [FLAT]),
    "dilation": ([conv(8)], [conv(8, dilation_rate=[2, 2])]),
    "frozen": ([FLAT, dense(3)], [FLAT, dense(3, trainable=False)]),
    "order": ([pool(2), conv(8)], [conv(8), pool(2)]),
    "unknown kind": ([("Mystery", {"power": 2})], [("Mystery", {"power": 3})]),
    "reshape": ([("Reshape", {"target_shape": [14, 56, 1]})], [("Reshape", {"target_shape": [56, 14, 1]})]),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_computes_something_else_is_different(look: Look, summary: Summary, name: str) -> None:
    """No rule of equivalence goes too far, in either direction."""
    one, other = DIFFERENT[name]

    for found, expected in ((one, other), (other, one)):
        finding = look("layers", summary(*found), summary(*expected), partial=False)
        assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)


def test_an_extra_layer_is_one_difference(look: Look, summary: Summary) -> None:
    """What follows from it is shifted, and not counted."""
    found = summary(conv(8), pool(), conv(16), conv(16), FLAT, dense(10))

    finding = look("layers", found, summary(*SMALL))
    changes = [row["change"] for row in finding.exhibit["rows"]]

    assert changes == ["same", "same", "same", "extra", "shifted", "shifted"]
    assert (
        "1 difference from the expected model: an extra Conv2D(16) after layer 3, Conv2D(16)"
        in finding.message
    )
    assert "of 2 rows shift because of that" in finding.message
    assert finding.credit == 1 - 1 / 5


def test_an_extra_layer_with_its_activation_is_one_difference(look: Look, summary: Summary) -> None:
    """And so is a missing one; a missing activation alone is one, too."""
    one, two, bare = conv(8, activation="relu"), conv(16, activation="relu"), conv(16)
    long, short, wrong = summary(one, two, FLAT), summary(one, FLAT), summary(one, bare, FLAT)

    assert look("layers", long, short).credit == 1 - 1 / 2
    assert look("layers", short, long).credit == pytest.approx(1 - 1 / 3)
    assert look("layers", wrong, long).credit == pytest.approx(1 - 1 / 3)
    assert "a missing Activation(relu) after layer 2, Conv2D(16)" in look("layers", wrong, long).message
    assert look("layers", summary(), long).credit == 0.0


@pytest.mark.parametrize(
    ("layers", "said", "number"),
    [
        ([conv(8), pool(), FLAT, dense(10)], "a missing Conv2D(16) after layer 2, MaxPooling2D(2x2)", 1),
        ([pool(), conv(16), FLAT, dense(10)], "a missing Conv2D(8) at the beginning", 1),
        ([conv(8), pool(), conv(32), FLAT, dense(10)], "layer 3, Conv2D(32): filters is 32, expected 16", 1),
        (
            [conv(8), pool(2, "AveragePooling2D"), *SMALL[2:]],
            "layer 2, AveragePooling2D(2x2): expected MaxPooling2D(2x2)",
            1,
        ),
        ([conv(8, padding="same"), *SMALL[1:]], "padding is 'same', expected 'valid'", 1),
        ([conv(8, 5), *SMALL[1:]], "kernel_size is (5, 5), expected (3, 3)", 1),
        ([*SMALL[:4], dense(10, "softmax")], "an extra Activation(softmax) after layer 5, Dense(10)", 1),
        ([conv(4), pool(), conv(32), FLAT, dense(10)], "2 differences", 2),
        ([], "5 differences", 5),
    ],
)
def test_a_difference_is_said_in_words(
    look: Look, summary: Summary, layers: list[Layer], said: str, number: int
) -> None:
    """Each costs one reference layer's share."""
    finding = look("layers", summary(*layers), summary(*SMALL))

    assert said in finding.message
    assert 1 - number / 5 == pytest.approx(finding.credit)


def test_a_heap_of_layers_earns_nothing(look: Look, summary: Summary) -> None:
    """To have all expected layers somewhere among many is no answer."""
    heap = [layer for layer in SMALL[:3] for _ in range(4)]

    assert look("layers", summary(*heap, FLAT, dense(10)), summary(*SMALL)).credit == 0.0
    many = look("layers", summary(*[dense(10)] * 5000), summary(*SMALL))
    assert (many.credit, many.message[:30]) == (0.0, "Found 5,000 layers; expected 5")


def test_another_input_shape_earns_nothing(look: Look, summary: Summary) -> None:
    """It is one difference, and every row shifts; but it is another model."""
    finding = look("layers", summary(*SMALL, shape=(32, 32, 3)), summary(*SMALL))

    assert finding.credit == 0.0
    assert "1 difference" in finding.message
    assert "the input shape is (None, 32, 32, 3), expected (None, 28, 28, 1)" in finding.message


def test_exact_accepts_no_other_spelling(look: Look, summary: Summary) -> None:
    """Except that Sequential and functional are both ways to write a chain."""
    fused, split = EQUIVALENT["fused activation"]

    assert Verdict.FAILED is look("layers", summary(*split), summary(*fused), exact=True).verdict
    assert (
        Verdict.PASSED
        is look("layers", summary(*fused, functional=True), summary(*fused), exact=True).verdict
    )
    assert (
        "activation is 'linear', expected 'relu'"
        in look("layers", summary(conv(8)), summary(*fused), exact=True).message
    )


def test_the_exhibit_has_the_rows_side_by_side(look: Look, summary: Summary) -> None:
    """Kinds, shapes, counts, and the totals at the foot."""
    exhibit = look("layers", summary(conv(8), BN), summary(conv(8))).exhibit

    assert exhibit["kind"] == "layers"
    assert exhibit["rows"][0]["found"] == {
        "kind": "Conv2D(8)",
        "output_shape": [None, 26, 26, 8],
        "parameters": 80,
    }
    assert exhibit["totals"]["found"] == {"total": 112, "trainable": 96, "non_trainable": 16}
    assert exhibit["rows"][1]["expected"] is None


BN: Layer = ("BatchNormalization", {"axis": -1})


def test_a_model_s_own_word_is_marked(look: Look, summary: Summary) -> None:
    """A self-reported table never passes, and a person is told."""
    table = summary(*SMALL)

    assert look("layers", replace(table, self_reported=True), table).self_reported
    assert not look("layers", table, table).self_reported


def test_a_mistake_is_recognised_whatever_its_spelling(look: Look, summary: Summary) -> None:
    """Normal forms are compared, not names."""
    mistake = summary(conv(8, padding="same"), *SMALL[1:])
    found = summary(zeros(1, 1, 1, 1), conv(8), *SMALL[1:], functional=True)

    assert (
        look("layers", found, summary(*SMALL), {"no padding was asked for": mistake}).hint
        == "no padding was asked for"
    )


def row(name: str, kind: str, *inputs: str, channels: int = 4, **settings: Any) -> LayerRow:
    """Make a row of a graph on 8x8 maps."""
    shape = (None, 8, 8, channels)
    return LayerRow(
        name=name, kind=kind, output_shape=shape, parameters=0, trainable=0, settings=settings, inputs=inputs
    )


def graph(*rows: LayerRow) -> LayerTable:
    """Make the table of a graph whose input is ``in``."""
    entry = row("in", "InputLayer")
    shape = entry.output_shape
    return LayerTable(rows=(entry, *rows), input_shape=shape, output_shape=shape, parameters=0, trainable=0)


def block(name: str, source: str, kernel: int, **more: Any) -> LayerRow:
    """Make one branch of a graph."""
    return row(name, "Conv2D", source, **{**conv(4, kernel, padding="same")[1], **more})


INCEPTION = graph(
    block("a", "in", 1), block("b", "in", 3), block("c", "in", 5), row("sum", "Concatenate", "a", "b", "c")
)


def test_branches_may_be_written_in_any_order(look: Look) -> None:
    """Neither the order of rows nor that of a sum's inputs matters."""
    found = graph(
        block("z", "in", 5), block("x", "in", 1), block("y", "in", 3), row("s", "Concatenate", "y", "z", "x")
    )

    assert Verdict.PASSED is look("layers", found, INCEPTION).verdict


def test_a_wrong_branch_is_one_difference(look: Look) -> None:
    """The other branches still find their partners."""
    found = graph(
        block("a", "in", 1),
        block("b", "in", 7),
        block("c", "in", 5),
        row("sum", "Concatenate", "a", "b", "c"),
    )

    assert look("layers", found, INCEPTION).credit == 0.75


def test_a_dead_branch_is_a_difference(look: Look) -> None:
    """The same rows, connected otherwise, are another model."""
    chain = graph(block("a", "in", 3), block("b", "a", 3), block("c", "b", 3))
    dead = graph(block("a", "in", 3), block("b", "in", 3), block("c", "b", 3))
    finding = look("layers", dead, chain)

    assert Verdict.FAILED is finding.verdict
    assert "fed by other layers" in finding.message


def test_a_missing_shortcut_is_a_difference(look: Look) -> None:
    """A residual sum without its sum is one layer short."""
    residual = graph(
        block("a", "in", 3), block("b", "a", 3), row("sum", "Add", "in", "b"), block("c", "sum", 1)
    )
    plain = graph(block("a", "in", 3), block("b", "a", 3), block("c", "b", 1))

    assert "a missing Add after layer 2" in look("layers", plain, residual).message
    assert Verdict.PASSED is look("layers", residual, residual).verdict


def test_two_rows_of_one_name_do_not_disturb(look: Look) -> None:
    """Flattened nested models may repeat a name; it stands for the last row that bore it."""
    found = graph(block("a", "in", 3), block("a", "a", 5), row("end", "Flatten", "a"))
    expected = graph(block("a", "in", 3), block("b", "a", 5), row("end", "Flatten", "b"))

    assert Verdict.PASSED is look("layers", found, expected).verdict


def test_a_normal_form_is_still_connected(summary: Summary) -> None:
    """Every step of a rewritten chain is fed by the step before it."""
    spelled = [
        zeros(1, 1, 1, 1),
        conv(8, activation="relu"),
        conv(8, 1, activation="relu"),
        ("Dropout", {"rate": 0}),
    ]
    steps = normal_form(
        summary(*spelled, pool(28, "AveragePooling2D"), FLAT, dense(3, "softmax"), functional=True)
    )

    assert [step.kind for step in steps] == [
        *["Conv2D", "Activation", "Conv2D", "Activation", "GlobalAveragePooling2D", "Dense", "Activation"]
    ]
    assert [step.inputs for step in steps] == [("@input0",), *((step.name,) for step in steps[:-1])]
