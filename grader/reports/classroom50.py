"""``result.json`` for Classroom 50, version ``classroom50/result/v1``.

Its scores are whole numbers, so points are written in hundredths, the same for every student. It has no word
for *not graded yet*: while anything is, there is no result to write.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from grader.errors import UsageError
from grader.grade import Grade, MarkedFinding
from grader.reports.atomic import write_atomically
from grader.reports.handout import for_student
from grader.reports.prose import one_line
from grader.verdict import Verdict

SCHEMA = "classroom50/result/v1"
HUNDREDTHS = 100
READABLE = 0o644


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Whose result it is, as Classroom 50's runner says. The runner adds owner and submitter itself."""

    classroom: str
    assignment: str
    submission: str
    commit: str
    release: str
    review: str

    @classmethod
    def told_by(cls, variables: Mapping[str, str]) -> Self:
        """Read the environment's *variables*. Raises ``UsageError`` naming those that are missing."""
        review = variables.get("REVIEW_URL") or variables.get("COMMIT_URL", "")
        needed = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
        missing = [name for name in needed if not variables.get(name)]
        if missing:
            raise UsageError(
                f"--result needs what Classroom 50's runner sets in the environment; {', '.join(missing)} "
                "is missing: run the command from its autograder.py, or leave --result out"
            )
        return cls(
            classroom=variables["CLASSROOM"],
            assignment=variables["ASSIGNMENT"],
            submission=variables["SUBMISSION_TAG"],
            commit=variables["COMMIT_URL"],
            release=variables["RELEASE_URL"],
            review=review,
        )


def write_result(path: Path, grades: Iterable[Grade], identity: Identity) -> bool:
    """Write ``result.json``; return whether there was one to write: not while anything is ungraded."""
    result = result_of(grades, identity, datetime.now(UTC))
    if result is not None:
        write_atomically(path, f"{json.dumps(result, indent=2)}\n".encode(), READABLE)
    return result is not None


def result_of(grades: Iterable[Grade], identity: Identity, now: datetime) -> dict[str, Any] | None:
    """Return one student's result, or ``None`` while any of *grades* is unknown."""
    grades = [for_student(grade) for grade in grades]
    if any(grade.score is None for grade in grades):
        return None
    tests = [test for grade in grades for test in _tests(grade.exercise, grade.findings)]
    return {
        "schema": SCHEMA,
        "classroom": identity.classroom,
        "assignment": identity.assignment,
        "submission": identity.submission,
        "commit": identity.commit,
        "release": identity.release,
        "review": identity.review,
        "datetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }


def _tests(exercise: str, findings: Sequence[MarkedFinding]) -> Iterator[dict[str, Any]]:
    for one in findings:
        yield {
            "test-name": f"{exercise}: {one_line(one.check)}",
            "passed": one.finding.verdict is Verdict.PASSED,
            "score": round((one.score or 0.0) * HUNDREDTHS),
            "max-score": round(one.max_score * HUNDREDTHS),
        }
