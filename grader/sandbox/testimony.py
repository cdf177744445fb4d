"""Reads what a fork said into nouns. Whatever does not have the right form is a ``CodecError``."""

from collections.abc import Mapping
from typing import Any

from grader.errors import CodecError
from grader.evidence import (
    CellRun,
    Evidence,
    Happening,
    LayerRow,
    LayerTable,
    Outcome,
    Raised,
    Training,
    TrainingRun,
)

MAX_TEXT = 8000
MAX_SECONDS = 1e9
#: What only the grader may say: that something of ours was lost.
RESERVED = frozenset({Happening.LOST})


def evidence(reply: Any) -> Evidence:
    """Read the reply to one observation."""
    _need(isinstance(reply, dict) and isinstance(reply.get("outcomes"), list) and reply["outcomes"])
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
        notes=tuple(map(_text, _list(reply.get("notes"))[:20])),
        seconds=_seconds(reply.get("seconds")),
    )


def layer_table(value: Mapping[str, Any], *, self_reported: bool = False) -> LayerTable:
    """Read a layer table, the referee's or (``self_reported``) a submission's own."""
    rows = tuple(map(_row, _list(value.get("rows"))))
    return LayerTable(
        rows=rows,
        input_shape=_shape(value.get("input_shape")),
        output_shape=_shape(value.get("output_shape")) or ((rows[-1].output_shape or None) if rows else None),
        parameters=_count(value.get("parameters", sum(row.parameters for row in rows))),
        trainable=_count(value.get("trainable", sum(row.trainable for row in rows))),
        self_reported=self_reported,
    )


def training(value: Mapping[str, Any]) -> Training:
    """Read the referee's runs."""
    return Training(runs=tuple(map(_training_run, _list(value.get("runs")))))


def _training_run(told: Any) -> TrainingRun:
    _need(isinstance(told, dict) and isinstance(told.get("arm"), str) and type(told.get("seed")) is int)
    return TrainingRun(
        arm=told["arm"],
        seed=told["seed"],
        accuracy=_measure(told.get("accuracy")),
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
    )


def _raised(told: Any) -> Raised | None:
    if told is None:
        return None
    _need(isinstance(told, dict))
    return Raised(
        type=_text(told.get("type")),
        bases=tuple(map(_text, _list(told.get("bases"))[:50])),
        message=_text(told.get("message")),
        trace=_text(told.get("trace")),
    )


def _row(told: Any) -> LayerRow:
    _need(isinstance(told, dict) and isinstance(told.get("settings", {}), dict))
    return LayerRow(
        name=_text(told.get("name")),
        kind=_text(told.get("kind")),
        output_shape=_shape(told.get("output_shape")) or (),
        parameters=_count(told.get("parameters")),
        trainable=_count(told.get("trainable")),
        settings=told.get("settings", {}),
        inputs=tuple(map(_text, _list(told.get("inputs", [])))),
    )


def _need(condition: object) -> None:
    if not condition:
        raise CodecError("a reply of the wrong form")


def _happening(told: Any) -> Happening:
    _need(isinstance(told, str) and told in set(Happening) and Happening(told) not in RESERVED)
    return Happening(told)


def _text(told: Any) -> str:
    _need(told is None or isinstance(told, str))
    return (told or "")[:MAX_TEXT]


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
    return int(told)


def _shape(told: Any) -> tuple[int | None, ...] | None:
    if told is None:
        return None
    _need(isinstance(told, list | tuple) and all(size is None or type(size) is int for size in told))
    return tuple(told)
