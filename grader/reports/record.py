"""The JSON record: the grades of a class for other programs. Every field is told in docs/record.md."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from grader.grade import Grade, MarkedFinding
from grader.reports.atomic import write_atomically
from grader.reports.prose import UNSEEN
from grader.reports.standings import exercise_order, standings

FORMAT = "grader.record/1"
#: How a runner's commands begin, for a record that is shown in a log. In JSON it stands within strings only.
COMMAND = re.compile(r":(?=:)|#(?=#\[)")


def write_record(
    path: str | Path, grades: Iterable[Grade], *, exercises: Iterable[str], environment: Mapping[str, Any]
) -> None:
    """Write the record to *path*; a reader sees the old record or the new one, never a half."""
    content = json.dumps(
        record_of(grades, exercises=exercises, environment=environment),
        ensure_ascii=False,
        allow_nan=False,
        indent=2,
        default=str,
    )
    plain = COMMAND.sub(lambda found: f"\\u{ord(found[0]):04x}", UNSEEN.sub(_escape, content))
    write_atomically(path, f"{plain}\n".encode())


def _escape(match: re.Match[str]) -> str:
    """Return a character as JSON's escape, so that no terminal or editor that shows the record obeys it.

    A lone surrogate has no UTF-8, and many readers refuse its escape: it is spelled out. It comes only from
    file names that were no text to begin with.
    """
    written = json.dumps(match[0])[1:-1]
    return f"\\{written}" if "\ud800" <= match[0] <= "\udfff" else written


def record_of(
    grades: Iterable[Grade], *, exercises: Iterable[str], environment: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the record: one grade per student and exercise, by student, then in order of *exercises*."""
    grades = list(grades)
    rows = standings(grades, exercise_order(grades, exercises))
    return {
        "format": FORMAT,
        "environment": _finite(environment),
        "grades": [_grade(grade) for row in rows for grade in row.grades if grade],
    }


def _grade(grade: Grade) -> dict[str, Any]:
    return {
        "student": grade.student,
        "submission": grade.submission,
        "sha256": grade.sha256,
        "exercise": grade.exercise,
        "score": _finite(grade.score),
        "max_score": grade.max_score,
        "needs_review": grade.needs_review,
        "seconds": _finite(grade.seconds),
        "findings": [_finding(one) for one in grade.findings],
    }


def _finding(marked: MarkedFinding) -> dict[str, Any]:
    found = marked.finding
    return {
        "check": marked.check,
        "verdict": found.verdict.value,
        "score": _finite(marked.score),
        "max_score": marked.max_score,
        "visible": marked.visible,
        "message": found.message,
        "hint": found.hint,
        "self_reported": found.self_reported,
    }


def _finite(value: Any) -> Any:
    """Return *value* with ``None`` for NaN and infinities, which JSON cannot say."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value
