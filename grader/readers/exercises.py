"""Reads exercise, solution and assignment files, and holds them against one another."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.errors import ExerciseError, Flaw, UsageError
from grader.exercise import (
    Assignment,
    Check,
    CheckEntry,
    Exercise,
    Expecting,
    Lines,
    Question,
    Solution,
    Summary,
    Trains,
    number_checks,
)
from grader.readers.keras_layers import layer_flaws
from grader.readers.marked_yaml import Marked, Place, read_marked, validate
from grader.readers.names import there_are

FINGERPRINT_CHARACTERS = 16


def read_exercises(exercises: Path, solutions: Path | None, only: Sequence[str] = ()) -> list[Exercise]:
    """Read every exercise in *exercises*, or those named by *only* in that order, with its solution.

    With *solutions* every exercise must have one. Raises ``ExerciseError`` with the mistakes of all
    files together, ``UsageError`` for a folder or an id that is not there.
    """
    paths = _chosen(exercises, only)
    flaws: list[Flaw] = []
    read = [_read_exercise(path, solutions, flaws) for path in paths]
    if flaws:
        raise ExerciseError(flaws)
    return [exercise for exercise in read if exercise is not None]


def _chosen(folder: Path, only: Sequence[str]) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of exercises: give one with --exercises")
    there = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if not there:
        raise UsageError(f"no exercises (*.yaml) in {folder}: give another folder with --exercises")
    unknown = [name for name in only if name not in there]
    if unknown:
        raise UsageError(f"no exercise {', '.join(unknown)} in {folder}; {there_are(unknown, there)}")
    return [there[name] for name in dict.fromkeys(only)] if only else list(there.values())


def _read_exercise(path: Path, solutions: Path | None, flaws: list[Flaw]) -> Exercise | None:
    public = read_marked_into(path, flaws)
    question = validate(Question, public) if public else None
    private, solution = None, None
    if solutions is not None:
        private = _read_solution_file(solutions / path.name, path, flaws)
        solution = validate(Solution, private) if private else None
    if public and question:
        public.flaws.extend(_name_flaws(public, "exercise", question.exercise, path))
    if private and solution:
        private.flaws.extend(_name_flaws(private, "solution", solution.solution, path))
    exercise = None
    if public and question:
        # What is wrong in the solution does not keep the public file from being held against itself.
        exercise = _assemble(question, solution, path, solutions if solution else None)
        exercise = exercise.model_copy(update={"private": _lines(private)})
        public.flaws.extend(_cross_flaws(public, question.checks, exercise, public=True))
        if private and solution:
            private.flaws.extend(_cross_flaws(private, solution.checks, exercise, public=False))
            private.flaws.extend(_collisions(private, question, solution))
    for marked in (public, private):
        flaws.extend([*layer_flaws(marked), *marked.flaws] if marked else [])
    return exercise


def read_marked_into(path: Path, flaws: list[Flaw]) -> Marked | None:
    """Read *path*; when it is no YAML, add why to *flaws* and return ``None``."""
    try:
        return read_marked(path)
    except ExerciseError as error:
        flaws.extend(error.flaws)
        return None


def _read_solution_file(path: Path, question: Path, flaws: list[Flaw]) -> Marked | None:
    if not path.is_file():
        expected = f"a solution for {question.name}, or no --solutions to run visible checks only"
        flaws.append(Flaw(file=str(path), line=1, where="", found="no file", expected=expected))
        return None
    return read_marked_into(path, flaws)


def _name_flaws(marked: Marked, key: str, name: str, path: Path) -> Iterator[Flaw]:
    if name != path.stem:
        yield marked.flaw((key,), repr(name), f"{path.stem!r}, as the file is called")


def _assemble(question: Question, solution: Solution | None, path: Path, solutions: Path | None) -> Exercise:
    entries = list(number_checks(question.checks, visible=True))
    if solution:
        taken = {check.id for check in entries}
        entries += [_renamed(check, taken) for check in number_checks(solution.checks, visible=False)]
    texts = [path.read_bytes()] + ([(solutions / path.name).read_bytes()] if solutions else [])
    digest = hashlib.sha256(b"\0".join(texts)).hexdigest()[:FINGERPRINT_CHARACTERS]
    return Exercise(question=question, solution=solution, checks=tuple(entries), fingerprint=digest)


def _lines(marked: Marked | None) -> Lines:
    """Return the lines of *marked*; of its path the end alone, since students may read where it broke."""
    if marked is None:
        return Lines()
    return Lines(file="/".join(Path(marked.file).parts[-2:]), lines=marked.outline())


def _renamed(check: Check, taken: set[str]) -> Check:
    if check.id not in taken:
        return check
    number = next(number for number in range(2, 1000) if f"{check.id}#{number}" not in taken)
    taken.add(f"{check.id}#{number}")
    return check.model_copy(update={"id": f"{check.id}#{number}"})


def _collisions(marked: Marked, question: Question, solution: Solution) -> Iterator[Flaw]:
    for name in [name for name in solution.observe if name in question.observe]:
        yield marked.flaw(
            ("observe", name), f"the observation {name!r}", "a name that the public file does not use"
        )


def _cross_flaws(
    marked: Marked, entries: Sequence[CheckEntry], exercise: Exercise, *, public: bool
) -> Iterator[Flaw]:
    observed = exercise.question.observe if public else exercise.observations
    # A student's self-check reads the public file alone, so that file needs nothing from the other.
    ids = {check.id for check in exercise.checks[: len(entries) if public else None]}
    for number, entry in enumerate(entries):
        place: Place = ("checks", number, entry.name)
        settings = entry.settings
        for key in ("of", "scaling"):
            name = getattr(settings, key, None)
            if name is not None and name not in observed:
                yield marked.flaw((*place, key), repr(name), f"an observation: {', '.join(observed)}")
        for needed in settings.needs:
            if needed not in ids:
                yield marked.flaw((*place, "needs"), repr(needed), f"a check's id: {', '.join(sorted(ids))}")
        if public and settings.from_reference and not _stands_alone(settings):
            expected = "expect or sealed, since students check themselves without the solution"
            yield marked.flaw(place, "no expectation", expected)
        if public and isinstance(settings, Trains) and settings.needs_reference:
            found = "a training that needs the reference"
            yield marked.flaw(place, found, "it in the solution, which students check themselves without")
    yield from _circles(marked, exercise, public=public)


def _stands_alone(settings: Any) -> bool:
    return isinstance(settings, Expecting | Summary) and settings.self_contained


def _circles(marked: Marked, exercise: Exercise, *, public: bool) -> Iterator[Flaw]:
    """Yield the first check of this file that needs itself; a circle is told once, where it begins."""
    needs = {check.id: check.settings.needs for check in exercise.checks}
    own = len(exercise.question.checks)
    for number, check in enumerate(needs):
        if check in _reachable(needs, check):
            if public == (number < own):
                place = ("checks", number if public else number - own)
                yield marked.flaw(place, f"{check} that needs itself, in the end", "needs without a circle")
            return


def _reachable(needs: Mapping[str, Sequence[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(needs.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(needs.get(name, ()))
    return reached


def read_assignment(exercises: Path, name: str) -> Assignment:
    """Read ``assignments/<name>.yaml`` below *exercises*."""
    folder = exercises / "assignments"
    path = folder / f"{name}.yaml"
    if not path.is_file():
        there = sorted(each.stem for each in folder.glob("*.yaml"))
        raise UsageError(f"no assignment {name!r} in {folder}; {there_are([name], there)}")
    marked = read_marked(path)
    assignment = validate(Assignment, marked)
    if assignment is None or marked.flaws:
        raise ExerciseError(marked.flaws)
    missing = [each for each in assignment.exercises if not (exercises / f"{each}.yaml").is_file()]
    if missing:
        raise ExerciseError(
            [marked.flaw(("exercises",), ", ".join(missing), f"exercises that are in {exercises}")]
        )
    return assignment
