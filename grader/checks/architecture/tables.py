"""The layer tables of a case, or the finding that says why there is none."""

from dataclasses import replace
from typing import Any

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.gates import broke, evidence_of, refused, ungraded
from grader.checks.mismatch import kind_text
from grader.evidence import ExportedModel, Happening, LayerTable, Refusal
from grader.verdict import Finding, failed


def student_table(case: Case) -> LayerTable | Finding:
    """Return the table of the model that the student's observation returned."""
    evidence = evidence_of(case, case.of)
    if isinstance(evidence, Finding):
        return evidence
    call, outcome = call_texts(case.observation)[0], evidence.outcomes[0]
    if outcome.happening is not Happening.RETURNED:
        return broke(call, outcome.error)
    if not isinstance(outcome.value, ExportedModel):
        text = f"`{call}` gave {kind_text(outcome.value)}; expected a Keras model. Return the model itself."
        return failed(text)
    table = case.student.tables.get(case.of)
    if table is None:
        return ungraded(f"The referee has not looked at the model of {case.of!r}. Judge it again.")
    return refused(table) if isinstance(table, Refusal) else table


def reference_table(case: Case) -> LayerTable | Finding:
    """Return the reference's table; without one nothing can be said, and that is not the student's doing."""
    table = case.reference.tables.get(case.of) if case.reference else None
    if isinstance(table, LayerTable):
        return table
    return ungraded(f"There is no reference table of {case.of!r} to compare with.")


def marked(finding: Finding, table: LayerTable) -> Finding:
    """Return *finding*, marked when it rests on the submission's own word."""
    return replace(finding, self_reported=True) if table.self_reported else finding


def totals(table: LayerTable) -> dict[str, Any]:
    """Return the counts at the foot of ``model.summary()``."""
    return {"total": table.parameters, "trainable": table.trainable, "non_trainable": table.non_trainable}
