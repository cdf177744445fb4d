"""Testimony: what a fork said becomes nouns, or is a ``CodecError``."""

import math
from typing import Any

import numpy as np
import pytest

from grader.errors import CodecError
from grader.evidence import (
    CellRun,
    Evidence,
    ExportedModel,
    Happening,
    LayerRow,
    Opaque,
    Outcome,
    Raised,
    TrainingRun,
)
from grader.sandbox import testimony
from grader.sandbox.observed import weight
from grader.sandbox.testimony import MAX_CLAIMED_ROWS, MAX_COUNT, MAX_NAME, MAX_NOTE, MAX_OUTCOMES, MAX_TEXT

RETURNED = {"happening": "returned", "value": 3}
ROW = {
    "name": "conv2d",
    "kind": "Conv2D",
    "output_shape": (None, 26, 26, 8),
    "parameters": 80,
    "trainable": 80,
    "settings": {"filters": 8},
    "inputs": ["input"],
}


def reply(**changed: Any) -> dict[str, Any]:
    """Return a good reply to an observation, but for what is *changed*."""
    return {"outcomes": [RETURNED], "printed": "", "seconds": 0.1, **changed}


def ran(**changed: Any) -> dict[str, Any]:
    """Return a good report on a cell, but for what is *changed*."""
    return {
        "number": 1,
        "happening": "returned",
        "error": None,
        "printed": "",
        "notes": [],
        "seconds": 0.1,
        **changed,
    }


WRONG_REPLIES = [
    None,
    3,
    [],
    "outcomes",
    {},
    reply(outcomes=[]),
    reply(outcomes={}),
    reply(outcomes=[RETURNED] * (MAX_OUTCOMES + 1)),
    reply(outcomes=[3]),
    reply(outcomes=[{}]),
    reply(outcomes=[{"happening": "perfect"}]),
    reply(outcomes=[{"happening": ["returned"]}]),
    reply(outcomes=[{"happening": "lost"}]),
    reply(outcomes=[{"happening": "raised", "error": "ValueError"}]),
    reply(outcomes=[{"happening": "raised", "error": {"type": 3}}]),
    reply(outcomes=[{"happening": "raised", "error": {"type": "E", "bases": "Exception"}}]),
    reply(outcomes=[{"happening": "returned", "detail": ["x"]}]),
    reply(printed=b"x"),
    reply(printed=["x"]),
    reply(seconds=None),
    reply(seconds="1"),
    reply(seconds=-1),
    reply(seconds=math.nan),
    reply(seconds=math.inf),
    reply(seconds=10**400),
]


@pytest.mark.parametrize("told", WRONG_REPLIES, ids=lambda told: repr(told)[:60])
def test_a_reply_of_the_wrong_form_is_refused(told: Any) -> None:
    """A number that is none would break the gradebook; *lost* is for us alone to say."""
    with pytest.raises(CodecError):
        testimony.evidence(told)


@pytest.mark.parametrize(
    "told",
    [
        None,
        ran(number="1"),
        ran(number=True),
        ran(number=None),
        ran(happening="lost"),
        ran(happening=None),
        ran(notes=None),
        ran(notes=[1]),
        ran(notes="x"),
        ran(seconds=math.nan),
        ran(error=[]),
    ],
    ids=repr,
)
def test_a_report_of_the_wrong_form_is_refused(told: Any) -> None:
    """Cells are reported by the student's process as well."""
    with pytest.raises(CodecError):
        testimony.cell_run(told)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"rows": 3},
        {"rows": [3]},
        {"rows": [{**ROW, "parameters": -1}]},
        {"rows": [{**ROW, "parameters": True}]},
        {"rows": [{**ROW, "parameters": 1.5}]},
        {"rows": [{**ROW, "trainable": None}]},
        {"rows": [{**ROW, "output_shape": ["a"]}]},
        {"rows": [{**ROW, "output_shape": 3}]},
        {"rows": [{**ROW, "settings": []}]},
        {"rows": [{**ROW, "name": 3}]},
        {"rows": [{**ROW, "inputs": None}]},
        {"rows": [ROW], "parameters": "80"},
        {"rows": [ROW], "input_shape": [28.0]},
    ],
    ids=repr,
)
def test_a_layer_table_of_the_wrong_form_is_refused(told: dict[str, Any]) -> None:
    """A subclassed model's table is its own word."""
    with pytest.raises(CodecError):
        testimony.layer_table(told, self_reported=True)


@pytest.mark.parametrize(
    "run",
    [
        3,
        {},
        {"arm": "raw", "seed": 1},
        {"arm": "raw", "seed": "1"},
        {"arm": "raw", "seed": 1, "accuracy": "1"},
    ],
    ids=repr,
)
def test_a_training_of_the_wrong_form_is_refused(run: Any) -> None:
    """The referee works on what a student made."""
    for told in ({}, {"runs": 3}, {"runs": [run]}):
        with pytest.raises(CodecError):
            testimony.training(told)


def test_a_reply_becomes_evidence() -> None:
    """Outcomes keep their order and their values."""
    error = {"type": "ValueError", "bases": ["Exception"], "message": "no", "trace": "line 1"}
    told = reply(outcomes=[RETURNED, {"happening": "raised", "error": error}], printed="hi", seconds=2)

    raised = Raised(type="ValueError", bases=("Exception",), message="no", trace="line 1")
    expected = Evidence(
        outcomes=(
            Outcome(happening=Happening.RETURNED, value=3),
            Outcome(happening=Happening.RAISED, error=raised),
        ),
        printed="hi",
        seconds=2.0,
    )
    assert expected == testimony.evidence(told)


