"""The wall: whatever bytes a student's process sends, it is that student's finding, and costs little.

Never an exception in the grader, and never *ungraded*: that would be a way out of a bad mark.
"""

import json
import math
import struct
import time
import tracemalloc
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.checks.judge import KnownMistake, judge
from grader.checks.sealing import seal
from grader.checks.table import CHECKS
from grader.errors import CodecError
from grader.evidence import Evidence, ExportedModel, Facts, Happening, LayerTable, Opaque, Outcome
from grader.exercise import CheckEntry, Exercise, Question, number_checks
from grader.facts import derive
from grader.gradebook.rows import row_of
from grader.probe import Arguments, Probe
from grader.rubric import grade, mark
from grader.sandbox import testimony
from grader.sandbox.codec import MAX_FRAME, pack, unpack
from grader.sandbox.decoding import DECODERS
from grader.sandbox.edge import Ending, ForkEnded
from grader.sandbox.referee import Referee
from grader.sandbox.session import Allowance, observe
from grader.submission import Cell, CellKind, Submission
from grader.trainings import Trainings
from grader.verdict import Verdict
from tests.hostile.values import (
    anything,
    claims,
    frame,
    outcomes,
    received,
    texts,
    told_tables,
    value_or_refused,
)
from tests.sandbox.fake import FakeFork, cell, ran

# The strategies for evidence are large, and hypothesis wants to write them out.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

DATASETS = Path(__file__).parents[2] / "datasets"
STUDENTS_DOING = set(Happening) - {Happening.LOST}


def fuzzed(examples: int) -> Any:
    """Return hypothesis's settings: the same examples each time, so that a failure is no accident."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


# --- frames ----------------------------------------------------------------------------------------

VALID = [
    pack(value)[8:]
    for value in (
        {"outcomes": [{"happening": "returned", "value": (np.arange(3.0), "a", 2**70, {1, 2}, math.nan)}]},
        {
            "ran": {
                "number": 1,
                "happening": "raised",
                "error": None,
                "printed": "x",
                "notes": ["y"],
                "seconds": 1.5,
            }
        },
        ExportedModel(config={"a": [np.float32(1)]}, claims={"b": np.array(["xy", "ü"])}, type="Mine"),
        [Opaque(type="t", text="x"), 1j, frozenset({(1, "a")}), np.zeros((2, 0, 3)), np.bool_(True), -0.0],
    )
]
LIES = st.sampled_from([0, 1, 3, 2**31 - 1, 2**31, 2**32 - 1])


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """Return a good frame with bytes changed, put in, cut out, cut off, doubled, or another's put behind."""
    content = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = min(len(content), start + draw(st.integers(0, 12)))
        other = draw(st.sampled_from(VALID))
        middle = draw(
            st.binary(max_size=4) | st.just(bytes(content[start:stop]) * 2) | st.just(other[start:])
        )
        content[start:stop] = middle
    if draw(st.booleans()):
        content[:4] = struct.pack(">I", draw(LIES))
    return bytes(content)


