"""An observation's cases, counted and written as the Python calls they stand for."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from grader.checks.wording import MOST_ITEMS, cut, short
from grader.exercise import Observation

#: What stands for arguments that are not written out begins with this.
OPENING, RANDOM = "<", "random numbers"


def case_count(observation: Observation) -> int:
    """Return how many cases *observation* asks for."""
    if observation.cases is not None:
        return len(observation.cases)
    return math.prod(map(len, observation.over.values())) if observation.over else 1


def call_texts(observation: Observation, name: str = "") -> tuple[str, ...]:
    """Return one text a case, such as ``f([28, 28, 1], strides=2)``; just the name for a value.

    A large array has the *name* of the observation, its shape and dtype for its numbers.
    """
    if observation.call is None:
        return (observation.name,)
    return tuple(cut(f"{observation.call}({_written(given, name)})") for given in _arguments(observation))


def is_whole(call: str) -> bool:
    """Whether *call* can be run as it is written: all its arguments stand in it."""
    return not any(part in call for part in (OPENING, "…", RANDOM))


def _arguments(observation: Observation) -> Iterator[list[Any] | dict[str, Any]]:
    if observation.over is not None:
        for chosen in itertools.product(*observation.over.values()):
            yield dict(zip(observation.over, chosen, strict=True))
    elif observation.cases is not None:
        yield from observation.cases
    else:
        yield observation.with_ or []


def _written(given: list[Any] | dict[str, Any], name: str) -> str:
    if isinstance(given, Mapping):
        return ", ".join(f"{argument}={_argument(value, name)}" for argument, value in given.items())
    return ", ".join(_argument(value, name) for value in given)


def _argument(value: Any, name: str) -> str:
    match value:
        case {"array": list(items)} if (array := np.array(items, dtype=value.get("dtype"))).size > MOST_ITEMS:
            title = f"{name}: array" if name else "array"
            return f"{OPENING}{title} {'x'.join(map(str, array.shape))} {array.dtype}>"
        case {"tuple": list(items)} if len(value) == 1:
            return short(tuple(items))
        case {"array": items}:
            return f"array({short(items)})"
        case {"random": _}:
            return RANDOM
        case {"dataset": data}:
            return f"{OPENING}{data} {value.get('part', '')} {value.get('columns', '')}".rstrip() + ">"
    return short(value)
