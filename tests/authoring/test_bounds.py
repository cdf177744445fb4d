"""Bounds of shares, and of the decisions that follow from them."""

from math import comb

import pytest

from grader.authoring.bounds import expected_seeds, false_fail, false_pass, highest_share, lowest_share


@pytest.mark.parametrize(
    ("met", "of", "low", "high"),
    [
        # Tables of Clopper and Pearson, 90 % two-sided, which is 95 % on each side.
        (5, 10, 0.2224, 0.7776),
        (9, 10, 0.6058, 0.9949),
        (0, 10, 0.0, 0.2589),
        (10, 10, 0.7411, 1.0),
    ],
)
def test_the_bounds_are_those_of_the_tables(met: int, of: int, low: float, high: float) -> None:
    """Of ten seeds, to four digits."""
    assert lowest_share(met, of) == pytest.approx(low, abs=5e-5)
    assert highest_share(met, of) == pytest.approx(high, abs=5e-5)


def test_all_seeds_met_have_a_bound_in_closed_form() -> None:
    """It is the n-th root of the doubt, also for a thousand seeds, where coefficients exceed a float."""
    for seeds in (1, 50, 1000):
        assert lowest_share(seeds, seeds) == pytest.approx(0.05 ** (1 / seeds), rel=1e-9)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.93])
def test_the_bound_is_seldom_on_the_wrong_side(share: float) -> None:
    """Over everything that 50 seeds of a known share may show, the lower bound is too high in at most 5 %."""
    wrong = sum(
        comb(50, met) * share**met * (1 - share) ** (50 - met)
        for met in range(51)
        if lowest_share(met, 50) > share
    )

    assert 0 < wrong <= 0.05


def test_errors_fall_with_seeds_and_with_the_lead() -> None:
    """More seeds or a larger lead prove more; a seed that misses proves less."""
    assert false_fail(50, 50, 3, 21) < 1 / 1000 < false_fail(49, 50, 3, 21)
    assert false_fail(100, 100, 3, 21) < false_fail(50, 50, 3, 21)
    assert false_fail(49, 50, 4, 21) < 1 / 1000


def test_failing_and_passing_mirror_one_another() -> None:
    """What a reference risks with k of n, a mistake risks with n - k of n."""
    for met in (0, 3, 25, 50):
        assert false_pass(50 - met, 50, 3, 21) == pytest.approx(false_fail(met, 50, 3, 21))


def test_a_clear_limit_takes_as_many_seeds_as_the_lead() -> None:
    """And an even one takes many more."""
    assert expected_seeds(50, 50, 3, 21) == 3.0
    assert expected_seeds(25, 50, 3, 21) > 7
