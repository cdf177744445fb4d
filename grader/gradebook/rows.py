"""Grades as rows, and rows as grades. ``grade_of(row_of(grade))`` is the same grade."""

from collections.abc import Mapping
from typing import Any

from grader.grade import Grade, MarkedFinding
from grader.gradebook.tables import written_json
from grader.verdict import Finding, Verdict

COLUMNS = ("student", "submission", "sha256", "exercise", "score", "max_score", "needs_review", "seconds")


def row_of(grade: Grade) -> dict[str, Any]:
    """Return *grade* as the columns of an attempt, without its run and fingerprint."""
    plain = {name: getattr(grade, name) for name in COLUMNS}
    return {**plain, "notes": list(grade.notes), "findings": [_finding_row(one) for one in grade.findings]}


def grade_of(row: Mapping[str, Any]) -> Grade:
    """Return the grade that *row* holds."""
    plain = {name: row[name] for name in COLUMNS}
    findings = tuple(_marked_finding(one) for one in row["findings"])
    return Grade(**plain, notes=tuple(row["notes"]), findings=findings)


def is_settled(grade: Grade) -> bool:
    """Whether *grade* stands: nothing in it waits for a person or for another run."""
    ungraded = any(one.finding.verdict is Verdict.UNGRADED for one in grade.findings)
    return grade.score is not None and not ungraded


def _finding_row(marked: MarkedFinding) -> dict[str, Any]:
    found = marked.finding
    return {
        "check": marked.check,
        "verdict": found.verdict.value,
        "credit": found.credit,
        "score": marked.score,
        "max_score": marked.max_score,
        "visible": marked.visible,
        "message": found.message,
        "hint": found.hint,
        "self_reported": found.self_reported,
        "exhibit": _storable(found.exhibit),
    }


def _storable(exhibit: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *exhibit*, or nothing when it cannot be stored: it must never cost a student the grade."""
    try:
        written_json(exhibit)
    except (TypeError, ValueError, RecursionError):
        return {}
    return exhibit


def _marked_finding(row: Mapping[str, Any]) -> MarkedFinding:
    finding = Finding(
        verdict=Verdict(row["verdict"]),
        credit=row["credit"],
        message=row["message"],
        hint=row["hint"],
        self_reported=row["self_reported"],
        exhibit=row["exhibit"],
    )
    return MarkedFinding(
        check=row["check"],
        finding=finding,
        score=row["score"],
        max_score=row["max_score"],
        visible=row["visible"],
    )
