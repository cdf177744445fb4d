"""Classroom 50's result.json, as its runner's ``validate_result`` wants it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.grade import Grade, MarkedFinding
from grader.reports.classroom50 import Identity, result_of, write_result
from grader.verdict import Verdict

VARIABLES = {
    "CLASSROOM": "deep-learning",
    "ASSIGNMENT": "convolution",
    "SUBMISSION_TAG": "submit/2026-11-21T10-00-00Z-abc1234",
    "COMMIT_URL": "https://example.invalid/commit",
    "RELEASE_URL": "https://example.invalid/release",
}
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def test_scores_are_whole_numbers_and_checks_have_their_own_names(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """Hundredths of points: its reader refuses fractions, and booleans for numbers."""
    findings = (
        marked(Verdict.PASSED, max_score=1.0, score=1.0),
        marked(Verdict.FAILED, check="equals[secret]", visible=False, max_score=1.5, score=0.5004),
        marked(Verdict.NOT_ATTEMPTED, check="equals[other]", visible=False, max_score=0.5, score=0.0),
    )

    result = result_of(
        [graded(findings=findings, score=1.5004, max_score=3.0)], Identity.told_by(VARIABLES), NOW
    )

    assert result == {
        "schema": "classroom50/result/v1",
        "classroom": "deep-learning",
        "assignment": "convolution",
        "submission": "submit/2026-11-21T10-00-00Z-abc1234",
        "commit": "https://example.invalid/commit",
        "release": "https://example.invalid/release",
        "review": "https://example.invalid/commit",
        "datetime": "2026-11-21T10:00:00Z",
        "score": 150,
        "max-score": 300,
        "tests": [
            {"test-name": "one: equals[valid]", "passed": True, "score": 100, "max-score": 100},
            {"test-name": "one: equals[secret]", "passed": False, "score": 50, "max-score": 150},
            {"test-name": "one: equals[other]", "passed": False, "score": 0, "max-score": 50},
        ],
    }
    assert all(
        type(number) is int for test in result["tests"] for number in (test["score"], test["max-score"])
    )


def test_what_is_ungraded_is_not_written(tmp_path: Path, graded: Callable[..., Grade]) -> None:
    """Its only word for it would be 0."""
    path, grades = tmp_path / "result.json", [graded(), graded(Verdict.UNGRADED, exercise="two")]

    assert not write_result(path, grades, Identity.told_by(VARIABLES))
    assert not path.exists()
    assert write_result(path, grades[:1], Identity.told_by({**VARIABLES, "REVIEW_URL": "https://r.invalid"}))
    assert json.loads(path.read_text())["review"] == "https://r.invalid"


def test_missing_variables_are_all_named() -> None:
    """The option is of no use outside of the runner."""
    with pytest.raises(UsageError, match="SUBMISSION_TAG, COMMIT_URL, RELEASE_URL is missing"):
        Identity.told_by({"CLASSROOM": "a", "ASSIGNMENT": "b"})