def test_long_texts_are_cut() -> None:
    """A student's words fill no gradebook."""
    long = "x" * (MAX_TEXT + 1)
    error = {"type": long, "bases": [long] * 60, "message": long, "trace": long}
    found = testimony.cell_run(ran(printed=long, notes=[long] * 30, error=error, happening="raised"))

    assert found.error is not None
    assert {MAX_TEXT} == {len(found.printed), len(found.error.message), len(found.error.trace)}
    assert {MAX_NAME} == set(map(len, (found.error.type, *found.error.bases)))
    assert {MAX_NOTE} == set(map(len, found.notes))
    assert (len(found.notes), len(found.error.bases)) == (20, 50)


def test_a_report_becomes_a_run() -> None:
    """What was not said is empty."""
    expected = CellRun(number=3, happening=Happening.TIMED_OUT, notes=("a note",), seconds=0.1)

    assert expected == testimony.cell_run(
        ran(number=3, happening="timed_out", notes=["a note"], printed=None)
    )


def test_a_layer_table_is_read() -> None:
    """Totals and the output shape come from the rows where they are not told."""
    table = testimony.layer_table({"rows": [ROW], "input_shape": [None, 28, 28, 1]})

    row = LayerRow(
        name="conv2d",
        kind="Conv2D",
        output_shape=(None, 26, 26, 8),
        parameters=80,
        trainable=80,
        settings={"filters": 8},
        inputs=("input",),
    )
    assert (row,) == table.rows
    assert (table.parameters, table.trainable, table.non_trainable) == (80, 80, 0)
    assert (table.input_shape, table.output_shape) == ((None, 28, 28, 1), (None, 26, 26, 8))
    assert not table.self_reported


def test_a_model_without_layers_has_a_table() -> None:
    """An empty one."""
    table = testimony.layer_table({"rows": []}, self_reported=True)

    assert (table.parameters, table.output_shape, table.self_reported) == (0, None, True)


def test_a_training_is_read_with_its_losses_that_are_no_numbers() -> None:
    """NaN is what a training that blew up came to."""
    run = {"arm": "raw", "seed": 1, "accuracy": 0.5, "losses": [1.0, math.nan], "accuracies": [0.25, 0.5]}

    (found,) = testimony.training({"runs": [run]}).runs

    assert TrainingRun(arm="raw", seed=1, accuracy=0.5, losses=found.losses, accuracies=(0.25, 0.5)) == found
    assert found.losses[0] == 1.0
    assert math.isnan(found.losses[1])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (10**400, MAX_COUNT),
        (-(10**400), -MAX_COUNT),
        ({1: 2, "a": 3, (4,): None}, {"1": 2, "a": 3, "(4,)": None}),
        (np.ones(2), [1.0, 1.0]),
        (np.float32(2), 2.0),
        (np.zeros(20_000), "<ndarray>"),
        (frozenset({1}), "<frozenset>"),
        (1j, "<complex>"),
        ((1, [2, "x" * 9000]), [1, [2, "x" * MAX_TEXT]]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_settings_are_read_as_json_would_carry_them(written: Any, read: Any) -> None:
    """Checks compare and write them; each of these left the work ungraded at a student's will."""
    (row,) = testimony.layer_table({"rows": [{**ROW, "settings": {"x": written}}]}).rows

    assert row.settings == {"x": read}


def test_absurd_counts_and_sizes_are_brought_into_bounds() -> None:
    """Python does not write out an integer of 5000 digits, and no report has room for it."""
    row = {**ROW, "parameters": 10**4000, "output_shape": [None, 10**4000, -(10**4000)]}

    table = testimony.layer_table({"rows": [row, row], "input_shape": [10**4000]})

    assert (table.parameters, table.input_shape) == (MAX_COUNT, (MAX_COUNT,))
    assert table.rows[0].output_shape == (None, MAX_COUNT, -MAX_COUNT)


def test_a_table_that_a_model_tells_of_itself_has_an_end() -> None:
    """The referee's has the length of the model; our own side of the fork tells 500 rows."""
    told = {"rows": [ROW] * (MAX_CLAIMED_ROWS + 1)}

    assert len(testimony.layer_table(told).rows) == MAX_CLAIMED_ROWS + 1
    with pytest.raises(CodecError):
        testimony.layer_table(told, self_reported=True)


@pytest.mark.parametrize(
    "outcome",
    [
        {"value": "x" * 2**20},
        {"value": {"x" * 2**20: 1}},
        {"value": [np.zeros(2**17)]},
        {"value": ExportedModel(config={"x": "x" * 2**20})},
        {"value": ExportedModel(config=None, claims={"x": "x" * 2**20})},
        {"value": Opaque(type="x", text="x" * 2**20)},
        {"value": [0.0] * 2**17},
        {"error": {"type": "x", "bases": ["x" * 200] * 50, "message": "x" * MAX_TEXT, "trace": None}},
    ],
    ids=lambda outcome: repr(outcome)[:40],
)
def test_all_that_is_kept_is_weighed(outcome: dict[str, Any]) -> None:
    """A text of 30 MiB weighed 64 bytes, so that a submission could fill the grader's memory."""
    found = testimony.evidence(reply(outcomes=[{"happening": "returned", **outcome}] * 40))

    assert weight(found) > 40 * (2**20 if "value" in outcome else 2**14)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("total_paramters", "total_paramters"),
        ("a" * 61, ""),
        ("x; rm", ""),
        ("x\n", ""),
        ("", ""),
        ("số", ""),
        (None, ""),
        (["x"], ""),
    ],
)
def test_a_name_that_is_near_is_a_short_name_or_nothing(told: Any, kept: str) -> None:
    """Students read it, in the midst of a sentence of ours."""
    missing = {"happening": "missing", "near": told}

    assert testimony.evidence(reply(outcomes=[missing])).outcomes[0].near == kept
