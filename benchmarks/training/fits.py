"""One side of the benchmark, as a course would write it: builds, compiles and fits each arm anew.

``python -m benchmarks.training.fits wine 0`` prints seconds and accuracies as JSON; 0 leaves the number of
threads to TensorFlow. Importing TensorFlow is not counted.
"""

import json
import sys
import time
from typing import Any

import keras
import tensorflow as tf

from benchmarks.training.courses import COURSES, SEEDS, Course, Part, material


def main() -> None:
    """Fit all arms of all seeds, and say what it took."""
    course, threads = COURSES[sys.argv[1]], int(sys.argv[2])
    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    arms, labels = material(course)
    wall, processor = time.perf_counter(), time.process_time()
    accuracies = [_fitted(course, seed, inputs, labels) for seed in SEEDS for inputs in arms.values()]
    cost = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - processor}
    json.dump({**cost, "accuracies": accuracies}, sys.stdout)


def _fitted(course: Course, seed: int, inputs: Part, labels: Part) -> float:
    keras.utils.set_random_seed(seed)
    model, recipe = course.make(keras, 16), course.recipe
    model.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history: Any = model.fit(
        inputs["train"],
        labels["train"],
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        validation_data=(inputs["test"], labels["test"]),
        verbose=0,
    )
    return float(history.history["val_accuracy"][-1])


if __name__ == "__main__":
    main()