ODD_JSON = st.sampled_from([
    "NaN", "Infinity", "-Infinity", "-0.0", "-0", "1e999", "-1e999", "1E-999", "0.0000000001", "9" * 400,
    "9" * 5000,
    '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"' + "a" * 300 + '"', "null", "true", "[]", "{}", "[[]]",
    '{"a":1,"a":2}', '{"tuple":[1],"tuple":[2]}', '{"tuple":[],"set":[]}', "[" * 200 + "]" * 200, "[" * 5000,
    '{"tuple":' * 100 + "[]" + "}" * 100, '"\ud800"', "\x00", "'a'", "1_000", "0x10", "\ufeff1", "//", "",
])  # fmt: skip
JSON = st.recursive(
    ODD_JSON | st.integers().map(str) | st.floats().map(str) | texts.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.tuples(st.sampled_from([*DECODERS, "pickle", ""]), inner).map(
            lambda pair: f'{{"{pair[0]}":{pair[1]}}}'
        )
        | st.tuples(st.sampled_from([*DECODERS]), inner, inner).map(
            lambda found: f'{{"{found[0]}":[{found[1]},{found[2]}]}}'
        )
        | st.lists(st.tuples(inner, inner).map(lambda pair: f"[{pair[0]},{pair[1]}]"), max_size=3).map(
            lambda pairs: f'{{"dict":[{",".join(pairs)}]}}'
        )
    ),
    max_leaves=8,
)
SIDES = st.integers(-2, 9) | st.sampled_from([2**31, 2**63, 10**18, 10**400, 1.0, True, None, "3", [1]])
HEADERS = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from([
            "<f8", ">f8", "|b1", "<U1", ">U2", "<U0", "|U3", "<U999999999", "|O", "O8", "<M8[s]", "<m8",
            "|V8", "|S4",
            "f8,f8", "(2,)f8", "{'a':'f8'}", "<f16", "<c32", "i4,,", None, 3, ["<f8"], "<f8\n", "<i8 ", "≤f8",
        ]),
        "shape": st.lists(SIDES, max_size=4) | SIDES | st.just([1] * 20),
        "at": st.lists(st.integers(-1, 40) | SIDES, max_size=3) | SIDES,
    }
)  # fmt: skip


@fuzzed(600)
@given(st.binary(max_size=120) | _mutated())
def test_any_bytes_are_a_value_or_refused(content: bytes) -> None:
    """Arbitrary ones, and good frames made bad."""
    repr(value_or_refused(unpack, content)).encode()


@fuzzed(400)
@given(JSON, st.binary(max_size=24), st.none() | LIES)
def test_any_json_is_a_value_or_refused(text: str, buffers: bytes, length: int | None) -> None:
    """With our tags in odd places, keys twice, numbers that are none, and lies about its length."""
    repr(value_or_refused(unpack, frame(text, buffers, length))).encode()


@fuzzed(500)
@given(
    st.lists(st.tuples(st.sampled_from(["array", "scalar"]), HEADERS), min_size=1, max_size=3),
    st.binary(max_size=40),
)
def test_any_header_of_an_array_is_an_array_or_refused(parts: list[tuple[str, Any]], buffers: bytes) -> None:
    """Whatever it says of dtype, shape and place; what is read is no larger than what was sent."""
    value = value_or_refused(unpack, frame([{tag: header} for tag, header in parts], buffers))

    assert sum(each.nbytes for each in value or ()) <= len(buffers)


def test_a_good_header_is_read() -> None:
    """Or the tests above would pass on a codec that refuses everything."""
    header = {"dtype": ">i4", "shape": [2, 1], "at": [0, 8]}

    assert unpack(frame({"array": header}, struct.pack(">2i", 1, 2))).tolist() == [[1], [2]]
    assert all(value_or_refused(unpack, content) is not None for content in VALID)


def _colliding(count: int, key: str) -> str:
    return '{"set":[' + ",".join(key % {"n": n * (2**61 - 1)} for n in range(count)) + "]}"


COSTLY = {
    "lists": "[" + "[]," * 2**21 + "0]",
    "tags": "[" + '{"tuple":[]},' * 2**20 + "0]",
    "strings": "[" + '"ab",' * 2**21 + "0]",
    "text": '"' + "\\ud83d\\ude00" * 2**19 + '"',
    "colliding keys": "[" + ",".join([_colliding(1990, "%(n)d")] * 60) + "]",
    "colliding tuples": "[" + ",".join([_colliding(900, '{"tuple":[1,%(n)d]}')] * 60) + "]",
    "long numbers": "[" + ",".join(["9" * 4299] * 800) + "]",
    "exponents": "[" + ",".join(["1e308", "1e-400", "0." + "0" * 4000 + "1"] * 800) + "]",
    "spaces": " " * 2**22 + "1",
    "deep": ("[" * 140 + "]" * 140 + ",") * 5000,
}


