"""Numbers as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from grader.reports.points import moment_text, percent_text, points_text, sum_or_none


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


def test_a_moment_is_told_in_its_own_time_zone() -> None:
    """To the minute, with the offset."""
    moment = datetime(2026, 12, 18, 23, 59, 30, tzinfo=timezone(timedelta(hours=7)))

    assert moment_text(moment) == "2026-12-18 23:59+07:00"
    assert moment_text(moment.astimezone(UTC)) == "2026-12-18 16:59+00:00"
