"""What is different from the last time the same work was checked."""

from collections.abc import Iterable
from dataclasses import dataclass

from grader.grade import Grade
from grader.verdict import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A check whose verdict is another than before."""

    exercise: str
    check: str
    before: Verdict
    after: Verdict


def changes(before: Iterable[Grade], after: Iterable[Grade]) -> list[Change]:
    """Return the checks of *after* that *before* judged otherwise; one that is new is no change."""
    known = {(grade.exercise, one.check): one.finding.verdict for grade in before for one in grade.findings}
    now = [(grade.exercise, one.check, one.finding.verdict) for grade in after for one in grade.findings]
    return [
        Change(exercise=exercise, check=check, before=known[exercise, check], after=verdict)
        for exercise, check, verdict in now
        if known.get((exercise, check), verdict) is not verdict
    ]
