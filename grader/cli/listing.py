"""``grader exercises``, ``grader schema`` and ``grader seal``."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.checks.sealing import seal
from grader.cli.question import show_questions
from grader.errors import UsageError
from grader.exercise import Assignment, Exercise, Question, Record, Solution, in_language
from grader.readers.exercises import read_exercises
from grader.readers.public import find_public

SEALABLE = "numbers, text, and lists and mappings of them"
#: In a narrower terminal the titles need the columns.
ROOM_FOR_SOURCE = 80
KINDS: dict[str, type[Record]] = {"exercise": Question, "solution": Solution, "assignment": Assignment}


def run_exercises(given: Path | None, only: Sequence[str], language: str) -> int:
    """Print the questions *only*, or a table of all in the folder *given*, else ``find_public``'s."""
    folder = given or find_public().exercises
    exercises = read_exercises(folder, None, only)
    if only:
        show_questions(exercises, language)
    else:
        console = Console()
        console.print(_table(exercises, folder, language, with_source=console.width >= ROOM_FOR_SOURCE))
    return 0


def _table(exercises: Sequence[Exercise], folder: Path, language: str, *, with_source: bool) -> Table:
    table = Table(title=f"{len(exercises)} exercises in {folder}", title_justify="left")
    # The id is there to be copied; the others give way.
    table.add_column("exercise", no_wrap=True)
    table.add_column("title", overflow="fold")
    if with_source:
        table.add_column("source", overflow="fold")
    table.add_column("visible points", justify="right", max_width=7)
    for exercise in exercises:
        title, source = in_language(exercise.question.title, language), exercise.question.source
        table.add_row(*map(Text, (exercise.id, title, *([source] * with_source), f"{exercise.max_points:g}")))
    return table


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
        sealed = seal(_answer(value))
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or str(error)
        raise UsageError(
            f"{value!r} is not YAML ({problem}): give a value such as 46336 or '[1, 2]'"
        ) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{value!r} cannot be sealed ({error}): {SEALABLE} can") from error
    except (LookupError, AttributeError, OverflowError) as error:
        # PyYAML stumbled over a value that is not what its tag says; its text would be about its own code.
        raise UsageError(
            f"{value!r} cannot be read as what its tag says: {SEALABLE} can be sealed"
        ) from error
    print(sealed)
    return 0


def _answer(value: str) -> Any:
    if yaml.compose(value, yaml.SafeLoader) is None:
        raise UsageError("there is no value to seal: give one, or null where nothing is the answer")
    answer = yaml.safe_load(value)
    if not _is_finite(answer):
        raise ValueError("NaN and infinity are no answers to compare with")
    return answer


def _is_finite(value: Any) -> bool:
    """Whether no number in *value* is NaN or infinity: typed by an author, they are a slip."""
    if isinstance(value, Mapping):
        return all(_is_finite(key) and _is_finite(item) for key, item in value.items())
    if isinstance(value, list | set | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
