"""What an observation should show: the kinds of checks, and one check of an exercise.

These records are the checks of the YAML format; ``exercise`` holds the rest of it.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from grader.criterion import CheckSettings, Expecting, Identifier, Share
from grader.recipe import Recipe
from grader.record import Record

#: That one training check may ask for.
MOST_SEEDS = 100


class Equals(Expecting):
    """The same value: kind, then shape, then dtype, then value.

    Integers and whole floats compare by value and a list may stand for a tuple, unless ``strict``.
    ``partial`` gives credit for the share of cases that are right.
    """

    strict: bool = False
    partial: bool = False


class Close(Expecting):
    """The same numbers within a tolerance: ``abs(found - expected) <= atol + rtol * abs(expected)``."""

    rtol: Annotated[float, Field(ge=0)] = 1e-5
    atol: Annotated[float, Field(ge=0)] = 1e-8
    dtype: str | None = None
    partial: bool = False


class Raises(CheckSettings):
    """Every case raises ``error`` or a subclass of it."""

    error: str
    partial: bool = False


class Sets(Expecting):
    """Lists compared as sets of words, in a mapping of any depth; each right word earns its share.

    A word too many costs what a right one earns. ``synonyms`` maps an accepted word to the canonical
    one. Case, spaces, underscores, hyphens and a plural *s* do not matter.
    """

    synonyms: dict[str, str] = {}


class Layers(CheckSettings):
    """The layers of ``model.summary()``, aligned with the reference's: kind, output shape, parameters.

    Equivalent spellings are accepted unless ``exact``. Each difference costs one reference layer's
    share when ``partial``.
    """

    from_reference: ClassVar[bool] = True
    exact: bool = False
    partial: bool = True


class SummaryRow(Record):
    """One row of ``model.summary()``: the output shape, ``null`` for the batch dimension, and the count."""

    output_shape: Annotated[list[Annotated[int, Field(ge=1)] | None], Field(min_length=1)]
    parameters: Annotated[int, Field(ge=0)]


class Summary(CheckSettings):
    """The rows of ``model.summary()``: kind, output shape and parameter count, from the first to the last.

    ``expect`` has one row a layer, ``{Conv2D: {output_shape: [null, 28, 28, 16], parameters: 3088}}``;
    without it the reference's rows are expected. Rows of an activation alone do not count.
    """

    from_reference: ClassVar[bool] = True
    expect: Annotated[list[dict[str, SummaryRow]], Field(min_length=1)] | None = None
    partial: bool = True

    @property
    def self_contained(self) -> bool:
        """Whether the check can be judged without a reference."""
        return self.expect is not None

    @model_validator(mode="after")
    def _one_layer_a_row(self) -> "Summary":
        if any(len(row) != 1 for row in self.expect or ()):
            raise ValueError(
                "one layer in each row of expect, such as Flatten: {output_shape: [null, 9], ...}"
            )
        return self


class Parameters(Expecting):
    """The parameter count at the foot of ``model.summary()``."""

    count: Literal["total", "trainable", "non_trainable"] = "total"


class OutputShape(Expecting):
    """The model's output shape, ``null`` for the batch dimension."""


class Budget(CheckSettings):
    """Limits on a model: parameters, and Keras layer kinds that it must or must not hold.

    ``only`` are the kinds that it may hold, ``activations`` the functions; whatever else stands in it breaks
    the budget. ``plain`` asks for Keras's own regularisers, constraints, data types and initialisers.
    """

    parameters_at_most: Annotated[int, Field(ge=0)] | None = None
    parameters_at_least: Annotated[int, Field(ge=0)] | None = None
    requires: list[str] = []
    forbids: list[str] = []
    only: list[str] | None = None
    activations: list[str] | None = None
    plain: bool = False


