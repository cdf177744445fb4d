"""The check ``output_shape``: what comes out of the model for one example."""

from collections.abc import Iterator

from grader.checks.architecture.tables import marked, outputs_text, reference_table, student_table
from grader.checks.case import Case
from grader.checks.expecting import is_sealed, unwrapped
from grader.checks.gates import ungraded
from grader.checks.sealing import matches_seal
from grader.checks.wording import count
from grader.evidence import LayerTable
from grader.exercise import OutputShape
from grader.verdict import Finding, failed, passed

Shape = tuple[int | None, ...]


def output_shape(case: Case) -> Finding:
    """Judge that the model's output has the expected shape; ``None`` is the batch dimension."""
    table = student_table(case)
    if isinstance(table, Finding):
        return table
    if table.output_shape is None:
        text = "The model's output shape is not known; expected one. Begin the model with keras.Input."
        return marked(failed(text), table)
    if table.other_outputs:
        return marked(failed(f"Found {outputs_text(table)}; expected one. {ONE_OUTPUT}"), table)
    settings = case.settings(OutputShape)
    if is_sealed(settings):
        return marked(_sealed(tuple(table.output_shape), settings), table)
    expected = _expected(case, settings)
    if isinstance(expected, Finding):
        return expected
    return marked(_judged(tuple(table.output_shape), expected), table)


def _sealed(found: Shape, settings: OutputShape) -> Finding:
    if matches_seal(found, settings.sealed or ""):
        return passed(str(found))
    return failed(f"Found output shape {found}; expected another, which is sealed. {NEXT}")


ONE_OUTPUT = "Give keras.Model the one output that is asked for."
NEXT = "Follow the shapes down model.summary()."


def _expected(case: Case, settings: OutputShape) -> Shape | Finding:
    if "expect" in settings.model_fields_set:
        given = unwrapped(settings.expect)
        return (
            tuple(given) if isinstance(given, list | tuple) else ungraded("`expect` must be a list of sizes.")
        )
    table = reference_table(case)
    if isinstance(table, LayerTable):
        known = table.output_shape
        return (
            tuple(known)
            if known is not None
            else ungraded("The reference model's output shape is not known.")
        )
    return table


def _judged(found: Shape, expected: Shape) -> Finding:
    if found == expected:
        return passed(str(found))
    cause = next(_causes(found, expected), "")
    return failed(f"Found output shape {found}; expected {expected}. {f'{cause} ' if cause else ''}{NEXT}")


def _causes(found: Shape, expected: Shape) -> Iterator[str]:
    """Yield the usual mistakes that a wrong shape gives away."""
    if found[1:] == expected[1:]:
        yield "The batch dimension is fixed: leave it out of the input's shape."
    if len(found) != len(expected):
        more = count(abs(len(found) - len(expected)), "dimension")
        word = (
            "too many: is a Flatten or a global pooling missing" if len(found) > len(expected) else "too few"
        )
        yield f"That is {more} {word}{'?' if len(found) > len(expected) else '.'}"
    elif sorted(map(str, found)) == sorted(map(str, expected)):
        yield "The sizes are right but in another order: Keras puts channels last."
    elif found[:-1] == expected[:-1]:
        yield "Only the last size differs: look at the units or filters of the last layer."
    elif found[-1] == expected[-1]:
        yield "Only width and height differ: look at kernel sizes, strides and padding."
