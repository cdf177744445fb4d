"""A sandbox without processes: forks answer from a script, and remember what they were asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.sandbox.edge import Ending, ForkEnded

#: What a fork does when asked for a reply: say this, or raise it.
Reply = Any


@dataclass(kw_only=True)
class FakeFork:
    """A fork that gives *replies* in turn, then is gone; ``end`` says *ending*."""

    replies: Iterable[Reply] = ()
    ending: Ending = field(default_factory=Ending)
    asked: list[Any] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    ended: int = 0

    def __post_init__(self) -> None:
        """Begin with the first reply; of a generator, each is made when it is waited for."""
        self._replies = iter(self.replies)

    def ask(self, message: Any) -> None:
        """Remember *message*."""
        self.asked.append(message)

    def reply(self, seconds: float) -> Any:
        """Give the next reply, or raise it."""
        self.waited.append(seconds)
        given = next(self._replies, ForkEnded())
        if isinstance(given, BaseException):
            raise given
        return given

    def release(self) -> None:
        """Let it go."""

    def end(self) -> Ending:
        """Say how it ended."""
        self.ended += 1
        return self.ending

    @property
    def sources(self) -> list[str]:
        """The sources of the cells that it was told to run."""
        return [cell["source"] for cell in self.asked[0]["cells"] if cell["skip"] is None]

    @property
    def questions(self) -> list[str]:
        """The names that it was asked for."""
        return [message["name"] for message in self.asked[1:]]


class FakeSandbox:
    """Gives the forks it was made with, one after another; an exception among them is raised."""

    def __init__(self, *forks: FakeFork | Exception) -> None:
        """Prepare *forks*."""
        self.forks = [fork for fork in forks if isinstance(fork, FakeFork)]
        self.wanted: list[tuple[str, int]] = []
        self._waiting = list(forks)

    def close(self) -> None:
        """There is nothing to end."""

    def fork(self, role: str, memory_mib: int) -> FakeFork:
        """Give the next fork; a fork too many fails the test."""
        self.wanted.append((role, memory_mib))
        assert self._waiting, "one fork more than was expected"
        given = self._waiting.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def cell(number: int) -> dict[str, Any]:
    """Say that a cell is about to run."""
    return {"cell": number}


def ran(number: int, happening: str = "returned", **more: Any) -> dict[str, Any]:
    """Say that a cell has run."""
    told: Mapping[str, Any] = {"number": number, "happening": happening, "notes": [], "seconds": 0.0, **more}
    return {"ran": told}


def runs(*numbers: int) -> list[dict[str, Any]]:
    """All cells run to their end, and the fork is ready for questions."""
    return [message for number in numbers for message in (cell(number), ran(number))] + [{"done": True}]


def returns(*values: Any, printed: str = "", seconds: float = 0.0) -> dict[str, Any]:
    """Say that an observation's cases returned *values*."""
    outcomes = [{"happening": "returned", "value": value} for value in values]
    return {"outcomes": outcomes, "printed": printed, "seconds": seconds}


def ends(happening: str, detail: str = "") -> dict[str, Any]:
    """Say that an observation ended otherwise."""
    return {"outcomes": [{"happening": happening, "detail": detail}], "printed": "", "seconds": 0.0}


def endless(make: Callable[[], Any]) -> Iterable[Any]:
    """Give replies without an end."""
    while True:
        yield make()
