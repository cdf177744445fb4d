"""Known mistakes recognised: a wrong answer that equals a mistake's answer gets the mistake's hint."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.checks.case import Case
from grader.checks.table import CHECKS
from grader.evidence import Facts, Happening, Outcome
from grader.exercise import Check, CheckSettings, Close, Equals, Layers, Trains
from grader.verdict import Finding, Verdict

WRONG = frozenset({Verdict.FAILED, Verdict.BROKEN})
HELD_AGAINST_REFERENCE = frozenset(
    {"equals", "close", "sets", "layers", "summary", "parameters", "output_shape"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownMistake:
    """A wrong answer that is known: its name, the hint that names it, and what it does when observed."""

    name: str
    hint: str
    facts: Facts


def hinted(finding: Finding, case: Case, mistakes: Sequence[KnownMistake]) -> Finding:
    """Return *finding* with the hint of the first mistake that gives the student's very answer."""
    if finding.verdict not in WRONG:
        return finding
    mistake = next((one for one in mistakes if _is_wrong(one, case) and _is_it(one, case)), None)
    return replace(finding, hint=mistake.hint) if mistake else finding


def _is_wrong(mistake: KnownMistake, case: Case) -> bool:
    """Return whether *mistake* itself fails this check; one that passes says nothing about it."""
    verdict = CHECKS[case.check.name](replace(case, student=mistake.facts)).verdict
    if verdict is Verdict.UNGRADED and case.check.name == "trains":
        # Mistakes need not be trained: one that differs from the reference is taken for wrong.
        return any(one.verdict in WRONG for one in _held(replace(case, student=mistake.facts)))
    return verdict in WRONG


def _is_it(mistake: KnownMistake, case: Case) -> bool:
    """Return whether the student's facts pass when *mistake* is the reference."""
    held = _held(replace(case, reference=mistake.facts))
    return _same_errors(case, mistake) and all(one.verdict is Verdict.PASSED for one in held)


def _held(case: Case) -> list[Finding]:
    """Return what comes of holding the student's answer against the reference's."""
    return [CHECKS[check.name](replace(case, check=check)) for check in _held_against(case.check)]


def _held_against(check: Check) -> list[Check]:
    """Return the comparisons that tell whether two submissions gave the same answer to *check*."""
    if check.name in HELD_AGAINST_REFERENCE:
        return [_with(check, check.name, _unwritten(check.settings))]
    of = check.settings.of
    if isinstance(check.settings, Trains):
        return _held_in_training(check, check.settings)
    if check.name == "budget":
        return [_with(check, "layers", Layers(of=of))]
    if check.name == "train_statistics_only":
        return [_with(check, "close", Close(of=of))]
    return [_with(check, "equals", Equals(of=of))]


def _held_in_training(check: Check, settings: Trains) -> list[Check]:
    """Return the comparisons of what the student gave to a training: layers, scaled numbers, or both."""
    own = {"of", "scaling"} - set(settings.use_reference)
    same = [_with(check, "layers", Layers(of=settings.of))] if "of" in own else []
    if settings.scaling and "scaling" in own:
        same.append(_with(check, "close", Close(of=settings.scaling)))
    return same


def _with(check: Check, name: str, settings: CheckSettings) -> Check:
    return Check(id=check.id, name=name, settings=settings, visible=check.visible)


def _unwritten(settings: CheckSettings) -> CheckSettings:
    """Return *settings* without expected values, so that the reference's are taken."""
    kept = {name: getattr(settings, name) for name in settings.model_fields_set - {"expect", "sealed"}}
    return type(settings)(**kept)


def _same_errors(case: Case, mistake: KnownMistake) -> bool:
    """Return whether exceptions say the same, where there is nothing else to go by.

    Two answers that fail in every case with a TypeError are alike only if the message is the same.
    """
    evidence = case.student.evidence.get(case.of), mistake.facts.evidence.get(case.of)
    left, right = (one.outcomes if one else () for one in evidence)
    if any(outcome.happening is not Happening.RAISED for outcome in left):
        return True
    return list(map(_message, left)) == list(map(_message, right))


def _message(outcome: Outcome) -> str:
    return outcome.error.message if outcome.error else ""
