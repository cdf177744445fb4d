"""The sequential rule: which side has it, when, how many seeds it still takes, and how often it errs."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import isclose, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.deciding import Decision, Rates, decide, needed, rates

SHARES = [0.0, 0.2, 0.5, 0.65, 0.9, 0.999, 1.0]
LEADS = st.integers(1, 5)
ANSWERS = st.lists(st.booleans(), max_size=25)
#: Seeds after which next to nothing is open, for the shares that are tried without a cap.
ENDLESS = 4000


def sequences(length: int) -> Iterator[tuple[bool, ...]]:
    """Yield every way in which *length* seeds can answer."""
    return product((True, False), repeat=length)


def seeds_asked(met: Sequence[bool], lead: int) -> int:
    """Return after how many seeds *met* is decided; all of them when it never is."""
    decided = (count for count in range(len(met) + 1) if decide(met[:count], lead) is not Decision.OPEN)
    return next(decided, len(met))


def enumerated(share: float, lead: int, at_most: int) -> Rates:
    """Return the rates by going through all sequences of *at_most* answers, one after another."""
    found = dict.fromkeys(Decision, 0.0)
    seeds = 0.0
    for met in sequences(at_most):
        chance = prod(share if one else 1.0 - share for one in met)
        found[decide(met, lead)] += chance
        seeds += chance * seeds_asked(met, lead)
    return Rates(
        holds=found[Decision.HOLDS], missed=found[Decision.MISSED], open=found[Decision.OPEN], seeds=seeds
    )


def close(found: float, expected: float) -> bool:
    """Return whether two sums of probabilities differ by rounding alone."""
    return isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("answers", "lead", "decision"),
    [
        ("", 1, Decision.OPEN),
        ("+", 1, Decision.HOLDS),
        ("-", 1, Decision.MISSED),
        ("++", 3, Decision.OPEN),
        ("+++", 3, Decision.HOLDS),
        ("---", 3, Decision.MISSED),
        ("+-+-+-", 2, Decision.OPEN),
        ("-++++", 3, Decision.HOLDS),
        ("+----", 3, Decision.MISSED),
    ],
)
def test_the_side_that_leads_by_so_many_has_it(answers: str, lead: int, decision: Decision) -> None:
    """A plus is a seed that meets the limit."""
    assert decision is decide((one == "+" for one in answers), lead)


def test_the_order_decides_not_the_count() -> None:
    """The same answers in another order may be decided the other way: so seeds have one order."""
    assert Decision.HOLDS is decide([True, True, False, False, False, False], 2)
    assert Decision.MISSED is decide([False, False, False, False, True, True], 2)
    assert Decision.OPEN is decide([True, False, True, False], 2)


@given(ANSWERS, ANSWERS, LEADS)
def test_what_is_decided_stays_decided(answers: list[bool], more: list[bool], lead: int) -> None:
    """Seeds that were trained for another limit's sake change nothing."""
    decision = decide(answers, lead)

    assert decision in {Decision.OPEN, decide(answers + more, lead)}


@given(ANSWERS, LEADS)
def test_both_sides_are_treated_alike(answers: list[bool], lead: int) -> None:
    """With every answer turned round the decision is the opposite one."""
    opposite = {
        Decision.HOLDS: Decision.MISSED,
        Decision.MISSED: Decision.HOLDS,
        Decision.OPEN: Decision.OPEN,
    }

    assert opposite[decide(answers, lead)] is decide([not one for one in answers], lead)


@given(ANSWERS, LEADS)
def test_a_decision_is_the_first_lead(answers: list[bool], lead: int) -> None:
    """Held against the running count, worked out in another way."""
    standings = [2 * sum(answers[:count]) - count for count in range(len(answers) + 1)]
    reached = [standing for standing in standings if abs(standing) >= lead]

    assert (decide(answers, lead) is Decision.OPEN) == (not reached)
    if reached:
        assert (decide(answers, lead) is Decision.HOLDS) == (reached[0] > 0)


@given(ANSWERS, LEADS)
def test_needed_is_enough_and_the_least(answers: list[bool], lead: int) -> None:
    """So many seeds can decide; with one seed less, none of all possible answers does."""
    more = needed(answers, lead)

    assert (more == 0) == (decide(answers, lead) is not Decision.OPEN)
    assert any(decide(answers + [side] * more, lead) is not Decision.OPEN for side in (True, False))
    if more:
        fewer = sequences(more - 1)
        assert all(decide([*answers, *others], lead) is Decision.OPEN for others in fewer)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("lead", "at_most"), [(1, 1), (1, 4), (2, 9), (3, 3), (3, 12), (4, 13), (5, 4)])
def test_rates_are_those_of_all_sequences_counted(share: float, lead: int, at_most: int) -> None:
    """Every sequence of answers with its probability, decided one by one."""
    found, expected = rates(share, lead, at_most), enumerated(share, lead, at_most)

    assert close(found.holds, expected.holds)
    assert close(found.missed, expected.missed)
    assert close(found.open, expected.open)
    assert close(found.seeds, expected.seeds)


@pytest.mark.parametrize("lead", [1, 2, 3, 5])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_without_a_cap_the_rates_are_the_gamblers_ruin(share: float, lead: int) -> None:
    """Two players with *lead* coins each: its chances and its length are known in closed form."""
    ratio = (1 - share) / share
    holds = 1 / (1 + ratio**lead)
    found = rates(share, lead, ENDLESS)

    assert close(found.open, 0.0)
    assert close(found.holds, holds)
    assert close(found.missed, 1 - holds)
    assert close(found.seeds, lead * (2 * holds - 1) / (2 * share - 1))


@pytest.mark.parametrize("lead", [1, 2, 3, 5])
def test_an_even_share_takes_the_square_of_the_lead(lead: int) -> None:
    """The fair game, where the closed form above divides by 0."""
    found = rates(0.5, lead, ENDLESS)

    assert close(found.holds, 0.5)
    assert close(found.missed, 0.5)
    assert close(found.seeds, lead**2)


@given(st.floats(0.05, 0.95), LEADS, st.integers(5, 40))
def test_a_cap_leaves_the_odds_as_they_are(share: float, lead: int, at_most: int) -> None:
    """Wald's likelihood ratio: what is decided is wrong in the same proportion, whatever the cap."""
    found = rates(share, lead, at_most)

    assert isclose(found.missed * share**lead, found.holds * (1 - share) ** lead, rel_tol=1e-6)


@given(st.floats(0, 1), LEADS, st.integers(0, 40))
def test_rates_are_a_distribution_and_symmetric(share: float, lead: int, at_most: int) -> None:
    """They add up to 1, and turning every answer round turns them round."""
    found, turned = rates(share, lead, at_most), rates(1 - share, lead, at_most)

    assert close(found.holds + found.missed + found.open, 1.0)
    assert close(found.holds, turned.missed)
    assert close(found.seeds, turned.seeds)
    assert min(lead, at_most) - 1e-9 <= found.seeds <= at_most + 1e-9


def test_the_last_seed_can_decide_and_an_even_count_adds_nothing() -> None:
    """A lead of 3 is reached after an odd number of seeds: a cap of 22 is one of 21."""
    assert rates(0.6, 3, 21).holds > rates(0.6, 3, 20).holds
    assert close(rates(0.6, 3, 22).holds, rates(0.6, 3, 21).holds)
