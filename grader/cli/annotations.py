"""GitHub's annotations: one for each exercise that is not right, at the cell that answers it."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.exercise import Exercise
from grader.grade import Grade, MarkedFinding
from grader.readers.places import CellPlace, cell_places, defined_at
from grader.reports.github import MOST_ANNOTATIONS, command
from grader.reports.points import points_text
from grader.reports.prose import one_line
from grader.reports.signs import VERDICT_WORDS
from grader.reports.standings import Mark, mark_of
from grader.submission import Submission
from grader.verdict import Verdict

RIGHT = {Verdict.PASSED, Verdict.SKIPPED}
NOTE = re.compile(r"cell (\d+)\b")
MOST_LINES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotator:
    """What annotations of one submission are made from."""

    submission: Submission
    exercises: Mapping[str, Exercise]
    titles: Mapping[str, str]
    places: Mapping[int, CellPlace]
    file: str

    def place(self, exercise: str, marked: MarkedFinding) -> dict[str, str]:
        """Return file and line of the code that *marked* is about; of all the notebook, if there is none."""
        asked = {check.id: check.settings.of for check in self.exercises[exercise].checks}
        name = self.exercises[exercise].observations[asked[marked.check]].name
        found = defined_at(self.submission, exercise, name)
        return self.line(*found) if found else {"file": self.file, "line": "1"}

    def line(self, cell: int, line: int = 1) -> dict[str, str]:
        """Return file and line of a line of a cell."""
        place = self.places.get(cell)
        return {"file": self.file, "line": str(place.of(line) if place else 1)}


def annotator(submission: Submission, exercises: Sequence[Exercise], titles: Mapping[str, str]) -> Annotator:
    """Return what makes the annotations of *submission*."""
    path = Path(submission.path)
    return Annotator(
        submission=submission,
        exercises={exercise.id: exercise for exercise in exercises},
        titles=titles,
        places=cell_places(path) if submission.code else {},
        file=path_in_repository(path),
    )


def annotations(grades: Sequence[Grade], made: Annotator) -> Iterator[str]:
    """Yield the commands, errors first. *grades* are what their student may see."""
    wrong = [grade for grade in grades if mark_of(grade) is not Mark.FULL]
    kinds = {"error": 0, "warning": 0, "notice": 0}
    for kind, line in (*(_about(grade, made) for grade in wrong), *_notes(wrong, made)):
        kinds[kind] += 1
        if kinds[kind] <= MOST_ANNOTATIONS:
            yield line


def path_in_repository(path: Path) -> str:
    """Return *path* from the top of the repository it is in: a course's CI checks out more than one."""
    whole = path.parent.resolve() / path.name
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    tops = [folder for folder in whole.parents if (folder / ".git").exists()]
    for top in (*tops[:1], workspace):
        if whole.is_relative_to(top):
            return whole.relative_to(top).as_posix()
    return path.as_posix()


def _about(grade: Grade, made: Annotator) -> tuple[str, str]:
    wrong = [one for one in grade.findings if one.finding.verdict not in RIGHT] or grade.findings
    title = one_line(made.titles.get(grade.exercise) or grade.exercise)
    score = "not graded yet" if grade.score is None else points_text(grade.score)
    lines = [*_told(wrong)]
    kind = _kind(grade, wrong)
    place = made.place(grade.exercise, wrong[0])
    heading = f"{title}: {score} / {points_text(grade.max_score)}"
    return kind, command(kind, "\n".join(lines), **place, title=heading)


def _kind(grade: Grade, wrong: Sequence[MarkedFinding]) -> str:
    if grade.score is None:
        return "warning"
    return "notice" if {one.finding.verdict for one in wrong} == {Verdict.NOT_ATTEMPTED} else "error"


def _told(wrong: Sequence[MarkedFinding]) -> Iterator[str]:
    """Yield a line for each thing that is said; what is said of several checks is said once."""
    said: dict[tuple[Verdict, str, str], list[str]] = {}
    for one in wrong:
        hidden = "" if one.visible else " (hidden)"
        told = one.finding.verdict, one_line(one.finding.message, 600), one.finding.hint
        said.setdefault(told, []).append(f"{one.check}{hidden}")
    for (verdict, message, hint), checks in [*said.items()][:MOST_LINES]:
        line = " ".join(filter(None, [message, f"Hint: {hint}" if hint else ""]))
        yield f"{', '.join(checks)}: {VERDICT_WORDS[verdict]}{'. ' if line else ''}{line}"
    if len(said) > MOST_LINES:
        yield f"… and {len(said) - MOST_LINES} more"


def _notes(grades: Sequence[Grade], made: Annotator) -> Iterator[tuple[str, str]]:
    for note in dict.fromkeys(note for grade in grades for note in grade.notes):
        number = NOTE.match(note)
        if number:
            place = made.line(int(number[1]))
            yield "warning", command("warning", one_line(note, 600), **place, title=f"Cell {number[1]}")
