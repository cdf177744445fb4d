"""A class at a glance: students by exercises, and what can be counted over them."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.grade import Grade
from grader.reports.points import sum_or_none
from grader.verdict import Verdict


class Mark(StrEnum):
    """What one cell of the class table says."""

    FULL = "full"
    PARTIAL = "partial"
    ZERO = "zero"
    NOT_ATTEMPTED = "not attempted"
    UNGRADED = "ungraded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One student's row: a grade for each exercise, ``None`` where there is none.

    ``total`` is ``None`` while any exercise has no score: what is not known is not 0.
    """

    student: str
    grades: tuple[Grade | None, ...]
    total: float | None
    needs_review: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How a class did at one exercise. Rates leave ungraded work out; ``None`` when nothing is left."""

    exercise: str
    counts: Mapping[Mark, int]
    pass_rate: float | None
    mean: float | None
    max_score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Misunderstanding:
    """A hint, and the students who were given it."""

    exercise: str
    hint: str
    students: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A grade that waits for a person, and why."""

    student: str
    exercise: str
    reasons: tuple[str, ...]


def mark_of(grade: Grade | None) -> Mark:
    """Return what the class table says of *grade*; no grade at all is ungraded."""
    if grade is None or grade.score is None:
        return Mark.UNGRADED
    verdicts = {one.finding.verdict for one in grade.findings}
    if Verdict.NOT_ATTEMPTED in verdicts and verdicts <= {Verdict.NOT_ATTEMPTED, Verdict.SKIPPED}:
        return Mark.NOT_ATTEMPTED
    if grade.max_score <= 0:  # an exercise without points is passed or not
        return Mark.FULL if verdicts <= {Verdict.PASSED} else Mark.ZERO
    if grade.score >= grade.max_score - 1e-9:
        return Mark.FULL
    return Mark.PARTIAL if grade.score > 0 else Mark.ZERO


def exercise_order(grades: Iterable[Grade], known: Iterable[str]) -> tuple[str, ...]:
    """Return the *known* exercises in their order, then any others that were graded."""
    listed = tuple(dict.fromkeys(known))
    return listed + tuple(sorted({grade.exercise for grade in grades} - set(listed)))


def standings(grades: Iterable[Grade], exercises: Sequence[str]) -> tuple[Standing, ...]:
    """Return one row per student, by name. Of two grades for one exercise the later one counts."""
    by_student: dict[str, dict[str, Grade]] = defaultdict(dict)
    for grade in grades:
        by_student[grade.student][grade.exercise] = grade
    return tuple(
        _standing(name, by_student[name], exercises) for name in sorted(by_student, key=reading_order)
    )


def reading_order(name: str) -> tuple[str, str]:
    """Sort key that puts *Đặng* beside *Dang*, as a class list does, and is the same on every machine."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return bare.casefold().replace("đ", "d"), name


def max_scores(grades: Iterable[Grade], exercises: Sequence[str]) -> dict[str, float]:
    """Return what each exercise is worth, from any grade of it; 0 when nobody has one."""
    worth = dict.fromkeys(exercises, 0.0)
    for grade in grades:
        worth[grade.exercise] = max(worth.get(grade.exercise, 0.0), grade.max_score)
    return worth


def tallies(rows: Sequence[Standing], exercises: Sequence[str]) -> tuple[Tally, ...]:
    """Return how the class did at each exercise."""
    return tuple(_tally(exercise, [row.grades[n] for row in rows]) for n, exercise in enumerate(exercises))


def misunderstandings(rows: Sequence[Standing]) -> tuple[Misunderstanding, ...]:
    """Return every hint that was given, the most frequent first; each student counts once."""
    given: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for row in rows:
        for exercise, hint in _hints(row):
            given[exercise, hint][row.student] = None
    ranked = sorted(given.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(Misunderstanding(exercise=e, hint=h, students=tuple(who)) for (e, h), who in ranked)


def reviews(rows: Sequence[Standing], exercises: Sequence[str]) -> tuple[Review, ...]:
    """Return everything that waits for a person."""
    return tuple(
        Review(student=row.student, exercise=exercise, reasons=_reasons(grade))
        for row in rows
        for exercise, grade in zip(exercises, row.grades, strict=True)
        if grade is None or grade.needs_review or grade.score is None
    )


def _standing(student: str, grades: Mapping[str, Grade], exercises: Sequence[str]) -> Standing:
    row = tuple(grades.get(exercise) for exercise in exercises)
    return Standing(
        student=student,
        grades=row,
        total=sum_or_none([grade.score if grade else None for grade in row]),
        needs_review=any(grade is None or grade.needs_review or grade.score is None for grade in row),
    )


def _tally(exercise: str, grades: Sequence[Grade | None]) -> Tally:
    counts = Counter(map(mark_of, grades))
    scores = [grade.score for grade in grades if grade and grade.score is not None]
    return Tally(
        exercise=exercise,
        counts={mark: counts[mark] for mark in Mark},
        pass_rate=counts[Mark.FULL] / len(scores) if scores else None,
        mean=sum(scores) / len(scores) if scores else None,
        max_score=max((grade.max_score for grade in grades if grade), default=0.0),
    )


def _hints(row: Standing) -> Iterable[tuple[str, str]]:
    for grade in filter(None, row.grades):
        for one in grade.findings:
            if one.finding.hint and one.finding.verdict is not Verdict.PASSED:
                yield grade.exercise, one.finding.hint


def _reasons(grade: Grade | None) -> tuple[str, ...]:
    if grade is None:
        return ("never graded",)
    ungraded = [one.check for one in grade.findings if one.finding.verdict is Verdict.UNGRADED]
    claimed = [one.check for one in grade.findings if one.finding.self_reported]
    reasons = [f"ungraded: {check}" for check in ungraded] + [f"self-reported: {check}" for check in claimed]
    return tuple(reasons) or ("ungraded" if grade.score is None else "asked for by the grader",)
