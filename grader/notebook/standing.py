"""How far a notebook is: one line for each exercise of the folder."""

from dataclasses import dataclass
from enum import StrEnum

from grader.grade import Grade
from grader.notebook.claims import Claims, Present
from grader.notebook.course import Exercises, grade_quickly
from grader.notebook.kernel import Kernel
from grader.reports.points import points_text
from grader.reports.standings import Mark, mark_of


class State(StrEnum):
    """How far an exercise is, in words."""

    PASSED = "passed"
    PARTLY = "partly right"
    WRONG = "wrong"
    UNWRITTEN = "not yet written"
    UNKNOWN = "not checked"

    @property
    def sign(self) -> str:
        """The sign before the word; colour never says anything alone."""
        return SIGNS[self]


SIGNS = {State.PASSED: "✓", State.PARTLY: "◐", State.WRONG: "✗", State.UNWRITTEN: "—", State.UNKNOWN: "?"}
STATES = {
    Mark.FULL: State.PASSED,
    Mark.PARTIAL: State.PARTLY,
    Mark.ZERO: State.WRONG,
    Mark.NOT_ATTEMPTED: State.UNWRITTEN,
    Mark.UNGRADED: State.UNKNOWN,
}
#: Of a grade that is not of the names that are there now.
EARLIER = "as you last checked it; other code has its names now"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One exercise: its state, and the points of its visible checks."""

    exercise: str
    title: str
    state: State
    score: float
    max_score: float
    note: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether every visible check passed."""
        return self.state is State.PASSED

    @property
    def mark(self) -> str:
        """The mark whose colours the state has."""
        return next(mark.name.lower() for mark, state in STATES.items() if state is self.state)

    @property
    def points(self) -> str:
        """The points, as people read them."""
        return f"{points_text(self.score)} / {points_text(self.max_score)}"


def rows_of(exercises: Exercises, kernel: Kernel, claims: Claims) -> list[Row]:
    """Return where every exercise stands, by the names that are in *kernel* now."""
    present = {each: claims.names_for(exercises, each, kernel.names) for each in exercises.by_id}
    last = {each: claims.last_grade(each) for each in exercises.by_id}
    # What was trained is not trained again as long as it is the same.
    trained = {
        each: grade
        for each in exercises.by_id
        if exercises.trains(each) and (grade := claims.unchanged(exercises, each, kernel.names))
    }
    tried = [
        each
        for each, found in present.items()
        if each not in trained and (found.own or (found.open and last[each]))
    ]
    others = frozenset((each, name) for each, found in present.items() for name in found.taken)
    now = {grade.exercise: grade for grade in grade_quickly(exercises, tried, kernel, others)} | trained
    return [_row(exercises, each, present[each], now.get(each), last[each]) for each in exercises.by_id]


def _row(exercises: Exercises, exercise: str, present: Present, now: Grade | None, last: Grade | None) -> Row:
    grade = better(now, last) if present.open or present.taken or now is None else now
    notes = [] if grade is None else list(grade.notes)
    state = _state(exercises, exercise, present, grade)
    if grade is not None and grade is last and grade is not now:
        notes.append(EARLIER)
    elif present.open and state is not State.PASSED:
        notes.append(_which(exercise, present.open))
    return Row(
        exercise=exercise,
        title=exercises.material.titles[exercise],
        state=state,
        score=(grade.score if grade else None) or 0.0,
        max_score=exercises.by_id[exercise].max_points,
        note="; ".join(notes),
    )


def _state(exercises: Exercises, exercise: str, present: Present, grade: Grade | None) -> State:
    if grade is None:
        return State.UNKNOWN if present.open else State.UNWRITTEN
    state = STATES[mark_of(grade)]
    # With a training left out, nobody knows yet.
    is_whole = grade.max_score >= exercises.by_id[exercise].max_points
    return State.UNKNOWN if state is State.PASSED and not is_whole else state


def better(now: Grade | None, last: Grade | None) -> Grade | None:
    """Return the one with more points: a name that was used again for another exercise takes none away."""
    if now is None or last is None:
        return now or last
    return now if (now.score or 0.0) >= (last.score or 0.0) else last


def _which(exercise: str, names: tuple[str, ...]) -> str:
    """Say why names that several exercises ask for may not be this one's."""
    code = ", ".join(f"`{name}`" for name in names)
    return f'{code} may be for another exercise; if it is for this one, run `grader.check("{exercise}")`'
