"""Limits of a training, held seed by seed, and which seeds are trained next."""

from typing import Any

import pytest

from grader.checks.deciding import Decision
from grader.checks.limits import Limit, epochs_to, limits_of, seeds_wanted
from grader.evidence import Training, TrainingRun
from grader.exercise import Trains

NAN = float("nan")


def settings(**given: Any) -> Trains:
    """Make the settings of a check with a scaling and a budget of four epochs."""
    return Trains(**{"of": "net", "data": "wine", "scaling": "scale", "recipe": {"epochs": 4}, **given})


def trained(arms: dict[str, list[list[float]]]) -> Training:
    """Make a run for each seed, counted from 1, of each arm, with these losses."""
    return Training(
        runs=tuple(
            TrainingRun(arm=arm, seed=seed, accuracy=0.5, losses=tuple(losses))
            for arm, runs in arms.items()
            for seed, losses in enumerate(runs, 1)
        )
    )


def the_limit(training: Training, asked: Trains) -> Limit:
    """Return the one limit there is."""
    (limit,) = limits_of(training, asked)
    return limit


FAST, SLOW, NEVER = [1.0, 0.2, 0.1, 0.1], [1.0, 0.9, 0.5, 0.2], [1.0, 0.9, 0.9, 0.9]


@pytest.mark.parametrize(
    ("losses", "epoch"), [(FAST, 2), (SLOW, 4), (NEVER, None), ([NAN, 0.1], 2), ([], None)]
)
def test_epochs_are_counted_from_one(losses: list[float], epoch: int | None) -> None:
    """The first epoch whose loss is at most the target; NaN reaches nothing."""
    run = TrainingRun(arm="raw", seed=1, accuracy=0.0, losses=tuple(losses))

    assert epochs_to(run, 0.2) == epoch


def test_a_loss_that_never_arrives_took_longer_than_the_budget() -> None:
    """And is said so, not as a number that was not measured."""
    asked = settings(target_loss=0.2, epochs_at_most=3)
    limit = the_limit(trained({"raw": [NEVER] * 3, "scaled": [NEVER] * 3}), asked)

    assert limit.decision is Decision.MISSED
    assert str(limit) == "epochs to loss 0.2, scaled: at most 3 asked, found more than 4, met by 0 of 3 seeds"


@pytest.mark.parametrize(
    ("raw", "scaled", "decision"),
    [
        (SLOW, FAST, Decision.HOLDS),  # 4 over 2
        (NEVER, FAST, Decision.HOLDS),  # 5 or more over 2
        (NEVER, SLOW, Decision.MISSED),  # 5 or more over 4
        (FAST, SLOW, Decision.MISSED),
    ],
)
def test_a_speedup_is_the_quotient_of_epochs(
    raw: list[float], scaled: list[float], decision: Decision
) -> None:
    """Of the same seed's arms; where raw never arrives it is a lower bound."""
    asked = settings(target_loss=0.2, speedup_at_least=2)

    assert the_limit(trained({"raw": [raw] * 3, "scaled": [scaled] * 3}), asked).decision is decision


def accuracies(*given: float) -> Training:
    """Make a training whose scaled arm has these accuracies, raw 0.4 each."""
    return Training(
        runs=tuple(
            TrainingRun(arm=arm, seed=seed, accuracy=one if arm == "scaled" else 0.4)
            for seed, one in enumerate(given, 7)
            for arm in ("raw", "scaled")
        )
    )


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ((), [7, 8, 9]),
        ((0.9, 0.9, 0.9), []),
        ((0.1, 0.1, 0.1), []),
        ((0.9, 0.9, 0.1), [10, 11]),
        ((0.9, 0.1, 0.9, 0.1), [11, 12]),  # three could decide, two are left
        ((0.9, 0.1, 0.9, 0.1, 0.9, 0.1), []),
    ],
)
def test_as_many_seeds_as_could_decide_are_trained_next(known: tuple[float, ...], wanted: list[int]) -> None:
    """No seed is trained that nothing can hang on, and none beyond the last."""
    asked = settings(accuracy_at_least=0.5, first_seed=7, seeds_at_most=6)

    assert seeds_wanted(accuracies(*known), asked) == wanted


def test_one_missed_limit_ends_it() -> None:
    """What another limit would become does not matter then."""
    asked = settings(accuracy_at_least=0.95, gap_at_least=0.3, first_seed=7)

    assert seeds_wanted(accuracies(0.9, 0.9, 0.9), asked) == []
    assert seeds_wanted(accuracies(0.9, 0.96, 0.97), asked) != []


def test_a_limit_is_met_in_spite_of_rounding() -> None:
    """Accuracies are 32-bit quotients."""
    asked = settings(accuracy_at_least=0.85)
    limit = the_limit(accuracies(*[0.85 - 2e-8] * 3), asked)

    assert limit.decision is Decision.HOLDS
