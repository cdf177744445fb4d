"""A question: what to try (observations), what it should show (checks), and what that is worth.

These records are the YAML format: pydantic validates files against them and prints their JSON Schema.
Keys are closed; a description of each is in ``docs/exercises.md``.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from grader.criterion import CheckSettings, Expecting, Identifier, Points, Share
from grader.errors import Flaw
from grader.expectation import (
    Budget,
    Check,
    CheckEntry,
    Close,
    Equals,
    Layers,
    OutputShape,
    Parameters,
    Raises,
    Sets,
    Summary,
    SummaryRow,
    Trains,
    TrainStatisticsOnly,
    number_checks,
)
from grader.recipe import EarlyStopping, Recipe
from grader.record import Record

#: The whole format is imported from here, the records of checks too.
__all__ = [
    "Assignment",
    "Budget",
    "Check",
    "CheckEntry",
    "CheckSettings",
    "Close",
    "EarlyStopping",
    "Equals",
    "Exercise",
    "Expecting",
    "Identifier",
    "Layers",
    "Limits",
    "Lines",
    "Mistake",
    "Observation",
    "OutputShape",
    "Parameters",
    "Points",
    "PythonName",
    "Question",
    "Raises",
    "Recipe",
    "Record",
    "Sets",
    "Share",
    "Solution",
    "Summary",
    "SummaryRow",
    "Text",
    "TrainStatisticsOnly",
    "Trains",
    "in_language",
    "number_checks",
]

Text = str | Annotated[dict[Literal["en", "vi"], str], Field(min_length=1)]
PythonName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Observation(Record):
    """One thing to try: call a function, or look at a name. Exactly one of ``call`` and ``value``.

    Arguments come from ``with`` (one case), ``cases`` (several) or ``over`` (every combination of
    named values). A list is positional, a mapping is by keyword. Values that YAML cannot write:
    ``{tuple: [...]}``, ``{array: [...], dtype: float32}``, ``{random: {shape: [...], seed: 1}}``,
    ``{dataset: wine, part: train, columns: features}``.
    """

    call: PythonName | None = None
    value: PythonName | None = None
    with_: list[Any] | dict[str, Any] | None = Field(default=None, alias="with")
    cases: list[list[Any] | dict[str, Any]] | None = Field(default=None, min_length=1)
    over: dict[str, list[Any]] | None = Field(default=None, min_length=1)
    seconds: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> "Observation":
        if (self.call is None) == (self.value is None):
            raise ValueError("exactly one of: call, value")
        if sum(given is not None for given in (self.with_, self.cases, self.over)) > 1:
            raise ValueError("at most one of: with, cases, over")
        if self.call is None and any(given is not None for given in (self.with_, self.cases, self.over)):
            raise ValueError("call, since a value takes no inputs")
        return self

    @property
    def name(self) -> str:
        """The Python name that the submission must define."""
        return self.call or self.value or ""


class Mistake(Record):
    """A known wrong answer: what it is called, how it is made, and the hint that names it.

    A submission whose wrong evidence equals this one's evidence gets the hint.
    """

    name: str
    hint: Text
    source: str | None = None
    layers: list[dict[str, dict[str, Any]]] | None = None

    @model_validator(mode="after")
    def _one_answer(self) -> "Mistake":
        if (self.source is None) == (self.layers is None):
            raise ValueError("exactly one of: source, layers")
        return self


class Question(Record):
    """The public file, ``exercises/<id>.yaml``."""

    exercise: Identifier
    title: Text
    source: str
    prompt: Text
    starter: str
    observe: Annotated[dict[str, Observation], Field(min_length=1)]
    checks: list[CheckEntry] = []


class Solution(Record):
    """The private file, ``solutions/<id>.yaml``.

    ``source`` is Python; ``layers`` is a Keras model as a list of ``{LayerClass: settings}``, returned
    by ``build_model()``. ``agrees_with_keras`` is Python that answers the same observations with
    Keras alone; the reference is held against it.
    """

    solution: Identifier
    source: str | None = None
    layers: list[dict[str, dict[str, Any]]] | None = None
    observe: dict[str, Observation] = {}
    checks: list[CheckEntry] = []
    agrees_with_keras: str | None = None
    mistakes: list[Mistake] = []

    @model_validator(mode="after")
    def _some_answer(self) -> "Solution":
        if self.source is None and self.layers is None:
            raise ValueError("at least one of: source, layers")
        return self


class Limits(Record):
    """What one submission may use. Times are wall-clock seconds, memory is mebibytes of data."""

    cell_seconds: Annotated[float, Field(gt=0)] = 30.0
    observation_seconds: Annotated[float, Field(gt=0)] = 10.0
    submission_seconds: Annotated[float, Field(gt=0)] = 300.0
    memory_mib: Annotated[int, Field(ge=256)] = 1024


class Assignment(Record):
    """Exercises handed in together, ``exercises/assignments/<name>.yaml``. ``due`` carries an offset."""

    assignment: Identifier
    title: Text
    due: AwareDatetime | None = None
    exercises: Annotated[list[Identifier], Field(min_length=1)]
    limits: Limits = Limits()


class Lines(Record):
    """An author's file and the line of each place in it, such as ``observe.small`` or ``checks.0``."""

    file: str = ""
    lines: dict[str, int] = {}

    def flaw(self, place: str, found: str, expected: str) -> Flaw:
        """Return a flaw at *place*, or at what contains it."""
        line = self.lines.get(place) or self.lines.get(place.rpartition(".")[0], 1)
        return Flaw(file=self.file, line=line, where=place, found=found, expected=expected)


class Exercise(Record):
    """A question with its solution, where there is one. ``fingerprint`` changes when either does.

    ``private`` are the solution file's lines.
    """

    question: Question
    solution: Solution | None = None
    checks: tuple[Check, ...] = ()
    fingerprint: str = ""
    private: Lines = Lines()

    @property
    def id(self) -> str:
        """The exercise's id."""
        return self.question.exercise

    @property
    def observations(self) -> dict[str, Observation]:
        """All observations, public ones first."""
        return {**self.question.observe, **(self.solution.observe if self.solution else {})}

    @property
    def max_points(self) -> float:
        """The sum of all checks' points."""
        return sum(check.settings.points for check in self.checks)

    def is_public(self, observation: str) -> bool:
        """Whether students may see what *observation* printed."""
        return observation in self.question.observe


def in_language(text: Text, language: str = "en") -> str:
    """Return *text* in *language*, or in the first language it has."""
    if isinstance(text, str):
        return text
    return dict[str, str](text.items()).get(language) or next(iter(text.values()))
