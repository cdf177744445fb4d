"""The check ``parameters``: a count of ``model.summary()``, and the mistake behind a wrong one."""

from collections.abc import Iterator

from grader.checks.architecture.steps import input_shapes
from grader.checks.architecture.tables import marked, reference_table, student_table, totals
from grader.checks.case import Case
from grader.checks.expecting import is_sealed, unwrapped
from grader.checks.gates import ungraded
from grader.checks.sealing import matches_seal
from grader.evidence import LayerRow, LayerTable
from grader.exercise import Parameters
from grader.verdict import Finding, failed, passed

# The setting that says how many biases a layer has.
BIASED = ("units", "filters")


def parameters(case: Case) -> Finding:
    """Judge that the model has the expected number of parameters."""
    table = student_table(case)
    if isinstance(table, Finding):
        return table
    settings = case.settings(Parameters)
    found = totals(table)[settings.count]
    if is_sealed(settings):
        return marked(_sealed(found, settings), table)
    expected = _expected(case, settings)
    if isinstance(expected, Finding):
        return expected
    return marked(passed(f"{found:,}") if found == expected else _wrong(case, table, found, expected), table)


def _sealed(found: int, settings: Parameters) -> Finding:
    if matches_seal(found, settings.sealed or ""):
        return passed(f"{found:,}")
    return failed(f"Found {found:,} {_noun(settings)}; expected another number, which is sealed. {NEXT}")


NEXT = "Compare model.summary() with your own count, layer by layer."


def _noun(settings: Parameters) -> str:
    return f"{settings.count.replace('_', '-')} parameters" if settings.count != "total" else "parameters"


def _expected(case: Case, settings: Parameters) -> int | Finding:
    if "expect" in settings.model_fields_set:
        given = unwrapped(settings.expect)
        whole = isinstance(given, int | float) and given == int(given)
        return int(given) if whole else ungraded(f"`expect` must be a whole number, not {given!r}.")
    table = reference_table(case)
    return table if isinstance(table, Finding) else int(totals(table)[settings.count])


def _wrong(case: Case, table: LayerTable, found: int, expected: int) -> Finding:
    known = case.reference.tables.get(case.of) if case.reference else None
    reference = known if isinstance(known, LayerTable) else None
    causes = list(_causes(table, reference, found - expected))
    cause = f" {causes[0]}" if causes else ""
    noun = _noun(case.settings(Parameters))
    return failed(
        f"Found {found:,} {noun}; expected {expected:,}, a difference of {found - expected:+,}.{cause} {NEXT}"
    )


def _causes(table: LayerTable, reference: LayerTable | None, gap: int) -> Iterator[str]:
    """Yield the usual mistakes that the difference *gap* (found minus expected) gives away."""
    if reference is not None and input_shapes(table)[:1] != input_shapes(reference)[:1]:
        yield f"The input shape is {table.input_shape}; expected {reference.input_shape}."
    if gap and table.trainable == 0 < table.parameters and -gap <= table.parameters:
        yield "Every layer is frozen (trainable=False)."
    without, with_ = _biases(table, used=False), _biases(table, used=True)
    if without and gap == -without:
        yield f"That is the number of biases that are switched off: without biases, {-gap:,} are missing."
    if with_ and gap == with_:
        yield "That is the number of biases: the expected model has none (use_bias=False)."
    lone = next((row for row in table.rows if row.parameters == gap > 0), None)
    if lone:
        yield f"That is what {lone.kind} {lone.name!r} has: is it one layer too many?"
    lost = next((row for row in (reference.rows if reference else ()) if row.parameters == -gap > 0), None)
    if lost:
        yield f"That is what one {lost.kind} has: is a layer missing?"


def _biases(table: LayerTable, *, used: bool) -> int:
    """Return the biases of all layers that have (or could have) them."""
    return sum(_width(row) for row in table.rows if row.settings.get("use_bias", None) is used)


def _width(row: LayerRow) -> int:
    widths = [row.settings[name] for name in BIASED if isinstance(row.settings.get(name), int)]
    return widths[0] if widths else 0
