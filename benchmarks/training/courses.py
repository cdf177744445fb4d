"""The two models of the benchmark, their data and their recipe, told once for both sides.

Nothing here imports TensorFlow: what needs Keras is handed the module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.readers.datasets import read_dataset
from grader.recipe import Recipe

ROOT = Path(__file__).parents[2]
SEEDS = (1, 2, 3)
Part = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Course:
    """One question: a title, a model of some width, a dataset and how to train."""

    title: str
    data: str
    recipe: Recipe
    make: Callable[[Any, int], Any]


def perceptron(keras: Any, units: int = 16) -> Any:
    """Return the wine model."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((13,)),
            layers.Dense(units, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )


def small_cnn(keras: Any, filters: int = 16) -> Any:
    """Return the digits model."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(filters, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )


COURSES = {
    "wine": Course(
        title="wine, MLP, 30 epochs",
        data="wine",
        recipe=Recipe(learning_rate=0.01, epochs=30, batch_size=32),
        make=perceptron,
    ),
    "digits": Course(
        title="digits, CNN, 8 epochs",
        data="digits",
        recipe=Recipe(learning_rate=0.001, epochs=8, batch_size=32),
        make=small_cnn,
    ),
}


def material(course: Course) -> tuple[dict[str, Part], Part]:
    """Return the inputs of both arms, raw and scaled by the training part, and the labels."""
    dataset = read_dataset(ROOT / "datasets", course.data)
    (train, train_labels), (test, test_labels) = dataset.part("train"), dataset.part("test")
    mean, spread = train.mean(axis=0), train.std(axis=0) + 1e-7
    raw, scaled = (train, test), ((train - mean) / spread, (test - mean) / spread)
    arms = {"raw": raw, "scaled": scaled}
    inputs = {
        arm: dict(zip(("train", "test"), map(_float32, parts), strict=True)) for arm, parts in arms.items()
    }
    return inputs, {"train": train_labels, "test": test_labels}


def _float32(array: Any) -> Any:
    return np.asarray(array, "float32")


def settings(course: Course, architecture: str, seeds: tuple[int, ...] = SEEDS) -> dict[str, Any]:
    """Return the message with which the grader asks the referee for all arms and *seeds*."""
    arms, labels = material(course)
    return {
        "arms": arms,
        "labels": labels,
        "recipe": course.recipe.model_dump(),
        "parameters_at_most": 100_000,
        "input_shape": list(arms["raw"]["train"].shape[1:]),
        "architecture": architecture,
        "seeds": list(seeds),
        "signs": False,
    }