class Trains(CheckSettings):
    """The referee trains the model returned by ``of`` on ``data`` and measures it on the test part.

    With ``scaling`` (an observation that returns scaled train and test features) each seed trains from the
    same initial weights on raw and on scaled features, and with ``behind_reference_at_most`` also on those
    that the reference scaled. ``use_reference`` takes the model (``of``) or the ``scaling`` from it.

    Each limit is decided by itself: it holds once the seeds that meet it lead the others by ``lead``, and is
    missed once they trail by it. Open after ``seeds_at_most`` seeds, a person decides (docs/training.md).
    """

    #: Limits on what a model makes of rows that it was not trained on.
    of_unseen_rows: ClassVar[tuple[str, ...]] = (
        "accuracy_at_least",
        "raw_accuracy_at_most",
        "gap_at_least",
        "behind_reference_at_most",
    )
    data: Identifier
    scaling: str | None = None
    use_reference: list[Literal["of", "scaling"]] = []
    recipe: Recipe = Recipe()
    lead: Annotated[int, Field(ge=1, le=10)] = 3
    seeds_at_most: Annotated[int, Field(ge=1, le=MOST_SEEDS)] = 21
    first_seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    accuracy_at_least: Share | None = None
    raw_accuracy_at_most: Share | None = None
    gap_at_least: Share | None = None
    behind_reference_at_most: Share | None = None
    target_loss: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    epochs_at_most: Annotated[int, Field(ge=1)] | None = None
    speedup_at_least: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None
    parameters_at_most: Annotated[int, Field(ge=1)] = 200_000

    @property
    def seeds(self) -> range:
        """The seeds that may be trained, in their order."""
        return range(self.first_seed, self.first_seed + self.seeds_at_most)

    @property
    def needs_reference(self) -> bool:
        """Whether the reference's own model or scaling is trained, too."""
        return bool(self.use_reference) or self.behind_reference_at_most is not None

    @model_validator(mode="after")
    def _what_fits(self) -> "Trains":
        for name in ("raw_accuracy_at_most", "gap_at_least", "behind_reference_at_most", "speedup_at_least"):
            if getattr(self, name) is not None and self.scaling is None:
                raise ValueError(f"{name} only with a scaling: it compares two arms")
        if (self.target_loss is None) != (self.epochs_at_most is None and self.speedup_at_least is None):
            raise ValueError("target_loss together with epochs_at_most or speedup_at_least")
        if (self.epochs_at_most or 0) > self.recipe.epochs:
            raise ValueError("epochs_at_most not above the recipe's epochs: what never arrives would meet it")
        if (self.speedup_at_least or 0) > self.recipe.epochs + 1:
            raise ValueError("speedup_at_least not above the recipe's epochs and one: nothing could meet it")
        if self.seeds_at_most < self.lead:
            raise ValueError("seeds_at_most not below lead: nothing could be decided")
        if len(set(self.use_reference)) >= (1 if self.scaling is None else 2):
            raise ValueError("use_reference that leaves the model or the scaling to the student")
        return self


class TrainStatisticsOnly(CheckSettings):
    """A scaler learned from the training part alone, and treats rows one by one and columns apart.

    The observation's cases share their first argument (the training part) and differ in the second.
    """


class CheckEntry(Record):
    """One check, under its name: exactly one key."""

    equals: Equals | None = None
    close: Close | None = None
    raises: Raises | None = None
    sets: Sets | None = None
    layers: Layers | None = None
    summary: Summary | None = None
    parameters: Parameters | None = None
    output_shape: OutputShape | None = None
    budget: Budget | None = None
    trains: Trains | None = None
    train_statistics_only: TrainStatisticsOnly | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "CheckEntry":
        if len(self.model_fields_set) != 1:
            raise ValueError(f"exactly one check, of: {', '.join(type(self).model_fields)}")
        return self

    @property
    def name(self) -> str:
        """The check's name, its key in YAML."""
        return next(iter(self.model_fields_set))

    @property
    def settings(self) -> CheckSettings:
        """The check's settings."""
        return getattr(self, self.name)  # type: ignore[no-any-return]


class Check(Record):
    """One check of an exercise, with its id (such as ``equals[strided]``) and what it defaults to."""

    id: str
    name: str
    settings: CheckSettings
    visible: bool


def number_checks(entries: list[CheckEntry], *, visible: bool) -> Iterator[Check]:
    """Yield *entries* as checks with ids; a second ``equals`` of one observation is ``equals[x]#2``."""
    seen: dict[str, int] = {}
    for entry in entries:
        stem = f"{entry.name}[{entry.settings.of}]"
        seen[stem] = seen.get(stem, 0) + 1
        given = entry.settings.visible
        yield Check(
            id=stem if seen[stem] == 1 else f"{stem}#{seen[stem]}",
            name=entry.name,
            settings=entry.settings,
            visible=visible if given is None else given,
        )
