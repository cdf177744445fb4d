"""The checks ``equals`` and ``close``: values held against values."""

from functools import partial

from grader.checks.case import Case
from grader.checks.closeness import farthest_mismatch
from grader.checks.sameness import first_mismatch
from grader.checks.values import judge_values
from grader.exercise import Close, Equals
from grader.verdict import Finding


def equals(case: Case) -> Finding:
    """Judge that every case gave the expected value: kind, shape, dtype when strict, and value."""
    settings = case.settings(Equals)
    return judge_values(case, partial(first_mismatch, strict=settings.strict), partial=settings.partial)


def close(case: Case) -> Finding:
    """Judge that every case gave the expected numbers within the tolerance."""
    settings = case.settings(Close)
    return judge_values(case, partial(farthest_mismatch, settings=settings), partial=settings.partial)
