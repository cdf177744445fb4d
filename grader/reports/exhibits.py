"""Exhibits, read with care: what does not have the shape it should have is left out, never a crash."""

import math
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)


def _clipped(length: int) -> BeforeValidator:
    return BeforeValidator(lambda given: list(given)[:length] if isinstance(given, (list, tuple)) else given)


def _or_none(given: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(given)
    except ValidationError:
        return None


Count = Annotated[int, Field(ge=0, le=10**18)]
Cell = StrictBool | Annotated[int, Field(strict=True, ge=-(10**18), le=10**18)] | StrictFloat | str | None
Row = Annotated[tuple[Cell, ...], _clipped(24)]
Rows = Annotated[tuple[Row, ...], _clipped(24)]
Place = tuple[int, int]
#: Significant digits of an array's elements, as few as tell two apart.
DIGITS = (5, 9, 17)
Change = Literal["same", "extra", "missing", "changed", "shifted"]


class Part(BaseModel):
    """A frozen part of an exhibit; keys that are not known are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class DiffCell(Part):
    """One layer on one side of a layer diff."""

    kind: str
    output_shape: Any = None
    parameters: Count | None = None

    @property
    def shape(self) -> str:
        """The output shape as ``model.summary()`` writes it."""
        return shape_text(self.output_shape)

    @property
    def count(self) -> str:
        """The parameters, with thousands apart."""
        return count_text(self.parameters)


class DiffRow(Part):
    """One row of a layer diff. ``shifted`` differs only because of an earlier difference."""

    change: Change
    found: DiffCell | None = None
    expected: DiffCell | None = None
    why: str = ""

    @property
    def differing(self) -> frozenset[str]:
        """The columns in which both sides differ."""
        if self.found is None or self.expected is None:
            return frozenset()
        return frozenset(
            name
            for name in ("kind", "output_shape", "parameters")
            if getattr(self.found, name) != getattr(self.expected, name)
        )


class Totals(Part):
    """Parameter counts at the foot of a layer table."""

    total: Count | None = None
    trainable: Count | None = None
    non_trainable: Count | None = None


class BothTotals(Part):
    """Parameter counts on both sides."""

    found: Totals | None = None
    expected: Totals | None = None


class LayersExhibit(Part):
    """Two layer tables, aligned."""

    kind: Literal["layers"]
    rows: Annotated[tuple[DiffRow, ...], _clipped(500)]
    totals: BothTotals = BothTotals()


class Curve(Part):
    """One training."""

    seed: int = 0
    accuracies: Annotated[tuple[float | None, ...], _clipped(1000)] = ()
    losses: Annotated[tuple[float | None, ...], _clipped(1000)] = ()


class CurvesExhibit(Part):
    """Trainings on raw and on scaled features, and the limits they are held against."""

    kind: Literal["curves"]
    arms: dict[str, Annotated[tuple[Curve, ...], _clipped(30)]]
    thresholds: dict[str, float | None] = {}


class ArrayExhibit(Part):
    """A window on two arrays; ``worst`` is an index into the arrays, ``origin`` that of the window."""

    kind: Literal["array"]
    found: Rows
    expected: Rows
    worst: Place = (-1, -1)
    origin: Place = (0, 0)

    @property
    def digits(self) -> int:
        """As many as tell what was found at the worst place from what was expected there."""
        found, expected = (self._at_worst(rows) for rows in (self.found, self.expected))
        alike = (digits for digits in DIGITS if cell_text(found, digits) != cell_text(expected, digits))
        return next(alike, DIGITS[0])

    def _at_worst(self, rows: Rows) -> Cell:
        row, column = (place - first for place, first in zip(self.worst, self.origin, strict=True))
        inside = 0 <= row < len(rows) and 0 <= column < len(rows[row])
        return rows[row][column] if inside else None


class ValueCase(Part):
    """One call: what came out and what should have."""

    call: str
    found: str
    expected: str
    right: bool


class ValuesExhibit(Part):
    """Calls side by side, and a window on the first array that was wrong."""

    kind: Literal["values"]
    cases: Annotated[tuple[ValueCase, ...], _clipped(50)]
    array: Annotated[ArrayExhibit | None, WrapValidator(_or_none)] = None


class FaultExhibit(Part):
    """What went wrong in the grader itself; for staff alone, since it may name hidden values."""

    kind: Literal["fault"]
    text: str


Exhibit = LayersExhibit | CurvesExhibit | ValuesExhibit | ArrayExhibit | FaultExhibit
READER: TypeAdapter[Exhibit] = TypeAdapter(Annotated[Exhibit, Field(discriminator="kind")])


def read_exhibit(given: Any) -> Exhibit | None:
    """Return *given* as an exhibit, or ``None`` when there is none or it is malformed."""
    try:
        return READER.validate_python(given)
    except (ValidationError, RecursionError):
        return None


def shape_text(shape: Any) -> str:
    """Return a shape as Keras writes it, such as ``(None, 28, 28, 8)``."""
    if not isinstance(shape, (list, tuple)):
        return "" if shape is None else str(shape)[:80]
    inner = ", ".join(shape_text(axis) or "None" for axis in shape[:12])
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def count_text(count: int | None) -> str:
    """Return a parameter count with its thousands apart."""
    return "" if count is None else f"{count:,}"


def cell_text(value: float | str | None, digits: int = DIGITS[0]) -> str:
    """Return an array's element, short: with at most so many significant *digits*."""
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.{digits}g}"
    return str(value)[:24]
