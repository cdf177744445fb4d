"""Prints the configuration of a course's model as JSON: what a student's process exports."""

import json
import sys

import keras

from benchmarks.training.courses import COURSES

if __name__ == "__main__":
    made = {
        name: keras.saving.serialize_keras_object(course.make(keras, 16)) for name, course in COURSES.items()
    }
    json.dump(made, sys.stdout)
