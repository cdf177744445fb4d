"""The check ``train_statistics_only``."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.checks.columns import mixed_column, scaled_by_others
from grader.checks.train_statistics import OWN_HINT, TOGETHER_HINT
from grader.verdict import Finding, Verdict

Ask = Callable[..., Finding]
Array = np.ndarray[Any, Any]
Pair = tuple[Any, Any]

RANDOM = np.random.default_rng(44)
TRAIN = RANDOM.normal([15, 3, 900], [3, 1, 300], (30, 3))
TEST = RANDOM.normal([14, 2, 800], [3, 1, 300], (12, 3))
LABELS = np.arange(30) % 3
CASES = [(TRAIN, TEST), (TRAIN, TEST[:5])]
INPUTS = {"f": [list(case) for case in CASES]}


def standard(data: Array, by: Array) -> Array:
    """Scale *data* by mean and deviation of *by*."""
    return np.asarray((data - by.mean(axis=0)) / by.std(axis=0))


def scaled(scaler: Callable[[Array, Array], Pair]) -> list[Pair]:
    """Return what *scaler* gives in both cases."""
    return [scaler(*case) for case in CASES]


def right(train: Array, test: Array) -> Pair:
    """Scale both parts by the training part."""
    return standard(train, train), standard(test, train)


def together(train: Array, test: Array) -> Pair:
    """Fit on both parts."""
    both = np.concatenate([train, test])
    return standard(train, both), standard(test, both)


def own(train: Array, test: Array) -> Pair:
    """Scale each part by itself."""
    return standard(train, train), standard(test, test)


@pytest.mark.parametrize("inputs", [None, INPUTS])
@pytest.mark.parametrize(("scaler", "hint"), [(together, TOGETHER_HINT), (own, OWN_HINT)])
def test_the_two_usual_mistakes_are_named(ask: Ask, scaler: Any, hint: str, inputs: Any) -> None:
    """Fitting on both parts is told from scaling the test part by itself."""
    finding = ask("train_statistics_only", scaled(scaler), inputs=inputs)

    assert (Verdict.FAILED, hint) == (finding.verdict, finding.hint)


@pytest.mark.parametrize("inputs", [None, INPUTS])
@pytest.mark.parametrize(
    "scaler",
    [
        right,
        lambda train, test: tuple(part.astype("float32") for part in right(train, test)),
        lambda train, test: [(part - train.min(0)) / np.ptp(train, axis=0) for part in (train, test)],
        lambda train, test: (-train, -test),
        lambda train, test: (np.log(train + 50), np.log(test + 50)),
        lambda train, test: tuple(part.tolist() for part in right(train, test)),
        lambda train, test: (train, test),
    ],
)
def test_a_scaler_that_learns_from_the_training_part_passes(ask: Ask, scaler: Any, inputs: Any) -> None:
    """Any monotone function of each column will do; whether it scales is for other checks."""
    assert Verdict.PASSED is ask("train_statistics_only", scaled(scaler), inputs=inputs).verdict


@pytest.mark.parametrize(
    ("scaler", "said"),
    [
        (lambda train, _test: train, "expected a pair"),
        (lambda _train, _test: None, "None; expected a pair"),
        (lambda train, test: (train, test, 1), "a tuple of 3 items; expected a pair"),
        (lambda train, test: (train[:-1], test), "the train part has shape (29, 3); expected shape (30, 3)"),
        (lambda train, test: (train, test[0]), "the test part has shape (3,)"),
        (lambda train, test: (train[:, :2], test[:, :2]), "the train part has shape (30, 2)"),
        (lambda train, test: (train.astype(int), test), "the train part holds int64; expected floats"),
        (lambda train, test: (train > 0, test), "expected an array of floats"),
        (lambda _train, test: ("scaled", test), "the train part is a string"),
        (lambda train, test: (train, test * [1, np.nan, 1]), "the test part is NaN or infinite in column 1"),
        (lambda train, test: (train[::-1], test), "Column 0 is not scaled by itself"),
        (lambda train, test: (train[:, ::-1], test[:, ::-1]), "Column 0 is not scaled by itself"),
        (lambda train, test: (train @ np.ones((3, 3)), test @ np.ones((3, 3))), "Column 0"),
        (lambda train, test: (train, -test), "Column 0"),
        (lambda train, test: (standard(train.T, train.T).T, standard(test.T, test.T).T), "Column 0"),
        (
            lambda train, test: (train + [0, 0, 5000] * LABELS[:, None], test),
            "Column 2 is not scaled by itself",
        ),
    ],
)
def test_every_other_fault_has_its_own_message(ask: Ask, scaler: Any, said: str) -> None:
    """Wrong kind, rows, columns, dtype, NaN; and nothing is carried along in the features."""
    finding = ask("train_statistics_only", scaled(scaler), inputs=INPUTS)

    assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)
    assert said in finding.message


def test_equal_inputs_give_equal_outputs() -> None:
    """A label hidden in a constant column is found."""
    before = np.ones((30, 2))

    assert mixed_column(before, before * 0.0) is None
    assert mixed_column(before, np.column_stack([before[:, 0], LABELS.astype(float)])) == 1


def test_shapes_that_differ_between_parts_are_named(ask: Ask) -> None:
    """Without inputs the two parts are at least held against each other."""
    found = scaled(lambda train, test: (train[:, :2], test))

    assert "2 columns in the training part and 3" in ask("train_statistics_only", found).message


def test_a_raise_is_broken_and_one_case_is_our_fault(ask: Ask) -> None:
    """The check compares cases, so it needs two that returned."""
    assert Verdict.BROKEN is ask("train_statistics_only", [right(TRAIN, TEST), ValueError("no")]).verdict
    assert Verdict.UNGRADED is ask("train_statistics_only", [right(TRAIN, TEST)]).verdict


def test_a_known_mistake_speaks_before_the_usual_ones(ask: Ask) -> None:
    """The author's words for a mistake are better than ours."""
    finding = ask("train_statistics_only", scaled(own), None, {"See section 44.": scaled(own)})

    assert finding.hint == "See section 44."


