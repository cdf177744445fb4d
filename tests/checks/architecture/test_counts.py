"""The checks ``parameters``, ``output_shape`` and ``budget``, and what all of them ask of a table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader.checks.judge import judge
from grader.checks.sealing import seal
from grader.evidence import Evidence, Facts, Happening, LayerTable, Refusal
from grader.exercise import Exercise
from grader.verdict import Finding, Verdict

Look = Callable[..., Finding]
Summary = Callable[..., LayerTable]

CONV = ("Conv2D", {"filters": 8, "kernel_size": [3, 3], "use_bias": True})
BARE = ("Conv2D", {"filters": 8, "kernel_size": [3, 3], "use_bias": False})
FROZEN = ("Conv2D", {"filters": 8, "kernel_size": [3, 3], "use_bias": True, "trainable": False})
DENSE = ("Dense", {"units": 10, "use_bias": True})
FLAT: tuple[str, dict[str, int]] = ("Flatten", {})
BN = ("BatchNormalization", {"axis": -1})

CHECKS = ["layers", "parameters", "output_shape", "budget"]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("table", "verdict"),
    [
        (None, Verdict.UNGRADED),
        (Refusal(happening=Happening.LOST, reason="the worker died"), Verdict.UNGRADED),
        (Refusal(happening=Happening.RAISED, reason="our bug", ours=True), Verdict.UNGRADED),
        (Refusal(happening=Happening.RAISED, reason="a class that is not allowed"), Verdict.BROKEN),
        (Refusal(happening=Happening.OUT_OF_MEMORY, reason="too large"), Verdict.OUT_OF_MEMORY),
    ],
)
def test_a_table_that_is_not_there(
    look: Look, summary: Summary, check: str, table: Any, verdict: Verdict
) -> None:
    """Ours stays ungraded; the student's is named as the referee named it."""
    finding = look(check, table, summary(CONV))

    assert (verdict, 0.0) == (finding.verdict, finding.credit)


@pytest.mark.parametrize("check", CHECKS)
def test_something_else_than_a_model_is_wrong(
    exercise: Callable[..., Exercise], evidence: Callable[..., Evidence], check: str
) -> None:
    """A number, or None for a forgotten return, is the student's; so is an exception."""
    asked = exercise({"net": {"call": "build_model"}}, [{check: {"of": "net"}}])

    (finding,) = judge(asked, Facts(evidence={"net": evidence(None)}), None).values()
    assert Verdict.FAILED is finding.verdict
    assert "`build_model()` gave None; expected a Keras model" in finding.message
    (finding,) = judge(asked, Facts(evidence={"net": evidence(ValueError("no"))}), None).values()
    assert Verdict.BROKEN is finding.verdict


@pytest.mark.parametrize("check", CHECKS[:3])
def test_no_reference_is_our_fault(look: Look, summary: Summary, check: str) -> None:
    """Nothing can be wrong without something right."""
    assert Verdict.UNGRADED is look(check, summary(CONV)).verdict


@pytest.mark.parametrize("check", CHECKS)
def test_a_model_s_own_word_is_marked(look: Look, summary: Summary, check: str) -> None:
    """Right or wrong, a person is told."""
    table = summary(CONV)

    assert look(check, replace(table, self_reported=True), table).self_reported


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        (
            [BARE],
            [CONV],
            "Found 72 parameters; expected 80, a difference of -8. That is the number of biases that are",
        ),
        ([CONV], [BARE], "expected model has none (use_bias=False)"),
        ([CONV, CONV, FLAT], [CONV, FLAT], "That is what Conv2D 'conv2d_1' has: is it one layer too many?"),
        ([CONV, FLAT], [CONV, BN, FLAT], "That is what one BatchNormalization has: is a layer missing?"),
    ],
)
def test_a_wrong_count_gives_its_mistake_away(
    look: Look, summary: Summary, found: Any, expected: Any, said: str
) -> None:
    """The difference is compared with biases and layers."""
    assert said in look("parameters", summary(*found), summary(*expected)).message