@pytest.mark.parametrize("name", COSTLY)
def test_a_frame_costs_by_its_size(name: str) -> None:
    """In memory at most 40 times its size, and never more than 300 MiB; in time a few seconds."""
    content, started = frame(COSTLY[name]), time.monotonic()
    value_or_refused(unpack, content)
    assert time.monotonic() - started < 10

    if len(content) < 2**23:
        tracemalloc.start()
        try:
            value_or_refused(unpack, content)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < min(40 * len(content) + 2**20, 300 * 2**20)
    assert len(content) < MAX_FRAME


def _frame_of(value: Any) -> bytes:
    try:
        return pack(value)[8:]
    except CodecError:
        return b""


# --- testimony -------------------------------------------------------------------------------------

KNOWN = st.sampled_from([
    "outcomes", "happening", "value", "error", "detail", "printed", "seconds", "number", "notes", "type",
    "bases",
    "message", "trace", "rows", "name", "kind", "output_shape", "parameters", "trainable", "settings",
    "inputs",
    "runs", "arm", "seed", "accuracy", "losses",
])  # fmt: skip
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from(list(map(str, Happening))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KNOWN | texts, inner, max_size=4),
    max_leaves=12,
)
ACCEPTED = told_tables(anything).map(lambda told: value_or_refused(unpack, _frame_of(told)) or {"rows": []})
REPLIES = st.fixed_dictionaries(
    {"outcomes": st.lists(outcomes | PLAIN, max_size=3)},
    optional={"printed": texts | PLAIN, "seconds": st.just(0.5) | PLAIN},
)


@pytest.mark.parametrize(
    "reader", [testimony.evidence, testimony.cell_run, testimony.layer_table, testimony.training]
)
@fuzzed(120)
@given(told=received | PLAIN | REPLIES | claims(anything) | ACCEPTED)
def test_any_reply_is_read_or_refused(reader: Any, told: Any) -> None:
    """By every reader, also by those for others' replies."""
    found = value_or_refused(reader, told)
    if isinstance(found, LayerTable):
        text = f"{found.parameters:,} {found.non_trainable:,} {found.output_shape}"
        text += "".join(json.dumps(dict(row.settings), sort_keys=True) for row in found.rows)
        text.encode()


# --- sessions --------------------------------------------------------------------------------------

CELLS = [Cell(number=number, kind=CellKind.CODE, source="x", exercise="one") for number in (1, 3)]
PROBES = [
    Probe(
        exercise="one",
        observation=name,
        name=name,
        is_call=True,
        cases=(Arguments(),),
        seconds=5.0,
        public=public,
    )
    for name, public in (("f", True), ("g", False))
]
RUN = {"bases": []}
MESSAGES = (
    REPLIES
    | received
    | st.sampled_from(
        [{"done": True}, cell(1), cell(3), cell(2), ran(1), ran(3, "raised", error=RUN), {"cell": True}]
    )
    | st.fixed_dictionaries({"ran": PLAIN | st.just({"number": 10**30})})
)
FRAMES = MESSAGES.map(_frame_of) | _mutated() | JSON.map(frame)
ENDINGS = st.builds(
    Ending,
    exit=st.integers(-1, 255),
    signal=st.sampled_from([0, 6, 9, 11, 15]),
    killed=st.booleans(),
    output=texts | st.just("std::bad_alloc"),
)


def _said(content: bytes) -> Any:
    """Return what the channel would make of a frame's bytes: a value, or what it raises."""
    try:
        return unpack(content)
    except CodecError as error:
        return error


@dataclass
class Forks:
    """A sandbox whose forks all say the same: good news for some messages, then whatever was drawn."""

    replies: list[Any]
    ending: Ending
    given: list[FakeFork] = field(default_factory=list)

    def fork(self, _role: str, _memory_mib: int) -> FakeFork:
        """Give another."""
        self.given.append(FakeFork(replies=self.replies, ending=self.ending))
        assert len(self.given) < 20, "the session goes round in circles"
        return self.given[-1]

    def close(self) -> None:
        """There is nothing to end."""


