"""All checks of an exercise applied to one submission's facts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.checks.case import Case, Inputs
from grader.checks.gates import ungraded
from grader.checks.hints import KnownMistake, hinted
from grader.checks.table import CHECKS
from grader.evidence import Facts
from grader.exercise import Check, Exercise
from grader.verdict import Finding, Verdict, fault

__all__ = ["KnownMistake", "judge"]


def judge(  # noqa: PLR0913 - what came out, what should have, and with what: all are needed
    exercise: Exercise,
    student: Facts,
    reference: Facts | None,
    mistakes: Sequence[KnownMistake] = (),
    *,
    checks: Sequence[Check] | None = None,
    inputs: Inputs | None = None,
) -> dict[str, Finding]:
    """Return one finding for each check's id, in the order of *checks* (all of the exercise's unless given).

    *inputs* are the resolved positional arguments of each case of an observation, for checks that relate
    what came out to what went in.
    """
    chosen = {check.id: check for check in (exercise.checks if checks is None else checks)}
    findings: dict[str, Finding] = {}
    for check in _needed_first(chosen):
        case = Case(
            check=check,
            student=student,
            reference=reference,
            observations=exercise.observations,
            inputs=inputs,
        )
        findings[check.id] = _skipped(check, findings) or _judged(case, mistakes)
    return {name: findings[name] for name in chosen}


def _needed_first(chosen: Mapping[str, Check]) -> list[Check]:
    """Return the checks with those that are needed before those that need them."""
    ordered: dict[str, Check] = {}

    def visit(check: Check, above: frozenset[str]) -> None:
        for name in check.settings.needs:
            # Readers refuse cycles and unknown ids; a check left out of this run is taken as passed.
            if name in chosen and name not in above:
                visit(chosen[name], above | {name})
        ordered.setdefault(check.id, check)

    for check in chosen.values():
        visit(check, frozenset({check.id}))
    return list(ordered.values())


def _skipped(check: Check, findings: Mapping[str, Finding]) -> Finding | None:
    """Return the finding for a check whose needs are not met; ungraded when that is our doing."""
    for name in check.settings.needs:
        needed = findings.get(name)
        if needed is None or needed.verdict is Verdict.PASSED:
            continue
        if needed.verdict is Verdict.UNGRADED:
            return ungraded(f"This check needs {name}, which could not be graded.")
        text = f"This check needs {name}, which {WORDS[needed.verdict]}. Put that right first."
        return Finding(verdict=Verdict.SKIPPED, message=text)
    return None


WORDS: Mapping[Verdict, str] = {
    Verdict.FAILED: "failed",
    Verdict.BROKEN: "broke",
    Verdict.TIMED_OUT: "timed out",
    Verdict.OUT_OF_MEMORY: "ran out of memory",
    Verdict.NOT_ATTEMPTED: "was not attempted",
    Verdict.SKIPPED: "was itself skipped",
}


def _judged(case: Case, mistakes: Sequence[KnownMistake]) -> Finding:
    # A fault in a check is ours, whatever it is: the submission stays ungraded, and the others go on.
    try:
        finding = CHECKS[case.check.name](case)
    except Exception as error:  # noqa: BLE001
        return replace(ungraded(f"The check itself failed ({type(error).__name__})."), exhibit=fault(error))
    try:
        return hinted(finding, case, mistakes)
    except Exception:  # noqa: BLE001
        return finding
