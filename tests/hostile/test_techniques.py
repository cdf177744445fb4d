"""Every technique of ``grader redteam``, run against the real sandbox: each is held."""

from collections import Counter
from collections.abc import Iterator

import pytest

from grader.redteam.siege import Siege, besieged
from grader.redteam.technique import Family, Technique
from grader.redteam.techniques import TECHNIQUES


@pytest.fixture(scope="module")
def siege() -> Iterator[Siege]:
    """A course with secrets in it, under attack on a worker of its own."""
    with besieged() as one:
        yield one


def named(technique: Technique) -> object:
    """Return *technique* as a parameter with its name for an id."""
    marks = [pytest.mark.slow] if technique.slow else []
    return pytest.param(technique, id=technique.name, marks=marks)


@pytest.mark.parametrize("technique", list(map(named, TECHNIQUES)))
def test_is_held(siege: Siege, technique: Technique) -> None:
    """No mark, no secret, no trace, no harm to the next submission, no time beyond the limit."""
    assert siege.run(technique).breaches == ()


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