def test_a_wrong_input_shape_is_named_first(look: Look, summary: Summary) -> None:
    """Channels forgotten in the input explain the count."""
    finding = look("parameters", summary(CONV, shape=(28, 28, 1)), summary(CONV, shape=(28, 28, 3)))

    assert "The input shape is (None, 28, 28, 1); expected (None, 28, 28, 3)" in finding.message


def test_each_count_is_its_own(look: Look, summary: Summary) -> None:
    """Total, trainable and not; a frozen model says so."""
    assert Verdict.PASSED is look("parameters", summary(CONV, BN), count="trainable", expect=96).verdict
    assert Verdict.PASSED is look("parameters", summary(CONV, BN), count="non_trainable", expect=16).verdict
    assert Verdict.PASSED is look("parameters", summary(FROZEN), expect=80).verdict
    frozen = look("parameters", summary(FROZEN), summary(CONV), count="trainable")
    assert "Found 0 trainable parameters; expected 80" in frozen.message
    assert "Every layer is frozen (trainable=False)." in frozen.message


def test_counts_and_shapes_can_be_sealed(look: Look, summary: Summary) -> None:
    """Right or wrong is said, the expected value is not."""
    table = summary(CONV)

    assert Verdict.PASSED is look("parameters", table, sealed=seal(80)).verdict
    wrong = look("parameters", table, sealed=seal(81))
    assert (wrong.verdict, "81" in wrong.message) == (Verdict.FAILED, False)
    assert Verdict.PASSED is look("output_shape", table, sealed=seal([None, 26, 26, 8])).verdict
    assert Verdict.FAILED is look("output_shape", table, sealed=seal([None, 26, 26, 9])).verdict


def test_a_count_that_is_no_number_is_the_author_s_fault(look: Look, summary: Summary) -> None:
    """The student is not marked down for it."""
    assert Verdict.UNGRADED is look("parameters", summary(CONV), expect="many").verdict
    assert Verdict.UNGRADED is look("output_shape", summary(CONV), expect=8).verdict


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((None, 10), ""),
        ((32, 10), "The batch dimension is fixed"),
        ((None, 26, 26, 10), "2 dimensions too many: is a Flatten or a global pooling missing?"),
        ((None,), "1 dimension too few"),
        ((None, 12), "Only the last size differs"),
        (None, "output shape is not known"),
    ],
)
def test_a_wrong_output_shape_gives_its_mistake_away(
    look: Look, summary: Summary, shape: Any, said: str
) -> None:
    """Batch, rank, units."""
    finding = look("output_shape", summary(FLAT, DENSE, output_shape=shape), summary(FLAT, DENSE))

    assert finding.verdict is (Verdict.FAILED if said else Verdict.PASSED)
    assert said in finding.message


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((None, 8, 26, 26), "Keras puts channels last"),
        ((None, 28, 28, 8), "Only width and height differ"),
    ],
)
def test_a_wrong_map_gives_its_mistake_away(look: Look, summary: Summary, shape: Any, said: str) -> None:
    """Order of axes, and padding."""
    assert said in look("output_shape", summary(CONV, output_shape=shape), expect=[None, 26, 26, 8]).message


def test_every_broken_limit_is_listed(look: Look, summary: Summary) -> None:
    """Not only the first."""
    limits = {"parameters_at_most": 50, "requires": ["Dropout", "Conv2D"], "forbids": ["Flatten"]}
    finding = look("budget", summary(CONV, FLAT), **limits)

    assert Verdict.FAILED is finding.verdict
    assert "found 80 parameters, expected at most 50" in finding.message
    assert "found no Dropout among the layers (Conv2D, Flatten), expected one" in finding.message
    assert "found Flatten, expected none" in finding.message
    assert "at least 100" in look("budget", summary(CONV), parameters_at_least=100).message


