"""A layer table as a graph of steps, where only what the model computes is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.architecture.activations import FUSED, named
from grader.checks.architecture.traits import axes_of, traits
from grader.evidence import LayerRow, LayerTable

Shape = tuple[int | None, ...]
SOURCE = "@input"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One computation. ``number`` counts summary rows from 1, input layers left out.

    ``inputs`` names the steps that feed this one; a name that begins with ``@input`` is an input of the
    model. ``settings`` holds what matters, ``pads`` the zeros round each axis where they are known.
    ``part_of`` names the step from which this one, a fused activation, was split.
    """

    name: str
    number: int
    kind: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    parameters: int = 0
    frozen: bool = False
    settings: Mapping[str, Any]
    pads: tuple[tuple[int, int], ...] | None = None
    part_of: str = ""

    @property
    def input_shape(self) -> Shape:
        """The shape of the first input, batch included; empty when it is not known."""
        return self.input_shapes[0] if self.input_shapes else ()

    @property
    def label(self) -> str:
        """The step in short, such as ``Conv2D(16)``."""
        names = ("filters", "units", "pool_size", "rate", "activation", "size")
        shown = next((self.settings[name] for name in names if self.settings.get(name) is not None), None)
        if shown is None:
            return self.kind
        return f"{self.kind}({'x'.join(map(str, shown)) if isinstance(shown, tuple) else shown})"


Steps = tuple[Step, ...]


def input_shapes(table: LayerTable) -> tuple[Shape, ...]:
    """Return the shapes of the model's inputs, in order."""
    given = tuple(tuple(row.output_shape) for row in table.rows if row.kind == "InputLayer")
    return given or ((tuple(table.input_shape),) if table.input_shape is not None else ())


def steps_of(table: LayerTable) -> Steps:
    """Return the rows of *table* without input layers, connected by unique names.

    A table without any connections is a chain. A name stands for the last row that bore it.
    """
    entries = [row for row in table.rows if row.kind == "InputLayer"]
    rows = [row for row in table.rows if row.kind != "InputLayer"]
    ids = {row.name: SOURCE + str(place) for place, row in enumerate(entries)}
    shapes = {SOURCE + str(place): shape for place, shape in enumerate(input_shapes(table))}
    chained = not any(row.inputs for row in rows)
    known: list[Step] = []
    for number, row in enumerate(rows, 1):
        before = known[-1].name if chained and known else SOURCE + "0"
        feeds = tuple(ids.get(name, SOURCE + "0") for name in row.inputs) or (before,)
        ids[row.name] = row.name if row.name not in shapes else f"{row.name}#{number}"
        known.append(_step(ids[row.name], row, number, feeds, shapes))
        shapes[ids[row.name]] = tuple(row.output_shape)
    return tuple(known)


def _step(name: str, row: LayerRow, number: int, feeds: tuple[str, ...], shapes: Mapping[str, Shape]) -> Step:
    return Step(
        name=name,
        number=number,
        kind=row.kind,
        inputs=feeds,
        input_shapes=tuple(shapes[name] for name in feeds if name in shapes),
        output_shape=tuple(row.output_shape),
        parameters=row.parameters,
        frozen=row.parameters > 0 and row.trainable == 0,
        settings=row.settings,
    )


def exact_form(table: LayerTable) -> Steps:
    """Return the rows as they are spelled, with the settings that matter; fused activations among them."""
    return tuple(_spelled(step) for step in steps_of(table))


def _spelled(step: Step) -> Step:
    known = with_traits(step)
    if step.kind not in FUSED:
        return known
    return replace(
        known, settings={**known.settings, "activation": named(step.settings.get("activation"))["function"]}
    )


def with_traits(step: Step) -> Step:
    """Return *step* with only the settings that matter."""
    return replace(step, settings=traits(step.kind, step.settings, len(step.output_shape)))


def without(steps: Sequence[Step], gone: str) -> Steps:
    """Return *steps* without the one named *gone*, whose single input feeds what it fed."""
    (dropped,) = (step for step in steps if step.name == gone)
    return tuple(_fed_by(step, {gone: dropped.inputs[0]}) for step in steps if step.name != gone)


def _fed_by(step: Step, renamed: Mapping[str, str]) -> Step:
    return replace(step, inputs=tuple(renamed.get(name, name) for name in step.inputs))


def extended(steps: Sequence[Step], name: str, new: Step) -> Steps:
    """Return *steps* with *new* right after the step called *name*, feeding all that it fed."""
    place = next(index for index, step in enumerate(steps) if step.name == name)
    fed = [_fed_by(step, {name: new.name}) for step in steps]
    return (*fed[: place + 1], new, *fed[place + 1 :])


def altered(steps: Sequence[Step], name: str, **changes: Any) -> Steps:
    """Return *steps* with *changes* made to the step called *name*."""
    return tuple(replace(step, **changes) if step.name == name else step for step in steps)


def only_consumer(steps: Sequence[Step], name: str) -> Step | None:
    """Return the one step that *name* feeds, when it feeds nothing else and nothing else feeds that."""
    fed = [step for step in steps if name in step.inputs]
    return fed[0] if len(fed) == 1 and fed[0].inputs == (name,) else None


def spatial(shape: Shape, kind: str, layout: Any) -> Shape:
    """Return the sizes of the spatial axes of *shape*, batch and channels left out."""
    axes = axes_of(kind)
    if len(shape) != axes + 2:
        return ()
    return shape[2:] if layout == "channels_first" else shape[1:-1]
