"""What a check says: a closed set of verdicts, and the finding that carries one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How one check ended. Only ``UNGRADED`` is our fault; it never counts as 0."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    NOT_ATTEMPTED = "not_attempted"
    SKIPPED = "skipped"
    UNGRADED = "ungraded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One check's verdict on one submission.

    ``credit`` is the share of the check's points that was earned, from 0.0 to 1.0. ``message`` says
    what was found, what was expected and what to do next; it may hold expected values, so reports
    withhold it from students when the check is hidden. ``hint`` names the mistake behind a wrong
    answer and is safe to show. ``exhibit`` is JSON-able material for reports, its ``kind`` first.
    """

    verdict: Verdict
    credit: float = 0.0
    message: str = ""
    hint: str = ""
    self_reported: bool = False
    exhibit: Mapping[str, Any] = field(default_factory=dict)


def passed(message: str = "", **more: Any) -> Finding:
    """Return a finding with full credit."""
    return Finding(verdict=Verdict.PASSED, credit=1.0, message=message, **more)


def failed(message: str, credit: float = 0.0, **more: Any) -> Finding:
    """Return a finding for a wrong answer, with partial *credit* where the check gives it."""
    return Finding(verdict=Verdict.FAILED, credit=credit, message=message, **more)


def fault(error: Exception) -> dict[str, Any]:
    """Return what *error*, a mistake of ours, says, as an exhibit for staff: it may name hidden values."""
    return {"kind": "fault", "text": f"{type(error).__name__}: {error}"[:500]}
