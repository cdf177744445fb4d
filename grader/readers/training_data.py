"""Holds training checks against their data before anything is graded: labels, parts, classes, rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.errors import ExerciseError, Flaw
from grader.exercise import Exercise, Recipe, Trains
from grader.readers.datasets import read_dataset


def check_training_data(exercise: Exercise, datasets: Path) -> None:
    """Raise ``ExerciseError`` when a training check's data cannot be read, or have no labels or parts."""
    for check in exercise.checks:
        if not isinstance(check.settings, Trains):
            continue
        try:
            dataset = read_dataset(datasets, check.settings.data)
            parts = dataset.for_training()
        except (KeyError, ValueError) as error:
            raise _unusable(exercise, check.id, f"data that do not fit dataset.yaml ({error})") from error
        if any(labels is None or len(features) == 0 for features, labels in parts):
            raise _unusable(exercise, check.id, "data without labels, or without a training part")
        unseen = [name for name in Trains.of_unseen_rows if getattr(check.settings, name) is not None]
        if unseen and not dataset.is_split:
            found = f"{unseen[0]} on data that are not split"
            raise _unusable(exercise, check.id, found, "data with a test part, or limits on the loss alone")
        for found, expected in _misfits(check.settings.recipe, parts[0][1]):
            raise _unusable(exercise, check.id, found, expected)


def _misfits(recipe: Recipe, labels: Any) -> Iterator[tuple[str, str]]:
    """Yield what of *recipe* does not fit the training part's *labels*: what was found, and expected."""
    classes, rows = 1 + int(labels.max()), len(labels)
    if isinstance(recipe.class_weight, list) and len(recipe.class_weight) != classes:
        yield f"{len(recipe.class_weight)} class weights", f"one for each of {classes} classes"
    kept = int(rows * (1.0 - recipe.validation_split))
    if recipe.validation_split and not 0 < kept < rows:
        yield f"a validation_split of {recipe.validation_split:g} of {rows} rows", "rows on both sides of it"


def _unusable(exercise: Exercise, check: str, found: str, expected: str = "labelled data") -> ExerciseError:
    return ExerciseError(
        [Flaw(file=f"{exercise.id}.yaml", line=1, where=check, found=found, expected=expected)]
    )
