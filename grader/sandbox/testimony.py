"""Reads what a fork said into nouns. Whatever does not have the right form is a ``CodecError``.

A number that is merely absurd is brought into bounds instead: the referee repeats what a configuration
says, so that refusing it there would leave the work ungraded at a student's will.
"""

import re
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from grader.errors import CodecError
from grader.evidence import (
    CellRun,
    Evidence,
    Happening,
    LayerRow,
    LayerTable,
    Outcome,
    Raised,
    Sign,
    Training,
    TrainingRun,
)

MAX_TEXT = 8000
#: Names of classes and layers; notes on a cell.
MAX_NAME, MAX_NOTE = 200, 500
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
MAX_SECONDS = 1e9
#: A count or size beyond this is shown by no report, and Python refuses to write some of them at all.
MAX_COUNT = 10**18
MAX_OUTCOMES = 10_000
#: A submission's own table; the referee's is as long as the model.
MAX_CLAIMED_ROWS = 500
MAX_ELEMENTS = 10_000
#: What only the grader may say: that something of ours was lost.
RESERVED = frozenset({Happening.LOST})


def evidence(reply: Any) -> Evidence:
    """Read the reply to one observation."""
    _need(isinstance(reply, dict) and isinstance(reply.get("outcomes"), list))
    _need(0 < len(reply["outcomes"]) <= MAX_OUTCOMES)
    return Evidence(
        outcomes=tuple(map(_outcome, reply["outcomes"])),
        printed=_text(reply.get("printed")),
        seconds=_seconds(reply.get("seconds")),
    )


def cell_run(reply: Any) -> CellRun:
    """Read the report on one cell."""
    _need(isinstance(reply, dict) and type(reply.get("number")) is int)
    return CellRun(
        number=reply["number"],
        happening=_happening(reply.get("happening")),
        error=_raised(reply.get("error")),
        printed=_text(reply.get("printed")),
        notes=tuple(_text(note, MAX_NOTE) for note in _list(reply.get("notes"))[:20]),
        seconds=_seconds(reply.get("seconds")),
    )


def layer_table(value: Mapping[str, Any], *, self_reported: bool = False) -> LayerTable:
    """Read a layer table, the referee's or (``self_reported``) a submission's own."""
    _need(isinstance(value, Mapping))
    told = _list(value.get("rows"))
    _need(not self_reported or len(told) <= MAX_CLAIMED_ROWS)
    rows = tuple(map(_row, told))
    return LayerTable(
        rows=rows,
        input_shape=_shape(value.get("input_shape")),
        output_shape=_shape(value.get("output_shape")) or ((rows[-1].output_shape or None) if rows else None),
        parameters=_count(value.get("parameters", sum(row.parameters for row in rows))),
        trainable=_count(value.get("trainable", sum(row.trainable for row in rows))),
        other_outputs=tuple(_shape(shape) or () for shape in _list(value.get("other_outputs", []))),
        self_reported=self_reported,
    )


def training(value: Mapping[str, Any]) -> Training:
    """Read the referee's runs."""
    _need(isinstance(value, Mapping))
    return Training(
        runs=tuple(map(_training_run, _list(value.get("runs")))),
        signs=tuple(map(_sign, _list(value.get("signs", [])))),
    )


def _sign(told: Any) -> Sign:
    _need(isinstance(told, dict))
    words = {name: _text(told.get(name), MAX_NAME) for name in ("arm", "layer", "activation")}
    return Sign(**words, start=_measure(told.get("start")), end=_measure(told.get("end")))


def _training_run(told: Any) -> TrainingRun:
    _need(isinstance(told, dict) and isinstance(told.get("arm"), str) and type(told.get("seed")) is int)
    return TrainingRun(
        arm=told["arm"],
        seed=told["seed"],
        accuracy=_measure(told.get("accuracy")),
        train_accuracy=_measure(told.get("train_accuracy", 0.0)),
        losses=tuple(map(_measure, _list(told.get("losses")))),
        accuracies=tuple(map(_measure, _list(told.get("accuracies")))),
    )


