"""What a student may see of a grade. Everything that goes to students passes through here."""

import math
from dataclasses import replace

from grader.errors import ExerciseError, SandboxError, UsageError
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


def fault_for_student(error: BaseException, *, private: bool = True) -> str:
    """Return what may be said of *error*, a fault of ours or an author's, where students read it.

    Of mistakes in exercises only the places, if anything *private* was read; of a mistake in the grader only
    the kind: either may name hidden values.
    """
    if isinstance(error, ExerciseError):
        return _places(error) if private else str(error)
    if isinstance(error, UsageError | SandboxError):
        return str(error)
    return (
        f"the grader failed ({type(error).__name__}). What it said may hold hidden values and is not shown "
        "here: run 'grader grade' on the same notebook where only staff can read"
    )


def _places(error: ExerciseError) -> str:
    places = "\n".join(dict.fromkeys(f"  {flaw.file}:{flaw.line}" for flaw in error.flaws))
    return (
        f"{len(error.flaws)} mistake{'s' * (len(error.flaws) > 1)} in exercise files:\n{places}\n"
        "What is wrong there may be hidden and is not shown here: 'grader prove' tells its author"
    )


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
