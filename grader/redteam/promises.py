"""The promises that are told from an attack alone: its marks, its time, the memory that it took."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from grader.grade import Grade
from grader.redteam.technique import Technique
from grader.sandbox.observed import Allowance
from grader.verdict import Verdict

#: On top of a submission's own time, on a machine that is idle: ending its forks, and the referee.
GRACE_SECONDS = 15.0
#: A submission's data, its folders in memory, and what it may go over before it is seen.
MEMORY_MIB = 512.0 + 3 * 256.0 + 1024.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """What a technique brought about: its grades, all that was said across the wall, what went wrong.

    ``waited`` are the seconds before its forks were there; ``load`` is how many processes wanted each
    processor when it began.
    """

    undecided: bool = False
    grades: tuple[Grade, ...] = ()
    heard: tuple[str, ...] = ()
    trouble: str = ""
    seconds: float = 0.0
    waited: float = 0.0
    load: float = 1.0


def load() -> float:
    """Return how many processes want each processor; at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def undeserved(technique: Technique, attack: Attack) -> Iterator[str]:
    """Yield marks above what the honest part earns, and an honest part that was not marked."""
    for grade in attack.grades:
        if grade.score is None:
            if not attack.undecided:
                yield f"{grade.exercise} was left ungraded: {_why(grade)}"[:300]
            continue
        most = technique.targets.get(grade.exercise, grade.max_score)
        if grade.score > most:
            yield f"earned {grade.score:g} on {grade.exercise}, where {most:g} was honest"
        if grade.exercise == "double" and grade.score < grade.max_score and not technique.own_loss:
            yield f"the honest part earned {grade.score:g} of {grade.max_score:g}: {_why(grade)}"[:300]


def _why(grade: Grade) -> str:
    wrong = (one.finding for one in grade.findings if one.finding.verdict is not Verdict.PASSED)
    return " ".join([*(finding.message for finding in wrong), *grade.notes])


def late(attack: Attack, allowance: Allowance) -> Iterator[str]:
    """Yield in words that *attack* took too long. Others who want the processor are not its doing."""
    limit = allowance.submission_seconds + attack.waited + GRACE_SECONDS * attack.load
    if attack.seconds > limit:
        yield f"took {attack.seconds:.0f} s, where {limit:.0f} s were allowed"


def greedy(used_mib: float) -> Iterator[str]:
    """Yield in words that *used_mib* is too much."""
    if used_mib > MEMORY_MIB:
        yield f"took {used_mib:.0f} MiB of memory, where {MEMORY_MIB:.0f} are allowed for"