def _outcome(told: Any) -> Outcome:
    _need(isinstance(told, dict))
    return Outcome(
        happening=_happening(told.get("happening")),
        value=told.get("value"),
        error=_raised(told.get("error")),
        detail=_text(told.get("detail")),
        near=_name(told.get("near")),
    )


def _name(told: Any) -> str:
    """Return *told* if it is a name as Python has them, in ASCII and not long; whatever else is nothing."""
    return told if isinstance(told, str) and NAME.fullmatch(told) else ""


def _raised(told: Any) -> Raised | None:
    if told is None:
        return None
    _need(isinstance(told, dict))
    return Raised(
        type=_text(told.get("type"), MAX_NAME),
        bases=tuple(_text(base, MAX_NAME) for base in _list(told.get("bases"))[:50]),
        message=_text(told.get("message")),
        trace=_text(told.get("trace")),
    )


def _row(told: Any) -> LayerRow:
    _need(isinstance(told, dict) and isinstance(told.get("settings", {}), dict))
    return LayerRow(
        name=_text(told.get("name"), MAX_NAME),
        kind=_text(told.get("kind"), MAX_NAME),
        output_shape=_shape(told.get("output_shape")) or (),
        parameters=_counted(told, "parameters", "weights"),
        trainable=_counted(told, "trainable", "trainable_weights"),
        settings=_setting(told.get("settings", {})),
        inputs=tuple(_text(name, MAX_NAME) for name in _list(told.get("inputs", []))),
    )


def _setting(told: Any) -> Any:
    """Return a layer's setting as JSON would carry it, so that any two can be compared and written."""
    if isinstance(told, np.ndarray | np.generic) and told.size <= MAX_ELEMENTS:
        told = told.tolist()
    if isinstance(told, Mapping):
        return {str(key)[:MAX_NAME]: _setting(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [_setting(value) for value in told]
    if told is None or isinstance(told, bool | float):
        return told
    if isinstance(told, int):
        return _bounded(told)
    return told[:MAX_TEXT] if isinstance(told, str) else f"<{type(told).__name__}>"


def _bounded(number: int) -> int:
    return max(-MAX_COUNT, min(number, MAX_COUNT))


def _counted(told: Mapping[str, Any], count: str, weights: str) -> int:
    """Return the count that was told, or what the shapes of the weights come to."""
    if weights not in told:
        return _count(told.get(count))
    shapes = [_shape(shape) or () for shape in _list(told[weights])]
    return sum(prod(_count(size) for size in shape) for shape in shapes)


def _need(condition: object) -> None:
    if not condition:
        raise CodecError("a reply of the wrong form")


def _happening(told: Any) -> Happening:
    _need(isinstance(told, str) and told in set(Happening) and Happening(told) not in RESERVED)
    return Happening(told)


def _text(told: Any, limit: int = MAX_TEXT) -> str:
    _need(told is None or isinstance(told, str))
    return (told or "")[:limit]


def _list(told: Any) -> list[Any]:
    _need(isinstance(told, list | tuple))
    return list(told)


def _seconds(told: Any) -> float:
    # NaN, infinity and integers too large for a float fail this, too.
    _need(isinstance(told, int | float) and 0 <= told < MAX_SECONDS)
    return float(told)


def _measure(told: Any) -> float:
    """Read a loss or an accuracy; a loss that is NaN is part of the result."""
    _need(isinstance(told, float) or (isinstance(told, int) and abs(told) < MAX_SECONDS))
    return float(told)


def _count(told: Any) -> int:
    _need(type(told) is int and told >= 0)
    return _bounded(told)


def _shape(told: Any) -> tuple[int | None, ...] | None:
    if told is None:
        return None
    _need(isinstance(told, list | tuple) and all(size is None or type(size) is int for size in told))
    return tuple(None if size is None else _bounded(size) for size in told)
