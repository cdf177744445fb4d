"""What the checks of values share: all cases compared, counted and shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.exhibits import values_exhibit
from grader.checks.expecting import expected_outcomes, is_sealed, sealable
from grader.checks.gates import VERDICTS, broke, error_text, evidence_of, is_a, stop_text, ungraded
from grader.checks.mismatch import ADVICE, Aspect, Mismatch
from grader.checks.sealing import matches_seal
from grader.checks.wording import count, short
from grader.evidence import Evidence, Happening, Outcome
from grader.exercise import Expecting
from grader.verdict import Finding, failed, passed

Compare = Callable[[Any, Any], Mismatch | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One case beside what was expected of it; ``mismatch`` is ``None`` when it is right."""

    call: str
    found: Outcome
    expected: str
    mismatch: Mismatch | None


def judge_values(case: Case, compare: Compare, *, partial: bool) -> Finding:
    """Return the finding for all cases of a value check; *compare* judges two values that returned."""
    evidence = evidence_of(case, case.of, partial=partial)
    if isinstance(evidence, Finding):
        return evidence
    if is_sealed(case.settings(Expecting)):
        return _judge_sealed(case, evidence)
    expected = expected_outcomes(case)
    if isinstance(expected, Finding):
        return expected
    return _judge_cases(case, evidence, expected, compare, partial=partial)


def _judge_cases(
    case: Case, evidence: Evidence, expected: Sequence[Outcome], compare: Compare, *, partial: bool
) -> Finding:
    if len(expected) != len(evidence.outcomes):
        return ungraded(f"The reference has {count(len(expected), 'case')}, not {len(evidence.outcomes)}.")
    calls = call_texts(case.observation, case.of)
    compared = [
        Compared(
            call=call,
            found=found,
            expected=_wanted(want),
            mismatch=_differ(case, place, found, want, compare),
        )
        for place, (call, found, want) in enumerate(zip(calls, evidence.outcomes, expected, strict=True))
    ]
    gave_up = all(
        found.happening is Happening.RAISED and want.happening is Happening.RETURNED
        for found, want in zip(evidence.outcomes, expected, strict=True)
    )
    return broke(calls[0], evidence.outcomes[0].error) if gave_up else verdict_of(compared, partial=partial)


def _wanted(expected: Outcome) -> str:
    if expected.happening is Happening.RAISED:
        return f"{expected.error.type if expected.error else 'an exception'} is raised"
    return short(expected.value)


def _differ(case: Case, place: int, found: Outcome, want: Outcome, compare: Compare) -> Mismatch | None:
    both = (found.happening, want.happening)
    if both == (Happening.RETURNED, Happening.RETURNED):
        return compare(found.value, want.value)
    if both == (Happening.RAISED, Happening.RAISED) and want.error and is_a(found.error, want.error.type):
        return None
    return Mismatch(aspect=Aspect.KIND, path="", text=_instead(case, place, found, want))


def _instead(case: Case, place: int, found: Outcome, want: Outcome) -> str:
    wanted = f"expected {_wanted(want) if want.happening is Happening.RAISED else short(want.value, 100)}"
    match found.happening:
        case Happening.RETURNED:
            return f"found {short(found.value, 100)}; expected that {_wanted(want)}"
        case Happening.RAISED:
            return f"raised {error_text(found.error)}; {wanted}"
    return f"{stop_text(case, case.of, place, found)} {wanted[0].upper()}{wanted[1:]}."


def verdict_of(compared: Sequence[Compared], *, partial: bool) -> Finding:
    """Return the finding for cases already compared; with *partial* each right one earns its share."""
    wrong = [one for one in compared if one.mismatch]
    exhibit = values_exhibit([_shown(one) for one in compared], _window(wrong))
    if not wrong:
        return passed(exhibit=exhibit)
    credit = 1 - len(wrong) / len(compared) if partial else 0.0
    return failed(_message(compared, wrong), credit, exhibit=exhibit)


def _message(compared: Sequence[Compared], wrong: Sequence[Compared]) -> str:
    first = wrong[0]
    several = f"{len(wrong)} of {count(len(compared), 'case')} {'is' if len(wrong) == 1 else 'are'} wrong. "
    lead = f"{several if len(compared) > 1 else ''}`{first.call}`: {first.mismatch}."
    return f"{lead} {first.mismatch.advice if first.mismatch else ''}"


def _window(wrong: Sequence[Compared]) -> Any:
    return wrong[0].mismatch.window if wrong and wrong[0].mismatch else {}


def _shown(one: Compared) -> dict[str, Any]:
    return {
        "call": one.call,
        "found": _told_apart(one),
        "expected": one.expected,
        "right": one.mismatch is None,
    }


def _told_apart(one: Compared) -> str:
    """Return what was found; where it looks right, and no window tells more, with how it differs."""
    found, mismatch = found_text(one.found), one.mismatch
    looks_right = mismatch and not mismatch.window and found == one.expected
    return f"{found} ({mismatch})" if looks_right else found


def found_text(found: Outcome) -> str:
    """Return what came of one case, in at most 200 characters."""
    if found.happening is Happening.RETURNED:
        return short(found.value)
    if found.happening is Happening.RAISED:
        return short_error(found)
    return VERDICTS[found.happening].value.replace("_", " ")


def short_error(found: Outcome) -> str:
    """Return the exception of *found*, as a value would be shown."""
    return f"raised {error_text(found.error)}"[:200]


def _judge_sealed(case: Case, evidence: Evidence) -> Finding:
    calls = call_texts(case.observation, case.of)
    if matches_seal(sealable(evidence.outcomes), case.settings(Expecting).sealed or ""):
        return passed()
    if len(calls) == 1 and evidence.outcomes[0].happening is Happening.RAISED:
        return broke(calls[0], evidence.outcomes[0].error)
    found = f"`{calls[0]}` gave {found_text(evidence.outcomes[0])}; " if len(calls) == 1 else ""
    return failed(f"{found}this is not the expected answer, which is sealed. {ADVICE[Aspect.VALUE]}")
