"""Points: turns findings into marks and marks into a grade. Decides nothing about right and wrong."""

from collections.abc import Mapping, Sequence
from math import isnan

from grader.exercise import Exercise
from grader.grade import Grade, MarkedFinding
from grader.submission import Submission
from grader.verdict import Finding, Verdict

DECIMALS = 4


def mark(exercise: Exercise, findings: Mapping[str, Finding]) -> tuple[MarkedFinding, ...]:
    """Return one mark for each check of *exercise* that *findings* has, in the exercise's order."""
    return tuple(
        MarkedFinding(
            check=check.id,
            finding=findings[check.id],
            score=_score(findings[check.id], check.settings.points),
            max_score=check.settings.points,
            visible=check.visible,
        )
        for check in exercise.checks
        if check.id in findings
    )


def _score(finding: Finding, points: float) -> float | None:
    if finding.verdict is Verdict.UNGRADED or isnan(finding.credit):
        return None
    return round(min(max(finding.credit, 0.0), 1.0) * points, DECIMALS)


def grade(
    submission: Submission,
    exercise: Exercise,
    marks: Sequence[MarkedFinding],
    seconds: float,
    notes: Sequence[str] = (),
) -> Grade:
    """Add *marks* up. The score is ``None`` while one of them is."""
    scores = [each.score for each in marks]
    known = [score for score in scores if score is not None]
    return Grade(
        student=submission.student,
        submission=submission.path,
        sha256=submission.sha256,
        exercise=exercise.id,
        score=round(sum(known), DECIMALS) if len(known) == len(scores) else None,
        max_score=round(sum(each.max_score for each in marks), DECIMALS),
        needs_review=any(each.score is None or each.finding.self_reported for each in marks),
        seconds=round(seconds, 3),
        findings=tuple(marks),
        notes=tuple(notes),
    )
