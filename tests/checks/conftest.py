"""One check judged on hand-made facts: what a call gave, what it should have given, nothing run."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import pytest

from grader.checks.judge import KnownMistake, judge
from grader.evidence import Evidence, Facts, Happening, LayerRow, LayerTable, Outcome, Raised
from grader.exercise import Exercise
from grader.verdict import Finding


def _outcome(value: Any) -> Outcome:
    """Take an outcome as it is, an exception as raised, a happening as itself, the rest as returned."""
    if isinstance(value, Outcome):
        return value
    if isinstance(value, Happening):
        return Outcome(happening=value)
    if isinstance(value, Exception):
        bases = tuple(kind.__name__ for kind in type(value).__mro__[1:-1])
        error = Raised(type=type(value).__name__, bases=bases, message=str(value), trace="line 3: boom()")
        return Outcome(happening=Happening.RAISED, error=error)
    return Outcome(happening=Happening.RETURNED, value=value)


def _evidence(*values: Any) -> Evidence:
    return Evidence(outcomes=tuple(map(_outcome, values)))


@pytest.fixture
def evidence() -> Callable[..., Evidence]:
    """Make evidence of one value a case; exceptions are raised, happenings happen."""
    return _evidence


@pytest.fixture
def ask(exercise: Callable[..., Exercise]) -> Callable[..., Finding]:
    """Judge check *name* on the values *found* and *expected*, one a case."""

    def judged(
        name: str,
        found: Sequence[Any],
        expected: Sequence[Any] | None = None,
        mistakes: Mapping[str, Sequence[Any]] | None = None,
        inputs: Any = None,
        **settings: Any,
    ) -> Finding:
        cases = max(len(found), len(expected or ()))
        observe = {"f": {"call": "f", "cases": [[number] for number in range(cases)]}}
        asked = exercise(observe, [{name: {"of": "f", **settings}}])
        known = [
            KnownMistake(name=hint, hint=hint, facts=Facts(evidence={"f": _evidence(*values)}))
            for hint, values in (mistakes or {}).items()
        ]
        reference = Facts(evidence={"f": _evidence(*expected)}) if expected is not None else None
        student = Facts(evidence={"f": _evidence(*found)})
        (finding,) = judge(asked, student, reference, known, inputs=inputs).values()
        return finding

    return judged


Layer = tuple[str, dict[str, Any]]
Size = tuple[int | None, ...]


def _pooled(size: int, window: int, stride: int, *, padding: str) -> int:
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def _pair(value: Any) -> tuple[int, int]:
    return (value[0], value[1]) if isinstance(value, list | tuple) else (value, value)


def _grid(shape: Size, window: Any, stride: Any, padding: str) -> Size:
    sizes = zip(shape[1:3], _pair(window), _pair(stride), strict=True)
    return tuple(_pooled(size or 0, reach, step, padding=padding) for size, reach, step in sizes)


def _convolved(settings: Mapping[str, Any], before: Size) -> Size:
    padding, strides = settings.get("padding", "valid"), settings.get("strides", 1)
    return (None, *_grid(before, settings["kernel_size"], strides, padding), settings["filters"])


def _pooled_map(settings: Mapping[str, Any], before: Size) -> Size:
    window = settings["pool_size"]
    strides = settings.get("strides", window)
    return (None, *_grid(before, window, strides, settings.get("padding", "valid")), before[-1])


def _padded(settings: Mapping[str, Any], before: Size) -> Size:
    added = [sum(pads) for pads in settings["padding"]]
    return (None, *((size or 0) + more for size, more in zip(before[1:3], added, strict=True)), before[3])


def _flat(_settings: Mapping[str, Any], before: Size) -> Size:
    return (None, prod(size or 0 for size in before[1:]))


def _averaged(settings: Mapping[str, Any], before: Size) -> Size:
    return (None, 1, 1, before[-1]) if settings.get("keepdims") else (None, before[-1])


# What Keras would say of a layer's output, for the few kinds these tests are about.
SHAPES: dict[str, Callable[[Mapping[str, Any], Size], Size]] = {
    "Conv2D": _convolved,
    "MaxPooling2D": _pooled_map,
    "AveragePooling2D": _pooled_map,
    "ZeroPadding2D": _padded,
    "Dense": lambda settings, before: (*before[:-1], settings["units"]),
    "GlobalAveragePooling2D": _averaged,
    "Flatten": _flat,
    "Reshape": lambda settings, _before: (None, *settings["target_shape"]),
}


def _parameters(kind: str, settings: Mapping[str, Any], before: Size) -> int:
    bias = int(settings.get("use_bias", True))
    if kind == "Conv2D":
        rows, columns = _pair(settings["kernel_size"])
        return (rows * columns * (before[-1] or 0) + bias) * int(settings["filters"])
    if kind == "Dense":
        return ((before[-1] or 0) + bias) * int(settings["units"])
    return 4 * (before[-1] or 0) if kind == "BatchNormalization" else 0


@pytest.fixture
def summary() -> Callable[..., LayerTable]:
    """Make the layer table of a chain of layers, each ``(kind, settings)``, on images of one shape."""

    def make(*layers: Layer, shape: Size = (28, 28, 1), functional: bool = False, **given: Any) -> LayerTable:
        before: Size = (None, *shape)
        rows = [LayerRow(name="input", kind="InputLayer", output_shape=before, parameters=0, trainable=0)]
        for number, (kind, settings) in enumerate(layers):
            count = _parameters(kind, settings, before)
            trains = 0 if settings.get("trainable") is False else count
            before_name, after = rows[-1].name, SHAPES[kind](settings, before) if kind in SHAPES else before
            rows.append(
                LayerRow(
                    name=f"{kind.lower()}_{number}",
                    kind=kind,
                    output_shape=after,
                    parameters=count,
                    trainable=trains // 2 if kind == "BatchNormalization" else trains,
                    settings=settings,
                    inputs=(before_name,) if functional else (),
                )
            )
            before = after
        usual = {
            "rows": tuple(rows if functional else rows[1:]),
            "input_shape": (None, *shape),
            "output_shape": before,
            "parameters": sum(row.parameters for row in rows),
            "trainable": sum(row.trainable for row in rows),
        }
        return LayerTable(**{**usual, **given})

    return make
