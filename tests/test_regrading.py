"""A class that is graded again gets the same grades, to the last digit of every curve."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.grade import Grade
from grader.gradebook import open_gradebook
from tests.cli.commands import COURSE, grader, hand_in

SCALER = """\
# exercise: feature-scaling
import keras
import numpy as np

def scale_features(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation = np.where(deviation == 0, 1.0, deviation)
    return (train - mean) / deviation, (test - mean) / deviation

def build_model(num_features, num_classes):
    return keras.Sequential([
        keras.Input((num_features,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(num_classes, activation="softmax"),
    ])
"""
CNN = """
# %% exercise: small-cnn
# exercise: small-cnn
import keras

def build_model():
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(FILTERS, 3, padding="same", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(10, activation="softmax"),
    ])
"""
WANTED = ("--only", "feature-scaling", "--only", "small-cnn")


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    """Three students whose models draw random masks and keep moving averages; two hand in the same."""
    whole = SCALER + CNN
    by_range = whole.replace("train.mean", "train.min").replace("train.std", "train.max")
    return hand_in(
        tmp_path,
        ada=whole.replace("FILTERS", "12"),
        bob=by_range.replace("FILTERS", "4"),
        cai=whole.replace("FILTERS", "12"),
    )


def graded(folder: Path, book: str, jobs: int) -> list[Grade]:
    """Grade the class into a new gradebook and return the grades, but for the time they took."""
    options = ("--gradebook", book, "--jobs", str(jobs))
    said = grader(folder, "grade", "class", *COURSE, *WANTED, *options)
    assert said.returncode == 0, said.stdout + said.stderr
    with open_gradebook(folder / book) as opened:
        return [replace(grade, seconds=0.0) for grade in opened.latest()]


@pytest.mark.slow
def test_grades_and_curves_are_the_same(tmp_path: Path, submissions: Path) -> None:
    """One after another, and side by side, where other trainings come before and between."""
    assert submissions.is_dir()
    once, again = graded(tmp_path, "once.db", 1), graded(tmp_path, "again.db", 2)

    assert once == again
    curves = {
        (grade.student, grade.exercise): one.finding.exhibit["arms"]
        for grade in once
        for one in grade.findings
        if one.finding.exhibit.get("kind") == "curves"
    }
    assert len(curves) == 6
    assert curves["ada", "small-cnn"] == curves["cai", "small-cnn"] != curves["bob", "small-cnn"]
    assert all(len(run["losses"]) >= 8 for arms in curves.values() for runs in arms.values() for run in runs)
