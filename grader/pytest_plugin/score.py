"""The points of a run. They travel in the reports' properties, so that they add up under xdist, too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from grader.grade import MarkedFinding
from grader.reports.points import points_text
from grader.reports.signs import VERDICT_WORDS
from grader.verdict import Verdict

PREFIX = "grader."
Properties = list[tuple[str, object]]
MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One check's points; ``points`` is ``None`` while it is ungraded."""

    check: str
    student: str
    verdict: Verdict
    points: float | None
    max_points: float

    @property
    def passed(self) -> bool:
        """Whether the check passed."""
        return self.verdict is Verdict.PASSED


@dataclass(kw_only=True)
class Roll:
    """All checks of the exercises that were collected, by their ids in pytest; ``chosen`` are to be run."""

    worth: dict[str, tuple[str, float]] = field(default_factory=dict)
    chosen: set[str] = field(default_factory=set)

    def left_out(self, marks: Mapping[str, Mark]) -> Iterator["LeftOut"]:
        """Yield every check without a mark."""
        for check, (student, points) in self.worth.items():
            if check not in marks:
                yield LeftOut(student=student, points=points, chosen=check in self.chosen)

    def packed(self) -> dict[str, object]:
        """Return this as a process of xdist can send it."""
        return {"worth": {check: list(each) for check, each in self.worth.items()}, "chosen": [*self.chosen]}

    def unpack(self, packed: Mapping[str, Any]) -> None:
        """Take over what another process collected."""
        self.worth |= {check: (student, points) for check, (student, points) in packed["worth"].items()}
        self.chosen |= set(packed["chosen"])


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A check that was not run, since it was deselected, or although it was ``chosen`` (by ``-x``, say)."""

    student: str
    points: float
    chosen: bool


def properties(marked: MarkedFinding, exercise: str, student: str) -> Properties:
    """Return what JUnit files say of a check; an ungraded one has no points."""
    told: dict[str, object] = {
        "exercise": exercise,
        "student": student,
        "check": marked.check,
        "visible": str(marked.visible).lower(),
        "verdict": str(marked.finding.verdict),
        "max_points": marked.max_score,
    }
    if marked.finding.self_reported:
        told["self_reported"] = "true"
    if marked.score is not None:
        told["points"] = marked.score
    return [(f"{PREFIX}{name}", value) for name, value in told.items()]


def mark_of(check: str, given: Iterable[tuple[str, object]]) -> Mark | None:
    """Return the mark in a report's properties, if it is the report of a check."""
    told = {name.removeprefix(PREFIX): value for name, value in given if name.startswith(PREFIX)}
    if "verdict" not in told:
        return None
    points = told.get("points")
    return Mark(
        check=check,
        student=str(told["student"]),
        verdict=Verdict(str(told["verdict"])),
        points=None if points is None else float(str(points)),
        max_points=float(str(told["max_points"])),
    )


def lines(marks: Mapping[str, Mark], roll: Roll) -> Iterator[str]:
    """Yield the score as lines: one a student, then the names of what is not in it."""
    every: list[Mark | LeftOut] = [*marks.values(), *roll.left_out(marks)]
    students = sorted({each.student for each in every})
    for student in students:
        yield _score(student, [each for each in every if each.student == student])
    if len(students) > 1:
        yield _score("all", every)
    named = [mark.check for mark in marks.values() if mark.verdict is Verdict.UNGRADED]
    if named:
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        yield f"not graded yet, never counted as 0: {', '.join(named[:MOST_NAMED])}{more}"


def _score(whose: str, every: Sequence[Mark | LeftOut]) -> str:
    """Return one line. The points asked are those of all checks, whatever was run of them."""
    marks = [each for each in every if isinstance(each, Mark)]
    left_out = [each for each in every if isinstance(each, LeftOut)]
    earned = fsum(mark.points or 0.0 for mark in marks)
    asked = fsum([_worth(marks), *(each.points for each in left_out)])
    text = f"{whose}: {points_text(earned)} of {points_text(asked)} points"
    for verdict in (Verdict.NOT_ATTEMPTED, Verdict.UNGRADED):
        such = [mark for mark in marks if mark.verdict is verdict]
        if such:
            text += f", {points_text(_worth(such))} {VERDICT_WORDS[verdict]}"
    for chosen, word in ((False, "deselected"), (True, "not run")):
        count = sum(each.chosen is chosen for each in left_out)
        if count:
            text += f", {count} check{'s' * (count > 1)} {word}"
    return text


def _worth(marks: Iterable[Mark]) -> float:
    return fsum(mark.max_points for mark in marks)
