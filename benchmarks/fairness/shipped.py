"""The check that is graded: the shipped one in which the student's scaling is trained."""

from pathlib import Path

from grader.exercise import Check, Exercise, Trains
from grader.readers.exercises import read_exercises

ROOT = Path(__file__).parents[2]
DATASETS = ROOT / "datasets"
EXERCISE = "feature-scaling"


def exercise() -> Exercise:
    """Return the exercise with its solution."""
    (found,) = read_exercises(ROOT / "exercises", ROOT / "solutions", [EXERCISE])
    return found


def scaling_check() -> Check:
    """Return the training check that takes the scaling from the student."""
    (found,) = (
        check
        for check in exercise().checks
        if isinstance(check.settings, Trains)
        and check.settings.scaling
        and "scaling" not in check.settings.use_reference
    )
    return found


def settings_of(check: Check) -> Trains:
    """Return the settings of a training check."""
    if not isinstance(check.settings, Trains):
        raise TypeError(f"{check.id} trains nothing")
    return check.settings
