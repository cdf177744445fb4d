"""Which exercise a name in the kernel was written for, where several ask for the same one.

A notebook defines ``build_model`` for one exercise after another; the kernel has the last one only. Whoever
checks an exercise says that what the name stands for now is meant for it; the grade is remembered with that.
"""

import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.grade import Grade
from grader.notebook.course import Exercises

Holder = Callable[[], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What an exercise's names stood for when it was checked, and what came of it."""

    values: Mapping[str, Holder]
    grade: Grade


class Claims:
    """Those of one kernel; values that are gone are not kept alive."""

    def __init__(self) -> None:
        """Begin with none."""
        self._claims: dict[str, Claim] = {}

    def note(self, grade: Grade, wanted: Iterable[str], names: Mapping[str, Any]) -> None:
        """Remember *grade*, and what *wanted* stand for in *names*."""
        values = {name: _holder(names[name]) for name in wanted if name in names}
        self._claims[grade.exercise] = Claim(values=values, grade=grade)

    def last_grade(self, exercise: str) -> Grade | None:
        """Return the grade of *exercise* when it was last checked."""
        claim = self._claims.get(exercise)
        return claim.grade if claim else None

    def unchanged(self, exercises: Exercises, exercise: str, names: Mapping[str, Any]) -> Grade | None:
        """Return the last grade of *exercise*, if all its names still stand for what was checked then."""
        wanted = [name for name in exercises.names(exercise) if name in names]
        is_same = all(exercise in self.claimants(name, names[name]) for name in wanted)
        return self.last_grade(exercise) if wanted and is_same else None

    def claimants(self, name: str, value: Any) -> set[str]:
        """Return the exercises that were checked while *name* stood for *value*."""
        return {
            exercise
            for exercise, claim in self._claims.items()
            if name in claim.values and claim.values[name]() is value
        }

    def names_for(self, exercises: Exercises, exercise: str, names: Mapping[str, Any]) -> "Present":
        """Sort the names that *exercise* asks for and that are in *names*."""
        own, open_, taken = list[str](), list[str](), list[str]()
        for name in exercises.names(exercise):
            if name not in names:
                continue
            claimants = self.claimants(name, names[name])
            if exercise in claimants or len(exercises.asking_for(name)) == 1:
                own.append(name)
            elif not claimants:
                open_.append(name)
            else:
                taken.append(name)
        return Present(own=tuple(own), open=tuple(open_), taken=tuple(taken))


@dataclass(frozen=True, kw_only=True, slots=True)
class Present:
    """Names that are there: the exercise's ``own``, those ``open`` to several, those ``taken`` by others."""

    own: tuple[str, ...]
    open: tuple[str, ...]
    taken: tuple[str, ...]


def _holder(value: Any) -> Holder:
    try:
        return weakref.ref(value)
    except TypeError:
        # Numbers and texts, which are small.
        return lambda: value
