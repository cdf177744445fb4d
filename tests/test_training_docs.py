"""docs/training.md: its tables are what ``rates`` computes, and its numbers those of the code."""

from collections.abc import Callable, Iterator
from math import floor, log10
from pathlib import Path

import pytest

from grader.authoring.measures import MOST_WRONG
from grader.checks.deciding import Rates, rates
from grader.exercise import Trains
from grader.sandbox.bubblewrap import QUIET_TENSORFLOW
from grader.sandbox.referee import TRAINING_SECONDS

PAGE = (Path(__file__).parents[1] / "docs" / "training.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
LEADS = (2, 3, 4, 5)
AT_MOST: int = Trains.model_fields["seeds_at_most"].default
LEAST = 1e-12


def often(chance: float) -> str:
    """Write a probability with two digits that count: in percent, or as one in so many."""
    if chance < LEAST:
        return "< 1 in 10¹²"
    if chance >= 0.001:
        return f"{100 * chance:.{1 if chance >= 0.1 else 2}f} %"
    times = 1 / chance
    size = 10 ** (floor(log10(times)) - 1)
    return f"1 in {round(times / size) * size:,}"


COLUMNS: dict[str, Callable[[Rates], str]] = {
    "missed": lambda found: often(found.missed),
    "open": lambda found: often(found.open),
    "seeds, mean": lambda found: f"{found.seeds:.1f}",
}


def table(column: str) -> Iterator[str]:
    """Yield the lines of one table as they stand on the page."""
    yield f"| {column} | {' | '.join(f'lead {lead}' for lead in LEADS)} |"
    yield "|---|---:|---:|---:|---:|"
    for share in SHARES:
        cells = (COLUMNS[column](rates(share, lead, AT_MOST)) for lead in LEADS)
        yield f"| {share:g} | {' | '.join(cells)} |"


@pytest.mark.parametrize("column", COLUMNS)
def test_the_tables_are_what_the_rule_computes(column: str) -> None:
    """Line for line, in one piece."""
    assert "\n".join(table(column)) + "\n" in PAGE


def test_the_example_of_two_limits_is_right() -> None:
    """Their false fails add up at most."""
    each = rates(0.95, 3, AT_MOST).missed

    assert f"{often(each)} each, {often(2 * each)} together" in TEXT


@pytest.mark.parametrize(
    "said",
    [
        f"`lead` is {Trains.model_fields['lead'].default} unless",
        f"`seeds_at_most` is {AT_MOST}",
        f"within {TRAINING_SECONDS:g} seconds",
        f"{Trains.model_fields['parameters_at_most'].default:,} parameters",
        f"at most {1 / MOST_WRONG:,.0f}th",
    ],
)
def test_the_numbers_in_the_text_are_those_of_the_code(said: str) -> None:
    """They are written out by hand, so they are looked at here."""
    assert said in TEXT


@pytest.mark.parametrize(
    "name", ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS"]
)
def test_the_settings_on_the_page_are_those_of_the_sandbox(name: str) -> None:
    """Each variable with its value."""
    assert f"`{name}={QUIET_TENSORFLOW[name]}`" in PAGE
