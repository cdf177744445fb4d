"""Numbers as people read them."""

import pytest

from grader.reports.points import percent_text, points_text, sum_or_none


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (0, "0"),
        (2.0, "2"),
        (10, "10"),
        (0.5, "0.5"),
        (1 / 3, "0.33"),
        (0.1 + 0.2, "0.3"),
        (-0.001, "0"),
        (100.0, "100"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_points_carry_no_noise(points: float | None, text: str) -> None:
    """At most two decimals, and nothing for what is not known."""
    assert points_text(points) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50 %"),
        (0.999, "99 %"),
        (0.001, "1 %"),
        (None, "—"),
        (float("nan"), "—"),
    ],
)
def test_only_a_whole_is_a_hundred_percent(share: float | None, text: str) -> None:
    """Rounding never says that all have passed when one has not."""
    assert percent_text(share) == text


def test_a_sum_with_an_unknown_is_unknown() -> None:
    """What is not graded yet is not 0."""
    assert sum_or_none([1.0, None]) is None
    assert sum_or_none([0.1] * 10) == 1.0