OWN_SCALINGS: dict[str, Callable[[Array], Array]] = {
    "standard": lambda x: (x - x.mean(0)) / x.std(0),
    "standard, ddof 1, epsilon": lambda x: (x - x.mean(0)) / (x.std(0, ddof=1) + 1e-7),
    "min-max": lambda x: (x - x.min(0)) / np.ptp(x, axis=0),
    "min-max to -1 and 1": lambda x: 2 * (x - x.min(0)) / np.ptp(x, axis=0) - 1,
    "mean and range": lambda x: (x - x.mean(0)) / np.ptp(x, axis=0),
    "maximum": lambda x: x / np.abs(x).max(0),
    "mean": lambda x: x / x.mean(0),
    "length": lambda x: x / np.linalg.norm(x, axis=0),
    "quartiles": lambda x: (x - np.median(x, 0)) / np.ptp(np.percentile(x, (25, 75), axis=0), axis=0),
    "clipped": lambda x: np.clip((x - x.mean(0)) / x.std(0), -1, 1),
    "float32": lambda x: ((x - x.mean(0)) / x.std(0)).astype("float32"),
    "one mean for all, another's business": lambda x: (x - x.mean()) / x.std(),
}


@pytest.mark.parametrize("name", OWN_SCALINGS)
def test_whoever_scales_by_the_training_part_is_believed(name: str) -> None:
    """Whatever the statistics are."""
    assert not scaled_by_others(TRAIN, OWN_SCALINGS[name](TRAIN))


def test_statistics_kept_from_elsewhere_are_seen_in_one_answer(ask: Ask) -> None:
    """A scaler that gives what it gave before hides from a comparison of its answers, not from this."""
    kept = np.concatenate([TRAIN, TEST])
    pairs = [(standard(train, kept), standard(test, kept)) for train, test in CASES]
    finding = ask("train_statistics_only", pairs, inputs=INPUTS)

    assert finding.verdict is Verdict.FAILED
    assert "keep nothing from another" in finding.message
    assert finding.hint == TOGETHER_HINT
