"""Where in an author's two files something stands, so that what is wrong is said with file and line."""

from dataclasses import dataclass
from pathlib import Path

from grader.errors import Flaw
from grader.exercise import Check, Exercise
from grader.readers.marked_yaml import Marked, read_marked


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The lines of an exercise's files, the public and the private one."""

    public: Marked
    private: Marked

    def at_check(self, exercise: Exercise, check: Check, key: str, found: str, expected: str) -> Flaw:
        """Return a flaw at *key* of *check*, at the check itself where the key is not given."""
        number, own = exercise.checks.index(check), len(exercise.question.checks)
        marked = self.public if number < own else self.private
        place = ("checks", number if number < own else number - own, check.name)
        return marked.flaw((*place, key) if key else place, found, expected)

    def at_mistake(self, number: int, found: str, expected: str) -> Flaw:
        """Return a flaw at the mistake with *number*, counted from 0."""
        return self.private.flaw(("mistakes", number), found, expected)

    def at_starter(self, found: str, expected: str) -> Flaw:
        """Return a flaw at the starter."""
        return self.public.flaw(("starter",), found, expected)


def places_of(exercise: Exercise, exercises: Path, solutions: Path) -> Places:
    """Read the lines of *exercise*'s files in the two folders."""
    name = f"{exercise.id}.yaml"
    return Places(public=read_marked(exercises / name), private=read_marked(solutions / name))