@fuzzed(400)
@given(
    st.integers(0, 6), st.lists(FRAMES, max_size=4), st.sampled_from([ForkEnded(), TimeoutError()]), ENDINGS
)
def test_whatever_a_fork_says_is_its_students(
    good: int, contents: list[bytes], last: Exception, ending: Ending
) -> None:
    """Cells may run well before it goes wrong; every question has an answer, none our fault."""
    well = [
        cell(1),
        ran(1),
        cell(3),
        ran(3),
        {"done": True},
        {"outcomes": [{"happening": "returned"}], "seconds": 0},
    ]
    sandbox = Forks(replies=[*well[:good], *map(_said, contents), last], ending=ending)

    observed = observe(sandbox, CELLS, PROBES, Allowance())

    assert set(observed.evidence) == {("one", "f"), ("one", "g")}
    found = [outcome for evidence in observed.evidence.values() for outcome in evidence.outcomes]
    assert {outcome.happening for outcome in found} <= STUDENTS_DOING
    assert {run.number for run in observed.cells} <= {1, 3}
    assert all(fork.ended for fork in sandbox.given)


# --- checks ----------------------------------------------------------------------------------------

QUESTION = Question.model_validate(
    {
        "exercise": "small",
        "title": "Small",
        "source": "none",
        "prompt": "Do it.",
        "starter": "",
        "observe": {"f": {"call": "f", "cases": [[1], [2]]}, "g": {"call": "g"}, "m": {"call": "m"}},
    }
)
ENTRIES: list[dict[str, Any]] = [
    {"equals": {"of": "f"}},
    {"equals": {"of": "f", "strict": True, "partial": True}},
    {"equals": {"of": "g"}},
    {"equals": {"of": "g", "expect": {"tuple": [1, {"array": [1.0]}]}}},
    {"equals": {"of": "g", "sealed": seal(3)}},
    {"close": {"of": "f", "partial": True}},
    {"close": {"of": "g", "dtype": "float32"}},
    {"raises": {"of": "f", "error": "ValueError"}},
    {"raises": {"of": "f", "error": "ValueError", "partial": True}},
    {"sets": {"of": "g", "expect": {"Conv2D": ["a", "b"]}, "synonyms": {"x": "y"}}},
    {"sets": {"of": "g", "sealed": seal([["a"]])}},
    {"layers": {"of": "m"}},
    {"layers": {"of": "m", "exact": True, "partial": False}},
    {"summary": {"of": "m"}},
    {"summary": {"of": "m", "expect": [{"Conv2D": {"output_shape": [None, 26, 26, 8], "parameters": 80}}]}},
    {"parameters": {"of": "m"}},
    {"parameters": {"of": "m", "count": "non_trainable", "expect": 46336}},
    {"output_shape": {"of": "m"}},
    {"output_shape": {"of": "m", "expect": [None, 10]}},
    {
        "budget": {
            "of": "m",
            "parameters_at_most": 9,
            "parameters_at_least": 3,
            "requires": ["Conv2D"],
            "forbids": ["A"],
        }
    },
    {"trains": {"of": "m", "data": "wine", "scaling": "g", "accuracy_at_least": 0.9}},
    {"trains": {"of": "m", "data": "wine", "accuracy_at_least": 0.9}},
    {"trains": {"of": "m", "data": "fruit", "target_loss": 0.5, "epochs_at_most": 9}},
    {"train_statistics_only": {"of": "f"}},
]
CHECKED = tuple(number_checks([CheckEntry.model_validate(entry) for entry in ENTRIES], visible=True))
EXERCISE = Exercise(question=QUESTION, checks=CHECKED)
TABLE = testimony.layer_table(
    {
        "input_shape": [None, 28, 28, 1],
        "rows": [
            {"name": "i", "kind": "InputLayer", "output_shape": [None, 28, 28, 1], "parameters": 0,
            "trainable": 0},
            {"name": "c", "kind": "Conv2D", "output_shape": [None, 26, 26, 8], "parameters": 80,
            "trainable": 80,
             "settings": {"filters": 8, "kernel_size": [3, 3], "activation": "relu"}, "inputs": ["i"]},
            {"name": "d", "kind": "Dense", "output_shape": [None, 26, 26, 2], "parameters": 18,
            "trainable": 9,
             "settings": {"units": 2}, "inputs": ["c"]},
        ],
    }
)  # fmt: skip
FEATURES = np.arange(52.0).reshape(4, 13)
REFERENCES = [
    1, 1.5, 1j, True, None, "text", math.nan, np.float32(2), (1, 2), [1.0, 2.0], {"a": ["x"], 1: (1,)},
    frozenset({"a"}),
    np.arange(6.0).reshape(2, 3), np.array(["a", "b"]), np.array([True]), np.zeros((0, 3)), [FEATURES,
    np.zeros(3)],
    {"a": FEATURES},
]  # fmt: skip
MODELS = st.builds(ExportedModel, type=texts, config=st.none() | st.just({}), claims=claims(anything)).map(
    lambda model: value_or_refused(unpack, _frame_of(model))
)
PAIRS = st.tuples(received | st.just(FEATURES), received | st.just(FEATURES))


