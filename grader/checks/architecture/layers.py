"""The check ``layers``: the student's layers aligned with the reference's."""

from grader.checks.architecture.normal_form import normal_form
from grader.checks.architecture.side_by_side import side_by_side
from grader.checks.architecture.steps import exact_form
from grader.checks.architecture.tables import marked, reference_table, student_table
from grader.checks.case import Case
from grader.exercise import Layers
from grader.verdict import Finding


def layers(case: Case) -> Finding:
    """Judge that the model computes what the reference computes; names and spellings do not matter."""
    found = student_table(case)
    if isinstance(found, Finding):
        return found
    expected = reference_table(case)
    if isinstance(expected, Finding):
        return expected
    settings = case.settings(Layers)
    form = exact_form if settings.exact else normal_form
    return marked(side_by_side(found, expected, form, partial=settings.partial), found)
