"""From evidence to facts: has the referee derive again what a submission could have lied about."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from grader.checks.mismatch import as_array
from grader.errors import ExerciseError, Flaw
from grader.evidence import Evidence, ExportedModel, Facts, Happening, LayerTable, Refusal, Training
from grader.exercise import Budget, Exercise, Layers, OutputShape, Parameters, Trains
from grader.readers.datasets import read_dataset
from grader.sandbox.referee import Referee

ABOUT_TABLES = (Layers, Parameters, OutputShape, Budget)
RAW, SCALED = "raw", "scaled"


def derive(
    exercise: Exercise,
    evidence: Mapping[str, Evidence],
    referee: Referee,
    datasets: Path,
    *,
    train: bool = True,
) -> Facts:
    """Return the facts of one exercise. *evidence* is by observation; ``train`` asks for trainings too."""
    trainings = [check for check in exercise.checks if isinstance(check.settings, Trains)] if train else []
    return Facts(
        evidence=evidence,
        tables=_tables(exercise, evidence, referee),
        trainings={
            check.id: derived
            for check in trainings
            if (derived := _training(check.settings, evidence, referee, datasets)) is not None
        },
    )


def check_training_data(exercise: Exercise, datasets: Path) -> None:
    """Raise ``ExerciseError`` when a training check's data cannot be read, or have no labels or parts."""
    for check in exercise.checks:
        if not isinstance(check.settings, Trains):
            continue
        try:
            parts = [read_dataset(datasets, check.settings.data).part(part) for part in ("train", "test")]
        except (KeyError, ValueError) as error:
            raise _unusable(exercise, check.id, f"data that do not fit dataset.yaml ({error})") from error
        if any(labels is None or len(features) == 0 for features, labels in parts):
            raise _unusable(exercise, check.id, "data without labels, or without a training or test part")


def _unusable(exercise: Exercise, check: str, found: str) -> ExerciseError:
    file = f"{exercise.id}.yaml"
    return ExerciseError(
        [Flaw(file=file, line=1, where=check, found=found, expected="labelled data with a split")]
    )


def _tables(
    exercise: Exercise, evidence: Mapping[str, Evidence], referee: Referee
) -> dict[str, LayerTable | Refusal]:
    wanted = {check.settings.of for check in exercise.checks if isinstance(check.settings, ABOUT_TABLES)}
    tables: dict[str, LayerTable | Refusal] = {}
    for observation in sorted(wanted & evidence.keys()):
        model = _returned(evidence, observation)
        if isinstance(model, ExportedModel):
            tables[observation] = referee.layer_table(model)
        elif evidence[observation].outcomes[0].happening is Happening.RETURNED:
            tables[observation] = _not_a_model(model)
    return tables


def _returned(evidence: Mapping[str, Evidence], observation: str) -> Any:
    """Return the value of *observation*'s first case, ``None`` when there is none."""
    told = evidence.get(observation)
    return told.outcomes[0].value if told and _has_returned(evidence, observation) else None


def _has_returned(evidence: Mapping[str, Evidence], observation: str) -> bool:
    told = evidence.get(observation)
    return told is not None and told.outcomes[0].happening is Happening.RETURNED


def _not_a_model(value: Any) -> Refusal:
    kind = "None (is a return missing?)" if value is None else type(value).__name__
    reason = getattr(value, "type", kind)
    return Refusal(happening=Happening.RETURNED, reason=f"found {reason}, where a Keras model was expected")


def _training(
    settings: Any, evidence: Mapping[str, Evidence], referee: Referee, datasets: Path
) -> Training | Refusal | None:
    """Train as *settings* say; ``None`` when the submission gave nothing to train."""
    wanted = [settings.of, *([settings.scaling] if settings.scaling else [])]
    if not all(_has_returned(evidence, observation) for observation in wanted):
        return None
    model = _returned(evidence, settings.of)
    if not isinstance(model, ExportedModel):
        return _not_a_model(model)
    dataset = read_dataset(datasets, settings.data)
    (train_x, train_y), (test_x, test_y) = dataset.part("train"), dataset.part("test")
    arms = {RAW: {"train": train_x, "test": test_x}}
    if settings.scaling:
        scaled = _scaled_arm(_returned(evidence, settings.scaling), train_x, test_x)
        if isinstance(scaled, Refusal):
            return scaled
        arms[SCALED] = scaled
    message = {
        "arms": arms,
        "labels": {"train": train_y, "test": test_y},
        "seeds": list(settings.seeds),
        "recipe": settings.recipe.model_dump(),
        "parameters_at_most": settings.parameters_at_most,
        "input_shape": list(train_x.shape[1:]),
    }
    return referee.training(model, message)


def _scaled_arm(value: Any, train: Any, test: Any) -> dict[str, Any] | Refusal:
    """Return the student's scaled arrays as an arm, if they have the shapes of what was to be scaled."""
    pair = list(value) if isinstance(value, list | tuple) else []
    # The same reading as the check's, which sees that no labels ride along: no text that looks like numbers.
    known = [array for array in map(as_array, pair) if array is not None and array.dtype.kind in "iuf"]
    arrays = [array.astype("float64") for array in known] if len(known) == len(pair) else []
    if [array.shape for array in arrays] != [train.shape, test.shape]:
        nothing = "None (is a return missing?)" if value is None else type(value).__name__
        found = ", ".join(str(np.shape(each)) for each in arrays) or nothing
        expected = f"two arrays of shapes {train.shape} and {test.shape}"
        return Refusal(
            happening=Happening.RETURNED, reason=f"found {found}, where the scaler should return {expected}"
        )
    return {"train": arrays[0], "test": arrays[1]}