def _returned(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values.map(lambda value: {"happening": "returned", "value": value})


def _evidence(*values: Any) -> Evidence:
    return Evidence(outcomes=tuple(Outcome(happening=Happening.RETURNED, value=value) for value in values))


class RefereeFork(FakeFork):
    """A referee that repeats a configuration's words in its table, and will not train."""

    def reply(self, _seconds: float) -> Any:
        """Answer the question asked last."""
        refused = {"refused": "returned", "reason": "it does not train"}
        return {"value": next(self._replies)} if self.asked[-1]["do"] == "table" else refused


def _judged(answers: Iterable[tuple[str, list[Any]]], told: Any, reference: Any) -> Any:
    evidence = {name: testimony.evidence({"outcomes": given, "seconds": 0.0}) for name, given in answers}
    sandbox = Forks(replies=[], ending=Ending())
    sandbox.fork = lambda *_: RefereeFork(replies=[told] * 50)  # type: ignore[method-assign]
    facts = derive(EXERCISE, evidence, Referee(sandbox), Trainings(DATASETS))
    right, model = _evidence(reference), ExportedModel(config={})
    known = {"f": _evidence(reference, reference), "g": right, "m": _evidence(model)}
    mistake = Facts(evidence={**known, "g": _evidence(reference, 3)}, tables={"m": TABLE})
    return judge(
        EXERCISE,
        facts,
        Facts(evidence=known, tables={"m": TABLE}),
        [KnownMistake(name="a", hint="b", facts=mistake)],
        inputs={"f": [(FEATURES, FEATURES)] * 2, "g": [(FEATURES, FEATURES)], "m": [()]},
    )


def test_every_check_is_fuzzed() -> None:
    """A new one must be added above."""
    assert {check.name for check in CHECKED} == set(CHECKS)


@fuzzed(250)
@given(
    st.lists(outcomes, min_size=2, max_size=2)
    | st.lists(_returned(PAIRS | received), min_size=1, max_size=3),
    st.lists(outcomes, min_size=1, max_size=1)
    | st.lists(_returned(PAIRS | received), min_size=1, max_size=2),
    st.lists(_returned(MODELS | received), min_size=1, max_size=1)
    | st.lists(outcomes, min_size=1, max_size=2),
    ACCEPTED,
    st.sampled_from(REFERENCES),
)
def test_whatever_was_returned_is_judged(
    first: list[Any], second: list[Any], model: list[Any], told: Any, reference: Any
) -> None:
    """By every check, against any reference: a finding of the student's, stored and shown like others."""
    findings = _judged((("f", first), ("g", second), ("m", model)), told, reference)

    assert {name: one.message for name, one in findings.items() if one.verdict is Verdict.UNGRADED} == {}
    for finding in findings.values():
        assert 0 <= finding.credit <= 1
        finding.message.encode()
    submission = Submission(student="an", path="an.ipynb", sha256="0" * 64)
    row = row_of(grade(submission, EXERCISE, mark(EXERCISE, findings), 0.0))
    json.loads(json.dumps(row))
