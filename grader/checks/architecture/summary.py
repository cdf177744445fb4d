"""The check ``summary``: the rows of ``model.summary()``, beside those that the exercise shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grader.checks.architecture.activations import FUSED, activation_of
from grader.checks.architecture.normal_form import normal_form
from grader.checks.architecture.side_by_side import side_by_side
from grader.checks.architecture.steps import SOURCE, Shape, Step, Steps, input_shapes, steps_of
from grader.checks.architecture.tables import marked, reference_table, student_table
from grader.checks.case import Case
from grader.evidence import LayerRow, LayerTable
from grader.exercise import Summary, SummaryRow
from grader.verdict import Finding, Verdict, failed

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
    if found.output_shape and expected.output_shape and found.output_shape[0] != expected.output_shape[0]:
        return marked(_another_batch(found.output_shape, expected.output_shape), found)
    finding = side_by_side(found, expected, rows_of, partial=settings.partial)
    if finding.verdict is not Verdict.PASSED:
        other = side_by_side(found, expected, _respelled(found, settings), partial=settings.partial)
        finding = other if other.verdict is Verdict.PASSED else finding
    return marked(_without_split(finding) if settings.expect else finding, found)


def _without_split(finding: Finding) -> Finding:
    """Return *finding* without the expected trainable parameters, which an author's rows do not tell."""
    both = finding.exhibit.get("totals")
    if both is None:
        return finding
    known = {**both, "expected": {"total": both["expected"]["total"]}}
    return replace(finding, exhibit={**finding.exhibit, "totals": known})


def _another_batch(found: Shape, expected: Shape) -> Finding:
    advice = " Leave the batch dimension out of the input's shape." if expected[0] is None else ""
    return failed(
        f"Found shapes that begin with {found[0]}, the last {found}; expected {expected[0]}.{advice}"
    )


def _respelled(found: LayerTable, settings: Summary) -> Callable[[LayerTable], Steps]:
    """Return the form in which another spelling of the same model, such as padding of its own, is no fault.

    Rows that an author wrote have no settings, so they stay as they are.
    """
    return lambda table: plain_rows_of(table) if table is found or not settings.expect else rows_of(table)


def _written(expect: Sequence[Mapping[str, SummaryRow]], found: LayerTable) -> LayerTable:
    """Return the author's rows as a table; without a row for the input, any input will do."""
    rows = [
        _row(kind, tuple(row.output_shape), row.parameters, place)
        for place, one in enumerate(expect)
        for kind, row in one.items()
    ]
    if all(row.kind != ENTRY for row in rows):
        rows = [_row(ENTRY, shape, 0, -1 - place) for place, shape in enumerate(input_shapes(found))] + rows
    parameters = sum(row.parameters for row in rows)
    return LayerTable(
        rows=tuple(rows),
        input_shape=rows[0].output_shape if rows[0].kind == ENTRY else None,
        output_shape=rows[-1].output_shape,
        parameters=parameters,
        trainable=parameters,
    )


def _row(kind: str, shape: Shape, parameters: int, place: int) -> LayerRow:
    return LayerRow(
        name=f"expected {place}", kind=kind, output_shape=shape, parameters=parameters, trainable=parameters
    )


def rows_of(table: LayerTable) -> Steps:
    """Return what a summary shows of *table*, each row fed by the one above it.

    Rows of an activation alone are left out: whether it has one depends on how the same model is written.
    """
    return _chained(table, [step for step in steps_of(table) if not _only_activates(step)])


def _only_activates(step: Step) -> bool:
    return activation_of(step.kind, step.settings) is not None


def plain_rows_of(table: LayerTable) -> Steps:
    """Return the same of *table*'s normal form, in which equivalent models have the same rows."""
    return _chained(table, [step for step in normal_form(table) if step.kind != "Activation"])


def _width(step: Step) -> dict[str, int | None]:
    """Return what a summary tells of a layer whatever is fed to it: how many units or filters it has."""
    if step.kind not in FUSED or step.kind.startswith("Depthwise") or not step.output_shape:
        return {}
    return {"units" if "Dense" in step.kind else "filters": step.output_shape[-1]}


def _chained(table: LayerTable, steps: Sequence[Step]) -> Steps:
    entry = next(iter(input_shapes(table)), ())
    shapes = [entry, *(step.output_shape for step in steps)]
    names = [f"{SOURCE}0", *(f"row {place}" for place in range(len(steps)))]
    return tuple(
        Step(
            name=names[place + 1],
            number=step.number,
            kind=step.kind,
            inputs=(names[place],),
            input_shapes=(shapes[place],),
            output_shape=step.output_shape,
            parameters=step.parameters,
            settings=_width(step),
        )
        for place, step in enumerate(steps)
    )
