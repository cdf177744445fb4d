"""Five answers to ``feature-scaling``, from clearly right to clearly wrong: one network, five scalings.

The borderline ones were looked for by measuring: their scalings are divided, or taken halfway, until some
seeds miss the limit. The report has the shares that meet it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Scaling = Callable[[Any, Any], tuple[Any, Any]]
UNITS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """One submission: its name, what it does, its ``scale_features``, and whether its mark is clear."""

    name: str
    title: str
    scale: Scaling
    clear: bool = False


def _standardised(train: Any, test: Any) -> tuple[Any, Any]:
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation


def _one_mean(train: Any, test: Any) -> tuple[Any, Any]:
    mean, deviation = train.mean(), train.std()
    return (train - mean) / deviation, (test - mean) / deviation


def _min_max_divided(by: float) -> Scaling:
    def scale(train: Any, test: Any) -> tuple[Any, Any]:
        low = train.min(axis=0)
        span = (train.max(axis=0) - low) * by
        return (train - low) / span, (test - low) / span

    return scale


def _standardised_divided(by: float) -> Scaling:
    def scale(train: Any, test: Any) -> tuple[Any, Any]:
        scaled, theirs = _standardised(train, test)
        return scaled / by, theirs / by

    return scale


def _halfway(power: float) -> Scaling:
    def scale(train: Any, test: Any) -> tuple[Any, Any]:
        mean, deviation = train.mean(axis=0), train.std(axis=0) ** power
        return (train - mean) / deviation, (test - mean) / deviation

    return scale


SUBMITTED = {
    one.name: one
    for one in (
        Submitted(name="good", title="standardised, as the reference", scale=_standardised, clear=True),
        Submitted(name="near", title="min-max, then divided by 4.4", scale=_min_max_divided(4.4)),
        Submitted(name="middle", title="standardised, then divided by 26", scale=_standardised_divided(26)),
        Submitted(name="even", title="divided by the deviation's 0.48th power", scale=_halfway(0.48)),
        Submitted(name="bad", title="one mean for all columns", scale=_one_mean, clear=True),
    )
}
