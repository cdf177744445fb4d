"""The check ``train_statistics_only``: a scaler learns from the training part, and from nothing else."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.columns import mixed_column, same_rows, scaled_by_others
from grader.checks.gates import broke, evidence_of, ungraded
from grader.checks.mismatch import as_array, kind_text
from grader.checks.wording import listing
from grader.evidence import Happening
from grader.verdict import Finding, failed, passed

Array = np.ndarray[Any, Any]


class Parts(NamedTuple):
    """Training and test features, each (rows, columns)."""

    train: Array
    test: Array


TOGETHER_HINT = (
    "The scaler was fitted on the training and test parts together: fit it on the training part alone."
)
OWN_HINT = "The test part was scaled by its own statistics: scale it with those of the training part."


def train_statistics_only(case: Case) -> Finding:
    """Judge that scaled training rows never depend on the test part, nor a test row on the others."""
    evidence = evidence_of(case, case.of)
    if isinstance(evidence, Finding):
        return evidence
    if len(evidence.outcomes) < 2:
        return ungraded("This check needs two cases or more that share their training part.")
    calls = call_texts(case.observation, case.of)
    known: list[Parts] = []
    for place, (call, outcome) in enumerate(zip(calls, evidence.outcomes, strict=True)):
        if outcome.happening is not Happening.RETURNED:
            return broke(call, outcome.error)
        parts = _parts(outcome.value, _given(case, place))
        if isinstance(parts, str):
            return failed(f"`{call}`: {parts}")
        known.append(parts)
    return _compared(known, [_given(case, place) for place in range(len(known))])


def _given(case: Case, place: int) -> Parts | None:
    """Return the features that went in, where they are known."""
    cases = (case.inputs or {}).get(case.of, ())
    arrays = [as_array(value) for value in cases[place][:2]] if place < len(cases) else []
    known = [array for array in arrays if array is not None and array.ndim == 2]
    return Parts(*known) if len(known) == 2 else None


def _parts(value: Any, given: Parts | None) -> Parts | str:
    """Return the two scaled arrays, or what is wrong with *value*."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return f"found {kind_text(value)}; expected a pair. Return `train_scaled, test_scaled`."
    found = Parts(*map(_array, value))
    for place, name in enumerate(Parts._fields):
        fault = _fault(name, value[place], found[place], given[place] if given else None)
        if fault:
            return fault
    if found.train.shape[1] != found.test.shape[1]:
        return (
            f"found {found.train.shape[1]} columns in the training part and {found.test.shape[1]} in the "
            "test part; expected as many in both. Scale every column, and add or drop none."
        )
    return found


def _array(value: Any) -> Array:
    array = as_array(value)
    return np.empty(0, dtype="U1") if array is None else array


def _fault(name: str, value: Any, array: Array, given: Array | None) -> str:
    if array.dtype.kind not in "iuf":
        return f"the {name} part is {kind_text(value)}; expected an array of floats. Return NumPy arrays."
    if array.ndim != 2 or (given is not None and array.shape != given.shape):
        wanted = f"shape {given.shape}" if given is not None else "(rows, columns)"
        return f"the {name} part has shape {array.shape}; expected {wanted}. Keep every row and column."
    if array.dtype.kind != "f":
        return f"the {name} part holds {array.dtype}; expected floats. Divide with `/` and do not round."
    return _not_finite(name, array)


def _not_finite(name: str, array: Array) -> str:
    lost = [str(column) for column in np.flatnonzero(~np.isfinite(array).all(axis=0))]
    if not lost:
        return ""
    return (
        f"the {name} part is NaN or infinite in column {listing(lost)}; expected finite numbers. A constant "
        "column has deviation and range 0: divide by 1 there."
    )


def _compared(known: Sequence[Parts], given: Sequence[Parts | None]) -> Finding:
    first = known[0]
    for later, inputs in zip(known[1:], given[1:], strict=True):
        fault = _dependence(first, later, _same_start(given[0], inputs))
        if fault:
            return fault
    return _column_fault(known, [one for one in given if one]) or _foreign(known, given) or passed()


def _foreign(known: Sequence[Parts], given: Sequence[Parts | None]) -> Finding | None:
    """Fail a scaler that gave the same in every case, and yet scaled by more than the training rows."""
    pairs = [(one.train, each.train) for one, each in zip(given, known, strict=True) if one]
    if not any(scaled_by_others(*pair) for pair in pairs):
        return None
    return failed(
        "The scaled training part has nearly the same mean and deviation in every column, but not quite; "
        "expected the same (or the same minimum and maximum). Compute them from the training part of this "
        "very call, and keep nothing from another.",
        hint=TOGETHER_HINT,
    )


def _dependence(first: Parts, later: Parts, same_start: bool) -> Finding | None:  # noqa: FBT001
    if first.train.shape != later.train.shape or not same_rows(first.train, later.train):
        return failed(
            "The same training part was scaled differently when only the test part changed; expected "
            "the same numbers. Compute mean and deviation (or minimum and maximum) from the training part.",
            hint=TOGETHER_HINT,
        )
    rows = min(len(first.test), len(later.test))
    if same_start and not same_rows(first.test[:rows], later.test[:rows]):
        return failed(
            "The same test rows were scaled differently when other test rows were left out; expected "
            "the same numbers. Use the training part's statistics on the test part.",
            hint=OWN_HINT,
        )
    return None


def _same_start(first: Parts | None, later: Parts | None) -> bool:
    """Return whether one case's test part begins as the other's does; so it is unless we know better."""
    if first is None or later is None:
        return True
    rows = min(len(first.test), len(later.test))
    return bool(np.array_equal(first.test[:rows], later.test[:rows]))


def _column_fault(known: Sequence[Parts], given: Sequence[Parts]) -> Finding | None:
    if len(given) != len(known):
        return None
    before = np.concatenate([part for parts in given for part in parts])
    after = np.concatenate([part for parts in known for part in parts])
    column = mixed_column(before, after)
    if column is None:
        return None
    return failed(
        f"Column {column} is not scaled by itself: equal or growing inputs do not give equal or growing "
        "outputs. Expected each column to be a function of that column alone. Check the axis (axis=0), the "
        "order of the columns, and that training and test parts are treated alike."
    )
