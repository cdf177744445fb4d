"""Turns an observation's inputs, as YAML writes them, into values."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import ExerciseError, Flaw
from grader.exercise import Exercise, Observation
from grader.probe import Arguments, Probe
from grader.readers.datasets import select

MAX_CASES = 2000
Tagged = Callable[[Mapping[str, Any], Path], Any]


def probes_of(exercise: Exercise, datasets: Path, seconds: float) -> list[Probe]:
    """Return the exercise's observations with their inputs. *seconds* is what one may take by default.

    Raises ``ExerciseError`` for inputs that cannot be made.
    """
    return [
        Probe(
            exercise=exercise.id,
            observation=name,
            name=observation.name,
            is_call=observation.call is not None,
            cases=_cases(exercise.id, name, observation, datasets),
            seconds=observation.seconds or seconds,
            public=exercise.is_public(name),
        )
        for name, observation in exercise.observations.items()
    ]


def _cases(exercise: str, name: str, observation: Observation, datasets: Path) -> tuple[Arguments, ...]:
    written = _written_cases(observation)
    if not written:
        raise _error(
            exercise, name, "over with an empty list, so no cases", "at least one value for each name"
        )
    if len(written) > MAX_CASES:
        raise _error(exercise, name, f"{len(written)} cases", f"at most {MAX_CASES}")
    try:
        return tuple(_arguments(case, datasets) for case in written)
    except (ValueError, TypeError, KeyError) as error:
        expected = "values as docs/exercises.md lists them"
        raise _error(exercise, name, f"inputs that cannot be made ({error})", expected) from error


def _error(exercise: str, observation: str, found: str, expected: str) -> ExerciseError:
    flaw = Flaw(
        file=f"{exercise}.yaml", line=1, where=f"observe.{observation}", found=found, expected=expected
    )
    return ExerciseError([flaw])


def _written_cases(observation: Observation) -> list[list[Any] | dict[str, Any]]:
    if observation.over is not None:
        names = list(observation.over)
        combinations = itertools.islice(itertools.product(*observation.over.values()), MAX_CASES + 1)
        return [dict(zip(names, values, strict=True)) for values in combinations]
    if observation.cases is not None:
        return observation.cases
    return [observation.with_ or []]


def _arguments(case: list[Any] | dict[str, Any], datasets: Path) -> Arguments:
    if isinstance(case, dict) and not is_tagged(case):
        return Arguments(named={name: value_of(written, datasets) for name, written in case.items()})
    if isinstance(case, dict):
        raise TypeError("arguments are a list, or a mapping of names")
    return Arguments(positional=tuple(value_of(written, datasets) for written in case))


def is_tagged(written: Mapping[str, Any]) -> bool:
    """Whether a mapping stands for a value that YAML cannot write."""
    return any(tag in written for tag in TAGS)


def value_of(written: Any, datasets: Path) -> Any:
    """Return the value that *written* stands for."""
    if isinstance(written, dict):
        for tag, make in TAGS.items():
            if tag in written:
                return make(written, datasets)
        return {key: value_of(value, datasets) for key, value in written.items()}
    if isinstance(written, list):
        return [value_of(value, datasets) for value in written]
    return written


def _tuple(written: Mapping[str, Any], datasets: Path) -> tuple[Any, ...]:
    _only(written, "tuple")
    return tuple(value_of(item, datasets) for item in written["tuple"])


def _array(written: Mapping[str, Any], _datasets: Path) -> Any:
    _only(written, "array", "dtype")
    return np.array(written["array"], dtype=written.get("dtype"))


def _random(written: Mapping[str, Any], _datasets: Path) -> Any:
    """Return uniform numbers; ``{random: {shape, seed, low: 0, high: 1, dtype: float64}}``, high excluded."""
    _only(written, "random")
    wanted = written["random"]
    _only(wanted, "shape", "seed", "low", "high", "dtype")
    generator = np.random.default_rng(wanted["seed"])
    low, high, dtype = wanted.get("low", 0), wanted.get("high", 1), np.dtype(wanted.get("dtype", "float64"))
    if dtype.kind in "iu":
        return generator.integers(low, high, size=wanted["shape"], dtype=dtype)
    return generator.uniform(low, high, size=wanted["shape"]).astype(dtype)


def _dataset(written: Mapping[str, Any], datasets: Path) -> Any:
    _only(written, "dataset", "part", "columns", "rows")
    return select(datasets, written)


def _only(written: Mapping[str, Any], *allowed: str) -> None:
    unknown = sorted(set(written) - set(allowed))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; allowed: {', '.join(allowed)}")


TAGS: dict[str, Tagged] = {"tuple": _tuple, "array": _array, "random": _random, "dataset": _dataset}
