"""What a submission earned on one exercise."""

from dataclasses import dataclass

from grader.verdict import Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedFinding:
    """A finding with its points. ``score`` is ``None`` when the check is ungraded, never 0."""

    check: str
    finding: Finding
    score: float | None
    max_score: float
    visible: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Grade:
    """One student's result on one exercise.

    ``score`` is ``None`` while any finding is ungraded. ``needs_review`` asks for a person: something
    is ungraded or rests on what the submission said of itself. ``seconds`` is wall-clock time spent.
    """

    student: str
    submission: str
    sha256: str
    exercise: str
    score: float | None
    max_score: float
    needs_review: bool
    seconds: float
    findings: tuple[MarkedFinding, ...]
    notes: tuple[str, ...] = ()
