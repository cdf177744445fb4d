"""One check about to be judged: everything a check function may look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from grader.evidence import Facts
from grader.exercise import Check, CheckSettings, Observation

Settings = TypeVar("Settings", bound=CheckSettings)
Inputs = Mapping[str, Sequence[Sequence[Any]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A check with the facts it judges.

    ``reference`` is ``None`` where only the public file is at hand. ``inputs`` holds, for each
    observation, the resolved positional arguments of each of its cases, where somebody resolved them.
    """

    check: Check
    student: Facts
    reference: Facts | None = None
    observations: Mapping[str, Observation] = field(default_factory=dict)
    inputs: Inputs | None = None

    @property
    def of(self) -> str:
        """The observation that is judged."""
        return self.check.settings.of

    @property
    def observation(self) -> Observation:
        """What was asked of the submission."""
        return self.observations[self.of]

    def settings(self, kind: type[Settings]) -> Settings:
        """Return the check's settings, which must be of *kind*."""
        given = self.check.settings
        if not isinstance(given, kind):
            raise TypeError(f"{self.check.id} has {type(given).__name__} settings, not {kind.__name__}")
        return given
