"""The check ``raises``: wrong arguments are refused."""

from grader.checks.calls import call_texts
from grader.checks.case import Case
from grader.checks.gates import error_text, evidence_of, is_a, stop_text
from grader.checks.mismatch import Aspect, Mismatch
from grader.checks.values import Compared, verdict_of
from grader.checks.wording import short
from grader.evidence import Happening, Outcome
from grader.exercise import Raises
from grader.verdict import Finding


def raises(case: Case) -> Finding:
    """Judge that every case raises the exception that is asked for, or one derived from it."""
    settings = case.settings(Raises)
    evidence = evidence_of(case, case.of, partial=settings.partial)
    if isinstance(evidence, Finding):
        return evidence
    wanted = f"{settings.error} is raised"
    compared = [
        Compared(
            call=call, found=found, expected=wanted, mismatch=_mismatch(case, place, found, settings.error)
        )
        for place, (call, found) in enumerate(
            zip(call_texts(case.observation, case.of), evidence.outcomes, strict=True)
        )
    ]
    return verdict_of(compared, partial=settings.partial)


def _mismatch(case: Case, place: int, found: Outcome, error: str) -> Mismatch | None:
    if found.happening is Happening.RAISED:
        text = f"raised {error_text(found.error)}; expected {error}"
        return None if is_a(found.error, error) else Mismatch(aspect=Aspect.KIND, path="", text=text)
    if found.happening is Happening.RETURNED:
        text = f"returned {short(found.value, 100)}; expected `raise {error}(...)` for such arguments"
        return Mismatch(aspect=Aspect.KIND, path="", text=text)
    return Mismatch(aspect=Aspect.KIND, path="", text=stop_text(case, case.of, place, found))
