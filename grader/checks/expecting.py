"""What the right outcomes are: the author's ``expect``, or the reference's own evidence."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.checks.calls import case_count
from grader.checks.case import Case
from grader.checks.gates import ungraded
from grader.evidence import Happening, Outcome, Raised
from grader.exercise import Expecting
from grader.verdict import Finding

JUDGEABLE = frozenset({Happening.RETURNED, Happening.RAISED})


def expected_outcomes(case: Case) -> tuple[Outcome, ...] | Finding:
    """Return one right outcome a case, or the finding that says why there are none."""
    settings = case.settings(Expecting)
    if "expect" in settings.model_fields_set:
        return _written(settings.expect, case_count(case.observation))
    evidence = case.reference.evidence.get(case.of) if case.reference else None
    if evidence is None:
        return ungraded(f"There is no reference evidence of {case.of!r} to compare with.")
    if any(outcome.happening not in JUDGEABLE for outcome in evidence.outcomes):
        return ungraded(f"The reference itself did not finish {case.of!r}.")
    return evidence.outcomes


def is_sealed(settings: Expecting) -> bool:
    """Return whether the expected value is known by its seal only."""
    return settings.sealed is not None and "expect" not in settings.model_fields_set


def _written(expect: Any, cases: int) -> tuple[Outcome, ...] | Finding:
    if cases == 1:
        return (_outcome(expect),)
    if not isinstance(expect, list) or len(expect) != cases:
        return ungraded(f"`expect` must be a list with one value for each of the {cases} cases.")
    return tuple(map(_outcome, expect))


def _outcome(value: Any) -> Outcome:
    match value:
        case {"raises": str(error)} if len(value) == 1:
            return Outcome(happening=Happening.RAISED, error=Raised(type=error))
    return Outcome(happening=Happening.RETURNED, value=unwrapped(value))


def unwrapped(value: Any) -> Any:
    """Return the value that YAML wrote: ``{tuple: [...]}`` and ``{array: [...]}`` become what they name."""
    match value:
        case {"tuple": list(items)} if len(value) == 1:
            return tuple(map(unwrapped, items))
        case {"array": items, **rest} if set(rest) <= {"dtype"}:
            dtype: Any = rest.get("dtype")
            return np.array(items, dtype=dtype)
        case dict():
            return {key: unwrapped(item) for key, item in value.items()}
        case list():
            return [unwrapped(item) for item in value]
    return value


def sealable(outcomes: Sequence[Outcome]) -> Any:
    """Return what ``sealing.seal`` is given for *outcomes*: the value, or a list of one value a case.

    An expected exception stands there as ``{"raises": "ValueError"}``.
    """
    values = [_sealable(outcome) for outcome in outcomes]
    return values[0] if len(values) == 1 else values


def _sealable(outcome: Outcome) -> Any:
    if outcome.happening is Happening.RAISED:
        return {"raises": outcome.error.type if outcome.error else ""}
    return outcome.value if outcome.happening is Happening.RETURNED else {"happened": outcome.happening.value}
