"""The referee's trainer is held against ``model.fit``: the same weights, losses, accuracies and last epoch.

Both ways start from the same weights and see the same batches; there is no Dropout, whose masks ``fit``
draws in another order of calls. What one process computed is compared here, case by case.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.fit_cases import CASES, EPOCHS, STOPS, WRONG

ROOT = Path(__file__).parents[2]
#: Absolute, of every weight after the last epoch, and relative, of every loss.
CLOSE = 1e-5
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    """Every case, trained both ways in one process that may import TensorFlow."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.against_fit"],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", CASES)
def test_training_is_that_of_fit(trained: dict[str, Any], name: str) -> None:
    """The same weights within 1e-5 and the same curves, epoch by epoch."""
    found = trained["cases"][name]
    (losses, theirs), (accuracies, their_accuracies) = found["losses"], found["accuracies"]

    assert found["weights"] <= CLOSE
    assert losses == pytest.approx(theirs, rel=CLOSE)
    assert found["moved"] > 1000 * CLOSE  # there was something to learn
    if their_accuracies:
        assert accuracies == pytest.approx(their_accuracies, abs=1e-6)


@pytest.mark.parametrize("name", sorted(STOPS))
def test_early_stopping_stops(trained: dict[str, Any], name: str) -> None:
    """The cases in which both ways stop in the same epoch do stop, and not at once."""
    losses, _theirs = trained["cases"][name]["losses"]

    assert 1 < len(losses) < CASES[name].recipe["epochs"]


@pytest.mark.parametrize("name", [name for name in CASES if name != "shared and nested layers"])
def test_a_seed_starts_a_rebuilt_model_as_keras_starts_it(trained: dict[str, Any], name: str) -> None:
    """A Sequential model rebuilt from its configuration has the start weights that its source gives."""
    assert trained["cases"][name]["start"] == 0


@pytest.mark.parametrize("name", WRONG)
def test_a_difference_is_seen(trained: dict[str, Any], name: str) -> None:
    """One wrong thing in ``fit`` ends at least a hundred times further away than is allowed."""
    assert trained["cases"][name]["weights"] > 100 * CLOSE


def test_a_validation_loss_is_that_of_evaluate(trained: dict[str, Any]) -> None:
    """In the same batches, and with the moving statistics of BatchNormalization instead of a batch's."""
    ours, theirs, as_in_training = trained["validation"]

    assert ours == pytest.approx(theirs, rel=1e-6)
    assert ours != pytest.approx(as_in_training, rel=1e-3)


def test_every_case_lasts_several_epochs() -> None:
    """Equality after one step would say little."""
    assert min(case.recipe.get("epochs", EPOCHS) for case in CASES.values()) >= 5
