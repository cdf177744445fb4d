"""Two layer tables laid side by side: what differs, in words, in credit, and as an exhibit."""

from collections.abc import Callable, Sequence
from typing import Any

from grader.checks.architecture.comparison import Change, compare
from grader.checks.architecture.steps import Step, Steps, input_shapes
from grader.checks.architecture.tables import outputs_text, totals
from grader.checks.wording import count
from grader.evidence import LayerTable
from grader.verdict import Finding, failed, passed

SAID = 5
# Beyond this a model earns nothing in any case, and laying it beside the reference only takes time.
MOST_TIMES, MOST_ROWS = 5, 100


def side_by_side(
    found: LayerTable, expected: LayerTable, form: Callable[[LayerTable], Steps], *, partial: bool
) -> Finding:
    """Judge that both tables are the same in *form*; each difference costs one expected layer's share.

    Unless *partial*: then one difference costs everything, as another input shape always does.
    """
    if found.self_reported:
        return failed("A subclass has no layers that could be laid beside the expected ones.")
    mine, wanted = form(found), form(expected)
    if len(mine) > MOST_TIMES * len(wanted) + MOST_ROWS:
        return failed(
            f"Found {count(len(mine), 'layer')}; expected {len(wanted)}. Build only what is asked for."
        )
    changes = compare(mine, wanted)
    outside = _outside(found, expected, changes)
    wrong = [change for change in changes if change.counts]
    exhibit = _exhibit(changes, found, expected)
    if not wrong and not outside:
        return passed(exhibit=exhibit)
    number = len(wrong) + len(outside)
    credit = max(0.0, 1 - number / max(1, len({step.number for step in wanted})))
    fair = partial and _entry(found) == _entry(expected)
    return failed(_message(outside, changes), credit if fair else 0.0, exhibit=exhibit)


def _entry(table: LayerTable) -> list[Any]:
    return [shape[1:] for shape in input_shapes(table)]


def _outside(found: LayerTable, expected: LayerTable, changes: Sequence[Change]) -> list[str]:
    """Return differences that are no row's: the input shape, and which step is the model's output."""
    if _entry(found) != _entry(expected):
        shown = [" and ".join(map(str, input_shapes(table))) or "unknown" for table in (found, expected)]
        return [f"the input shape is {shown[0]}, expected {shown[1]}"]
    if len(found.other_outputs) != len(expected.other_outputs):
        return [f"found {outputs_text(found)}, expected {1 + len(expected.other_outputs)}"]
    ends = [table.output_shape[1:] if table.output_shape else None for table in (found, expected)]
    if ends[0] == ends[1] or any(change.change != "same" for change in changes):
        return []
    return [f"the output shape is {found.output_shape}, expected {expected.output_shape}"]


def _message(outside: Sequence[str], changes: Sequence[Change]) -> str:
    texts = [*outside, *(_said(changes, place) for place, change in enumerate(changes) if change.counts)]
    shifted = sum(change.change == "shifted" for change in changes)
    lead = f"{count(len(texts), 'difference')} from the expected model: {'; '.join(texts[:SAID])}"
    more = f"; and {len(texts) - SAID} more" if len(texts) > SAID else ""
    verb = "shifts" if shifted == 1 else "shift"
    shift = (
        f"; the output shape or parameters of {count(shifted, 'row')} {verb} because of that"
        if shifted
        else ""
    )
    return f"{lead}{more}{shift}. Put the first one right, then look at model.summary() again."


def _said(changes: Sequence[Change], place: int) -> str:
    """Return one difference in words, with its place among the student's layers."""
    change = changes[place]
    if change.found and change.expected:
        return f"layer {change.found.number}, {change.found.label}: {change.why}"
    if change.found:
        return f"an extra {change.found.label} {_after(changes[:place])}"
    return f"a missing {change.step.label} {_after(changes[:place])}"


def _after(before: Sequence[Change]) -> str:
    known = [change.found for change in before if change.found and not change.found.part_of]
    return f"after layer {known[-1].number}, {known[-1].label}" if known else "at the beginning"


def _exhibit(changes: Sequence[Change], found: LayerTable, expected: LayerTable) -> dict[str, Any]:
    rows = [
        {
            "change": change.change,
            "found": _row(change.found),
            "expected": _row(change.expected),
            "why": change.why,
        }
        for change in changes
    ]
    return {"kind": "layers", "rows": rows, "totals": {"found": totals(found), "expected": totals(expected)}}


def _row(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {"kind": step.label, "output_shape": list(step.output_shape), "parameters": step.parameters}
