"""Holds a run against its promises: every mark as alone, nothing ungraded without cause, nothing left."""

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.endurance.attempts import Attempt
from benchmarks.endurance.classroom import Member
from benchmarks.endurance.honest import EXERCISES, HONEST_PART
from benchmarks.endurance.watch import Followed, Sample
from grader.grade import Grade

MOST_ATTEMPTS = 2
#: A fault is told a moment after the process was killed.
TELLING_SECONDS = 30.0
#: Growth of the second half that is no leak: late imports, and what the allocator keeps.
MIB, MIB_PER_THOUSAND = 20.0, 20.0
SOME_FILES = 12
Book = Mapping[tuple[str, str], Grade]
Alone = Mapping[tuple[str, str], Grade]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A class, what its grader did, and the gradebook; *alone* has each variant's grades by itself."""

    members: Sequence[Member]
    followed: Followed
    book: Book
    alone: Alone


def told(grade: Grade, *, first_try: bool = True) -> tuple[object, ...]:
    """Return all that a grade says, but whose it is and how long it took.

    What cells said is told of the *first_try* only: at a second they may know what the first was asked.
    """
    findings = tuple(
        (each.check, each.score, each.finding.verdict, each.finding.message, each.finding.hint)
        for each in grade.findings
    )
    return (grade.score, grade.needs_review, grade.notes if first_try else (), findings)


def own_exercises(member: Member) -> tuple[str, ...]:
    """Return the exercises that *member* answers honestly."""
    return EXERCISES if member.is_honest else HONEST_PART


def is_as_alone(run: Run, member: Member) -> bool:
    """Whether all that *member* answered honestly is graded as it is alone."""
    first_try = not faults(run)[member.name]
    return all(
        (member.name, each) in run.book
        and told(run.book[member.name, each]) == told(run.alone[member.variant, each], first_try=first_try)
        for each in own_exercises(member)
    )


def is_ungraded(run: Run, member: Member) -> bool:
    """Whether something of *member*'s is without a score."""
    grades = [run.book[member.name, each] for each in EXERCISES if (member.name, each) in run.book]
    return any(grade.score is None for grade in grades)


def faults(run: Run) -> Counter[str]:
    """Return how many attempts at each student's submission ended by a fault of ours."""
    return Counter(attempt.student for attempt in run.followed.attempts.ended if attempt.fault)


def broken_promises(run: Run) -> list[str]:
    """Return in words what did not hold."""
    return [*_of_marks(run), *_of_attempts(run), *_of_the_machine(run.followed)]


def _of_marks(run: Run) -> Iterator[str]:
    lost = faults(run)
    for member in run.members:
        who = f"{member.name} ({member.kind} {member.act}, {member.variant})"
        missing = [each for each in EXERCISES if (member.name, each) not in run.book]
        if missing:
            yield f"{who}: not in the gradebook: {', '.join(missing)}"
        elif is_ungraded(run, member):
            if lost[member.name] < MOST_ATTEMPTS:
                yield f"{who}: ungraded, although tried again: {_why(run, member)}"
        elif not is_as_alone(run, member):
            yield f"{who}: graded otherwise than alone: {_difference(run, member)}"
        elif not member.is_honest and run.book[member.name, EXERCISES[-1]].score:
            yield f"{who}: earned {run.book[member.name, EXERCISES[-1]].score:g} points by its act"


def _why(run: Run, member: Member) -> str:
    grades = [run.book[member.name, each] for each in EXERCISES]
    return next((grade.findings[0].finding.message for grade in grades if grade.score is None), "")[:300]


def _difference(run: Run, member: Member) -> str:
    first_try = not faults(run)[member.name]
    for each in own_exercises(member):
        now = told(run.book[member.name, each])
        then = told(run.alone[member.variant, each], first_try=first_try)
        if now != then:
            pairs = [pair for pair in _pairs(now, then) if pair[0] != pair[1]]
            return f"{each}: {pairs[:2]}"[:700]
    return ""


def _pairs(now: tuple[object, ...], then: tuple[object, ...]) -> list[tuple[object, object]]:
    *plain, findings = now
    *plain_then, findings_then = then
    return [
        *zip(plain, plain_then, strict=True),
        *zip(findings, findings_then, strict=False),  # type: ignore[call-overload]
    ]


def _of_attempts(run: Run) -> Iterator[str]:
    tried = Counter(attempt.student for attempt in run.followed.attempts.ended)
    lost = faults(run)
    for member in run.members:
        wanted = min(lost[member.name] + 1, MOST_ATTEMPTS)
        if tried[member.name] != wanted:
            yield f"{member.name}: tried {tried[member.name]} times where {wanted} were due"
    for attempt in run.followed.attempts.ended:
        if attempt.fault and not _explained(attempt, run.followed.kills.times):
            yield f"{attempt.student}: a fault without a kill: {attempt.fault}"


def _explained(attempt: Attempt, kills: Sequence[float]) -> bool:
    return any(attempt.began <= kill <= attempt.ended <= kill + TELLING_SECONDS for kill in kills)


def _of_the_machine(followed: Followed) -> Iterator[str]:
    if followed.status not in (0, 1):
        yield f"the grader ended with status {followed.status}"
    if len(followed.workers) != len(followed.kills.times) + 1:
        yield f"{len(followed.workers)} warm processes, where {len(followed.kills.times)} were killed"
    if followed.left is None or not followed.left.nothing:
        yield f"left behind: {followed.left}"
    if followed.samples:
        half, end = at(followed.samples, 0.5), at(followed.samples, 1.0)
        growth = end.grader.mib - half.grader.mib
        if growth > MIB + MIB_PER_THOUSAND * (end.done - half.done) / 1000:
            yield f"the grader's memory grew by {growth:.0f} MiB in the second half"
        begin = at(followed.samples, 0.05)
        if end.grader.files > begin.grader.files + SOME_FILES:
            yield f"the grader's open files grew from {begin.grader.files} to {end.grader.files}"
        if end.grader.threads > begin.grader.threads + 1:
            yield f"the grader's threads grew from {begin.grader.threads} to {end.grader.threads}"


def at(samples: Sequence[Sample], share: float) -> Sample:
    """Return the sample taken when *share* of the class was graded."""
    last = samples[-1].done
    return min(samples, key=lambda sample: abs(sample.done - share * last))


def slope(samples: Sequence[Sample]) -> float:
    """Return how many MiB the grader grows by for each 1,000 submissions, after the first twentieth."""
    late = [sample for sample in samples if sample.done >= 0.05 * samples[-1].done]
    if len({sample.done for sample in late}) < 2:
        return 0.0
    done, mib = [sample.done for sample in late], [sample.grader.mib for sample in late]
    return statistics.linear_regression(done, mib).slope * 1000
