"""An observation's cases, counted and written as the Python calls they stand for."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

from grader.checks.wording import cut, short
from grader.exercise import Observation


def case_count(observation: Observation) -> int:
    """Return how many cases *observation* asks for."""
    if observation.cases is not None:
        return len(observation.cases)
    return math.prod(map(len, observation.over.values())) if observation.over else 1


def call_texts(observation: Observation) -> tuple[str, ...]:
    """Return one text a case, such as ``f([28, 28, 1], strides=2)``; just the name for a value."""
    if observation.call is None:
        return (observation.name,)
    return tuple(cut(f"{observation.call}({_written(given)})") for given in _arguments(observation))


def _arguments(observation: Observation) -> Iterator[list[Any] | dict[str, Any]]:
    if observation.over is not None:
        for chosen in itertools.product(*observation.over.values()):
            yield dict(zip(observation.over, chosen, strict=True))
    elif observation.cases is not None:
        yield from observation.cases
    else:
        yield observation.with_ or []


def _written(given: list[Any] | dict[str, Any]) -> str:
    if isinstance(given, Mapping):
        return ", ".join(f"{name}={_argument(value)}" for name, value in given.items())
    return ", ".join(map(_argument, given))


def _argument(value: Any) -> str:
    match value:
        case {"tuple": list(items)} if len(value) == 1:
            return short(tuple(items))
        case {"array": items}:
            return f"array({short(items)})"
        case {"random": _}:
            return "random numbers"
        case {"dataset": name}:
            return f"<{name} {value.get('part', '')} {value.get('columns', '')}".rstrip() + ">"
    return short(value)