def test_a_model_within_its_budget_passes(look: Look, summary: Summary) -> None:
    """Limits are inclusive."""
    limits = {
        "parameters_at_most": 80,
        "parameters_at_least": 80,
        "requires": ["Conv2D"],
        "forbids": ["Dense"],
    }

    assert Verdict.PASSED is look("budget", summary(CONV), **limits).verdict


@pytest.mark.parametrize(
    ("check", "more"), [("parameters", {}), ("output_shape", {}), ("budget", {"forbids": ["Dense"]})]
)
def test_a_mistake_is_recognised(look: Look, summary: Summary, check: str, more: dict[str, Any]) -> None:
    """Equal counts, equal shapes, equal layers."""
    wrong = summary(CONV, FLAT, DENSE)

    assert look(check, wrong, summary(CONV, FLAT), {"dense": wrong}, **more).hint == "dense"


SOFTMAX = ("Dense", {"units": 3, "activation": "softmax"})
TANH = ("Dense", {"units": 3, "activation": "tanh"})
GLOROT = {"class_name": "GlorotUniform", "config": {"seed": 3}}
LARGE = {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 1e3, "seed": None}}


@pytest.mark.parametrize(
    ("layer", "limits", "said"),
    [
        (SOFTMAX, {"only": ["Dense"], "activations": ["softmax"], "plain": True}, ""),
        (("ReLU", {}), {"activations": ["relu"]}, ""),
        (("Dense", {"units": 3, "kernel_initializer": GLOROT}), {"plain": True}, ""),
        (BN, {"only": ["Dense"]}, "found BatchNormalization, expected only Dense"),
        (TANH, {"activations": ["relu"]}, "found the activation tanh, expected only linear, relu"),
        (("ReLU", {"max_value": 4.0}), {"activations": ["relu"]}, "the activation relu(max_value=4.0"),
        (
            ("Dense", {"units": 3, "kernel_initializer": LARGE}),
            {"plain": True},
            "kernel_initializer (RandomN",
        ),
        (
            ("Dense", {"units": 3, "kernel_constraint": {"class_name": "MaxNorm"}}),
            {"plain": True},
            "(MaxNorm)",
        ),
        (("Dense", {"units": 3, "activity_regularizer": {"class_name": "L2"}}), {"plain": True}, "(L2)"),
        (("Dense", {"units": 3, "trainable": False}), {"plain": True}, "Dense with trainable=False"),
        (("Dense", {"units": 3, "dtype": "float16"}), {"plain": True}, "Dense with dtype='float16'"),
    ],
)
def test_a_list_of_what_is_allowed(look: Look, summary: Summary, layer: Any, limits: Any, said: str) -> None:
    """Kinds, activations, and settings that could make one of two trainings fail."""
    finding = look("budget", summary(layer, shape=(4,)), **limits)

    assert finding.verdict is (Verdict.FAILED if said else Verdict.PASSED)
    assert said in finding.message


def test_one_output_is_asked_for(look: Look, summary: Summary) -> None:
    """Another one beside it may carry parameters, or the right shape."""
    table = summary(FLAT, DENSE)
    double = replace(table, other_outputs=((None, 3),))

    assert "Found 2 outputs of shapes (None, 10) and (None, 3)" in look("output_shape", double, table).message
    assert "found 2 outputs" in look("layers", double, table).message
    assert Verdict.PASSED is look("layers", double, double).verdict


@pytest.mark.parametrize("check", CHECKS)
def test_a_model_s_own_word_earns_nothing(look: Look, summary: Summary, check: str) -> None:
    """Somebody who writes it by hand could do no worse; the finding says what to do."""
    table = summary(CONV)
    finding = look(check, replace(table, self_reported=True), table)

    assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)
    assert "keras.Sequential or keras.Model(inputs, outputs)" in finding.message
