"""Grades go into rows and come back the same."""

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.grade import Grade, MarkedFinding
from grader.gradebook import Gradebook
from grader.verdict import Finding, Verdict

# Surrogates come alone: a pair of them in one string is one character, and JSON rightly makes it that.
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\udc80\\\x00='"), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | NUMBERS | TEXT | st.integers(-(2**63), 2**63)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)

FINDINGS = st.builds(
    Finding,
    verdict=st.sampled_from(Verdict),
    credit=st.floats(0, 1),
    message=TEXT,
    hint=TEXT,
    self_reported=st.booleans(),
    exhibit=st.dictionaries(TEXT, JSON, max_size=3),
)
MARKED = st.builds(
    MarkedFinding,
    check=TEXT,
    finding=FINDINGS,
    score=st.none() | NUMBERS,
    max_score=NUMBERS,
    visible=st.booleans(),
)
GRADES = st.builds(
    Grade,
    student=TEXT,
    submission=TEXT,
    sha256=st.text(string.hexdigits, min_size=64, max_size=64),
    exercise=TEXT,
    score=st.none() | NUMBERS,
    max_score=NUMBERS,
    needs_review=st.booleans(),
    seconds=NUMBERS,
    findings=st.lists(MARKED, max_size=3).map(tuple),
    notes=st.lists(TEXT, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(grade=GRADES)
def test_any_grade_comes_back_the_same(grade: Grade, gradebook: Gradebook) -> None:
    """Whatever the names, numbers and texts are."""
    gradebook.record(gradebook.begin({}), [grade], {grade.exercise: "f"})

    assert grade in gradebook.latest()


@pytest.mark.parametrize(
    "strange", [{"set": {1}}, {"array": object()}, {"mean": float("nan")}, {"n": 10**5000}, {(1, 2): 3}]
)
def test_a_strange_exhibit_never_costs_the_grade(gradebook: Gradebook, strange: dict[str, Any]) -> None:
    """What has no JSON form is kept as text, or left out."""
    marked = MarkedFinding(
        check="c",
        finding=Finding(verdict=Verdict.FAILED, exhibit=strange),
        score=0.0,
        max_score=1.0,
        visible=True,
    )
    grade = Grade(
        student="an",
        submission="a.py",
        sha256="0" * 64,
        exercise="e",
        score=0.0,
        max_score=1.0,
        needs_review=False,
        seconds=0.0,
        findings=(marked,),
    )

    gradebook.record(gradebook.begin({}), [grade], {"e": "f"})

    kept = gradebook.latest()[0].findings[0].finding.exhibit
    assert kept.keys() == strange.keys() or kept == {}


def test_a_foreign_file_name_is_stored_readably(gradebook: Gradebook) -> None:
    """Somebody with a SQL prompt can still find a student by name."""
    import sqlite3

    grade = Grade(
        student="Nguyễn Thị Ánh",
        submission="b\udc80i\\1.ipynb",
        sha256="0" * 64,
        exercise="e",
        score=0.0,
        max_score=1.0,
        needs_review=False,
        seconds=0.0,
        findings=(),
    )
    gradebook.record(gradebook.begin({}), [grade], {"e": "f"})

    with sqlite3.connect(str(gradebook._engine.url.database)) as connection:
        rows = connection.execute("SELECT student, submission FROM attempts").fetchall()
    connection.close()
    assert rows == [("Nguyễn Thị Ánh", r"b\udc80i\\1.ipynb")]
