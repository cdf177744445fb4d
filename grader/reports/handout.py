"""What a student may see of a grade. Everything that goes to students passes through here."""

import math
from dataclasses import replace

from grader.grade import Grade, MarkedFinding
from grader.verdict import Finding

# Accuracies and losses tell how well a model learned, and nothing about inputs or expected values.
SAFE_EXHIBITS = {"curves"}


def for_student(grade: Grade) -> Grade:
    """Return *grade* as its student may see it.

    Of a hidden check only verdict, points and hint stay, and training curves. Notes stay: they tell how
    the submission's own cells ran the first time, before anything hidden was asked. Seconds go: hidden
    questions are among what they measure. What an exception of ours says goes, too: it may name values.
    """
    return replace(grade, seconds=math.nan, findings=tuple(map(_shown, grade.findings)))


def _shown(marked: MarkedFinding) -> MarkedFinding:
    found = marked.finding
    if marked.visible:
        is_fault = found.exhibit.get("kind") == "fault"
        return replace(marked, finding=replace(found, exhibit={})) if is_fault else marked
    safe = found.exhibit.get("kind") in SAFE_EXHIBITS
    finding = Finding(
        verdict=found.verdict,
        credit=found.credit,
        hint=found.hint,
        self_reported=found.self_reported,
        exhibit=found.exhibit if safe else {},
    )
    return replace(marked, finding=finding)
