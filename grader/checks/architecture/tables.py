"""The layer tables of a case, or the finding that says why there is none."""

from dataclasses import replace
from typing import Any

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.gates import broke, evidence_of, refused, ungraded
from grader.checks.mismatch import kind_text
from grader.checks.wording import count
from grader.evidence import ExportedModel, Happening, LayerTable, Refusal
from grader.verdict import Finding, Verdict, failed


def student_table(case: Case) -> LayerTable | Finding:
    """Return the table of the model that the student's observation returned."""
    evidence = evidence_of(case, case.of)
    if isinstance(evidence, Finding):
        return evidence
    call, outcome = call_texts(case.observation, case.of)[0], evidence.outcomes[0]
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


SUBCLASS = (
    "The model is a subclass of keras.Model: it has no configuration, so what is known of it is its own "
    "word, which earns nothing by itself; expected one built with keras.Sequential or keras.Model(inputs, "
    "outputs). Build it so; as it is, a person will look at it."
)


def marked(finding: Finding, table: LayerTable) -> Finding:
    """Return *finding*; failed, with a mark for a person, when it rests on the submission's own word."""
    if not table.self_reported:
        return finding
    told = f"By its own word: {finding.message}. " if finding.verdict is Verdict.PASSED else ""
    text = f"{told or finding.message + ' '}{SUBCLASS}"
    return replace(finding, verdict=Verdict.FAILED, credit=0.0, message=text, self_reported=True)


def outputs_text(table: LayerTable) -> str:
    """Return ``2 outputs of shapes (None, 10) and (None, 3)``."""
    shapes = [table.output_shape, *table.other_outputs]
    return f"{count(len(shapes), 'output')} of shapes {' and '.join(map(str, shapes))}"


def totals(table: LayerTable) -> dict[str, Any]:
    """Return the counts at the foot of ``model.summary()``."""
    return {"total": table.parameters, "trainable": table.trainable, "non_trainable": table.non_trainable}
