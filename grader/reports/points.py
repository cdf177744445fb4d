"""Numbers as people read them."""

import math
from collections.abc import Sequence
from datetime import datetime


def points_text(points: float | None) -> str:
    """Return *points* with at most two decimals and no trailing noise; nothing for ``None``."""
    if points is None or not math.isfinite(points):
        return ""
    text = f"{points:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent_text(share: float | None) -> str:
    """Return a share from 0.0 to 1.0 as whole percents; a dash for ``None``.

    Only a whole is 100 % and only nothing is 0 %: 299 of 300 reads 99 %.
    """
    if share is None or not math.isfinite(share):
        return "—"
    rounded = round(share * 100)
    return f"{min(max(rounded, 1), 99) if 0 < share < 1 else rounded} %"


def moment_text(moment: datetime) -> str:
    """Return *moment* to the minute in its own time zone, with the offset: ``2026-12-18 23:59+07:00``."""
    return moment.isoformat(sep=" ", timespec="minutes")


def sum_or_none(numbers: Sequence[float | None]) -> float | None:
    """Return the sum, or ``None`` when any of *numbers* is unknown."""
    known = [number for number in numbers if number is not None]
    return math.fsum(known) if len(known) == len(numbers) else None
