"""The check ``summary``: the rows of ``model.summary()``, beside those that the exercise shows."""

from collections.abc import Mapping, Sequence

from grader.checks.architecture.activations import activation_of
from grader.checks.architecture.side_by_side import side_by_side
from grader.checks.architecture.steps import SOURCE, Step, Steps, input_shapes
from grader.checks.architecture.tables import marked, reference_table, student_table
from grader.checks.case import Case
from grader.evidence import LayerRow, LayerTable
from grader.exercise import Summary, SummaryRow
from grader.verdict import Finding

ENTRY = "InputLayer"


def summary(case: Case) -> Finding:
    """Judge that ``model.summary()`` has the expected rows: kinds, output shapes and parameters, in order."""
    found = student_table(case)
    if isinstance(found, Finding):
        return found
    settings = case.settings(Summary)
    expected = _written(settings.expect, found) if settings.expect else reference_table(case)
    if isinstance(expected, Finding):
        return expected
    return marked(side_by_side(found, expected, rows_of, partial=settings.partial), found)


def _written(expect: Sequence[Mapping[str, SummaryRow]], found: LayerTable) -> LayerTable:
    """Return the author's rows as a table; without a row for the input, any input will do."""
    rows = [_row(kind, row, place) for place, one in enumerate(expect) for kind, row in one.items()]
    entries = [row.output_shape for row in rows if row.kind == ENTRY] or input_shapes(found)
    parameters, trainable = (sum(getattr(row, name) for row in rows) for name in ("parameters", "trainable"))
    return LayerTable(
        rows=tuple(rows),
        input_shape=entries[0] if entries else None,
        output_shape=rows[-1].output_shape,
        parameters=parameters,
        trainable=trainable,
    )


def _row(kind: str, row: SummaryRow, place: int) -> LayerRow:
    return LayerRow(
        name=f"expected {place}",
        kind=kind,
        output_shape=tuple(row.output_shape),
        parameters=row.parameters,
        trainable=row.parameters,
    )


def rows_of(table: LayerTable) -> Steps:
    """Return what a summary shows of *table*, each row fed by the one above it.

    Rows of an activation alone are left out: whether it has one depends on how the same model is written.
    """
    steps: list[Step] = []
    name, shape = f"{SOURCE}0", next(iter(input_shapes(table)), ())
    for number, row in enumerate((row for row in table.rows if row.kind != ENTRY), 1):
        if activation_of(row.kind, row.settings) is not None:
            continue
        steps.append(_step(row, number, name, shape))
        name, shape = steps[-1].name, steps[-1].output_shape
    return tuple(steps)


def _step(row: LayerRow, number: int, fed_by: str, shape: tuple[int | None, ...]) -> Step:
    return Step(
        name=f"row {number}",
        number=number,
        kind=row.kind,
        inputs=(fed_by,),
        input_shapes=(shape,),
        output_shape=tuple(row.output_shape),
        parameters=row.parameters,
        settings={},
    )
