"""The sign of each verdict and mark. Colour never says anything alone: some readers see none."""

from grader.reports.standings import Mark
from grader.verdict import Verdict

VERDICT_SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.BROKEN: "!",
    Verdict.TIMED_OUT: "⏱",
    Verdict.OUT_OF_MEMORY: "▲",
    Verdict.NOT_ATTEMPTED: "—",
    Verdict.SKIPPED: "·",
    Verdict.UNGRADED: "?",
}
VERDICT_WORDS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.BROKEN: "broken",
    Verdict.TIMED_OUT: "timed out",
    Verdict.OUT_OF_MEMORY: "out of memory",
    Verdict.NOT_ATTEMPTED: "not attempted",
    Verdict.SKIPPED: "skipped",
    Verdict.UNGRADED: "not graded yet",
}
# Full, partial and zero marks show their points; these two have none to show.
MARK_SIGNS = {Mark.NOT_ATTEMPTED: "—", Mark.UNGRADED: "?"}
CHANGE_SIGNS = {"same": " ", "extra": "+", "missing": "−", "changed": "≠", "shifted": "→"}  # noqa: RUF001
CHANGE_WORDS = {
    "same": "same",
    "extra": "not expected",
    "missing": "missing",
    "changed": "differs",
    "shifted": "follows from a difference above",
}
