"""A gradebook in a folder of its own, and grades to put into it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.grade import Grade, MarkedFinding
from grader.gradebook import Gradebook, open_gradebook
from grader.verdict import Finding, Verdict


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the gradebook is."""
    return tmp_path / "gradebook.sqlite"


@pytest.fixture
def gradebook(path: Path) -> Iterator[Gradebook]:
    """Open an empty gradebook."""
    with open_gradebook(path) as opened:
        yield opened


@pytest.fixture
def grade() -> Callable[..., Grade]:
    """Make a grade with one finding; anything can be given."""

    def make(verdict: Verdict = Verdict.PASSED, **given: Any) -> Grade:
        score = {Verdict.PASSED: 2.0, Verdict.UNGRADED: None}.get(verdict, 0.0)
        finding = MarkedFinding(
            check="equals[valid]",
            finding=Finding(verdict=verdict, message="found 3, expected 4", hint="Add 1 last."),
            score=score,
            max_score=2.0,
            visible=False,
        )
        usual = {
            "student": "an",
            "submission": "in/an.ipynb",
            "sha256": "0" * 64,
            "exercise": "output-shape",
            "score": score,
            "max_score": 2.0,
            "needs_review": score is None,
            "seconds": 0.25,
            "findings": (finding,),
        }
        return Grade(**{**usual, **given})

    return make
