"""``grader exercises``, ``grader schema`` and ``grader seal``."""

import json
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.checks.sealing import seal
from grader.errors import UsageError
from grader.exercise import Assignment, Exercise, Question, Record, Solution, in_language
from grader.readers.exercises import read_exercises
from grader.readers.public import find_public

KINDS: dict[str, type[Record]] = {"exercise": Question, "solution": Solution, "assignment": Assignment}


def run_exercises(given: Path | None) -> int:
    """Print a table of the exercises in the folder *given*, else of those that ``find_public`` finds."""
    folder = given or find_public().exercises
    exercises = read_exercises(folder, None)
    table = Table(title=f"{len(exercises)} exercises in {folder}", title_justify="left")
    for column, justify in (
        ("exercise", "left"),
        ("title", "left"),
        ("source", "left"),
        ("visible points", "right"),
    ):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for exercise in exercises:
        table.add_row(*map(Text, _row(exercise)))
    Console().print(table)
    return 0


def _row(exercise: Exercise) -> tuple[str, str, str, str]:
    question = exercise.question
    return exercise.id, in_language(question.title), question.source, f"{exercise.max_points:g}"


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    made = KINDS[kind].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def run_schema(kind: str) -> int:
    """Print the JSON Schema of *kind*."""
    print(json.dumps(schema_of(kind), indent=2, ensure_ascii=False))
    return 0


def run_seal(value: str) -> int:
    """Print the seal of *value*, which is read as YAML. Raises ``UsageError`` for what cannot be sealed."""
    try:
        if yaml.compose(value, yaml.SafeLoader) is None:
            raise UsageError("there is no value to seal: give one, or null where nothing is the answer")
        sealed = seal(yaml.safe_load(value))
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or str(error)
        raise UsageError(
            f"{value!r} is not YAML ({problem}): give a value such as 46336 or '[1, 2]'"
        ) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{value!r} cannot be sealed ({error}): numbers, text and lists of them can"
        ) from error
    print(sealed)
    return 0
