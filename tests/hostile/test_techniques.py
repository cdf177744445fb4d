"""Every technique of ``grader redteam``, run against the real sandbox: each is held.

All are run against the strongest isolation. What a weaker one holds by other means (files, processes,
sockets, memory) is run against it as well.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from grader.redteam.siege import Siege, besieged
from grader.redteam.technique import Family, Technique
from grader.redteam.techniques import (
    TECHNIQUES,
    altering,
    files,
    filling,
    lingering,
    outliving,
    piling,
    reaching,
)
from grader.sandbox.defences import Isolation
from grader.sandbox.offers import offer

SAMPLE = (
    *files.TECHNIQUES,
    *reaching.TECHNIQUES,
    *lingering.TECHNIQUES,
    *altering.TECHNIQUES,
    *filling.TECHNIQUES,
)
NEWEST = (*outliving.TECHNIQUES, *piling.TECHNIQUES)
FOR_ALL = (*outliving.TECHNIQUES, *piling.TECHNIQUES)


@pytest.fixture(scope="module")
def siege() -> Iterator[Siege]:
    """A course with secrets in it, under attack on a worker of its own."""
    with besieged() as one:
        yield one


@pytest.fixture(scope="module")
def shared() -> Iterator[Siege]:
    """The same, where forks share their worker's namespaces."""
    yield from _if_there(Isolation.SHARED)


@pytest.fixture(scope="module")
def landlocked() -> Iterator[Siege]:
    """The same, without namespaces."""
    yield from _if_there(Isolation.LANDLOCK)


def _if_there(isolation: Isolation) -> Iterator[Siege]:
    if problem := offer(isolation).problem:
        pytest.skip(f"this machine or user cannot have it: {problem}")
    with besieged(isolation) as one:
        yield one


def named(techniques: Iterable[Technique]) -> list[object]:
    """Return *techniques* as parameters with their names for ids."""
    return [
        pytest.param(each, id=each.name, marks=[pytest.mark.slow] if each.slow else []) for each in techniques
    ]


@pytest.mark.parametrize("technique", named(TECHNIQUES))
def test_is_held(siege: Siege, technique: Technique) -> None:
    """No mark, no secret, no trace, no harm to the next submission, no time beyond the limit."""
    assert siege.run(technique).breaches == ()


@pytest.mark.parametrize("technique", named((*(each for each in SAMPLE if not each.slow), *FOR_ALL)))
def test_is_held_in_shared_namespaces(shared: Siege, technique: Technique) -> None:
    """By Landlock, seccomp and the supervisor."""
    assert shared.run(technique).breaches == ()


@pytest.mark.parametrize("technique", named(FOR_ALL))
def test_is_held_without_namespaces(landlocked: Siege, technique: Technique) -> None:
    """On the machine's own disk, among its own processes."""
    assert landlocked.run(technique).breaches == ()


class TestTheTable:
    """What the table of techniques covers."""

    def test_names_are_told_apart(self) -> None:
        """No two techniques have one name."""
        assert [name for name, count in Counter(each.name for each in TECHNIQUES).items() if count > 1] == []

    def test_every_family_is_there(self) -> None:
        """With at least sixty techniques in all."""
        assert {each.family for each in TECHNIQUES} == set(Family)
        assert len(TECHNIQUES) >= 60

    @pytest.mark.parametrize("number", sorted({*range(1, 31)} - {8}))
    def test_every_known_way_is_tried(self, number: int) -> None:
        """Of the published list only 8 is missing: hashed answers never come near a submission."""
        assert any(f"attacks {number}" == each.source.split(":")[0].split(",")[0] for each in TECHNIQUES)
