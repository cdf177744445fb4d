"""One way to beat a grader, as a student would hand it in, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Family(StrEnum):
    """What a technique is after."""

    READS = "reads answers"
    FORGES = "forges the verdict"
    LINGERS = "reaches the next submission"
    EXHAUSTS = "exhausts the machine"
    LIES = "lies about a model"


@dataclass(frozen=True, kw_only=True, slots=True)
class Technique:
    """A hostile submission. The honest answer to ``double`` goes with each, in a cell before these.

    ``name`` says in words what it tries, ``source`` where it was seen (``attacks 4``). ``cells`` are code
    cells, in which ``@tcp@`` and the like stand for places of the machine (``Planted.fill``); ``targets`` the
    red team's exercises it tries besides ``double``, each with the most points that its honest part is worth
    there. ``handed`` puts something else than a notebook of these cells at a path.
    ``own_loss`` says that it ruins its own answer to ``double``, which is nobody's business; ``slow`` that it
    takes more than ten seconds.
    """

    name: str
    family: Family
    source: str
    cells: tuple[str, ...] = ()
    targets: Mapping[str, float] = field(default_factory=dict)
    handed: Callable[[Path], None] | None = None
    own_loss: bool = False
    slow: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of a technique: every promise that it broke, in words. None means that it was held."""

    technique: Technique
    breaches: tuple[str, ...]
    seconds: float

    @property
    def held(self) -> bool:
        """Whether no promise was broken."""
        return not self.breaches


def chosen(techniques: Sequence[Technique], *, words: Sequence[str], family: str | None) -> list[Technique]:
    """Return the techniques of *family* whose name or source holds one of *words*."""
    return [
        each
        for each in techniques
        if (family is None or each.family.name.lower() == family)
        and (not words or any(word.lower() in f"{each.name} {each.source}".lower() for word in words))
    ]


def held_by_family(results: Sequence[Result]) -> Mapping[str, tuple[int, int]]:
    """Return for each family how many of its techniques were held, and how many there are."""
    told: dict[str, tuple[int, int]] = {}
    for result in results:
        held, tried = told.get(result.technique.family, (0, 0))
        told[result.technique.family] = held + result.held, tried + 1
    return told
