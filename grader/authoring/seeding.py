"""Trains the reference, and the mistakes that reach a training check, over many seeds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.authoring.measures import REFERENCE, Trained
from grader.authoring.rehearsal import Answer, Rehearsed, Stage
from grader.errors import WorkerDied
from grader.evidence import Refusal, Training
from grader.exercise import Check, Trains
from grader.verdict import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One training check, the answers that are trained for it, and their seeds in lots.

    A lot is as large as a grading's first: a model that can be graded can be proved.
    """

    check: Check
    settings: Trains
    rehearsed: Rehearsed
    answers: tuple[Answer, ...]
    lots: tuple[range, ...]

    @property
    def steps(self) -> int:
        """How many lots are trained."""
        return len(self.answers) * len(self.lots)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seeded:
    """What a plan gave: the reference, and each mistake, over all seeds."""

    plan: Plan
    reference: Trained
    mistakes: tuple[Trained, ...]


def plans_of(rehearsed: Rehearsed, seeds: int) -> Iterator[Plan]:
    """Yield a plan for each training check that the reference reached."""
    for check in rehearsed.exercise.checks:
        settings = check.settings
        if isinstance(settings, Trains) and reached(rehearsed.reference, check):
            mistakes = [answer for answer in rehearsed.mistakes if reached(answer, check)]
            yield Plan(
                check=check,
                settings=settings,
                rehearsed=rehearsed,
                answers=(rehearsed.reference, *mistakes),
                lots=tuple(lots_of(settings.first_seed, seeds, settings.lead)),
            )


def reached(answer: Answer, check: Check) -> bool:
    """Return whether *answer* got as far as the limits of *check*: nothing before them refused it."""
    return answer.findings[check.id].exhibit.get("kind") == "curves"


def caught_by(answer: Answer, rehearsed: Rehearsed) -> tuple[str, ...]:
    """Return the checks that catch *answer* whatever the seeds say."""
    return tuple(
        check.id
        for check in rehearsed.exercise.checks
        if answer.findings[check.id].verdict not in (Verdict.PASSED, Verdict.UNGRADED)
        and not reached(answer, check)
    )


def lots_of(first: int, seeds: int, size: int) -> Iterator[range]:
    """Yield *seeds* seeds from *first* on, in lots of *size*."""
    for start in range(first, first + seeds, size):
        yield range(start, min(start + size, first + seeds))


def train(plan: Plan, stage: Stage, tell: Callable[[str], None]) -> Seeded:
    """Train all answers of *plan* on all its seeds; *tell* is called with an answer's name after each lot."""
    reference, *mistakes = (_trained(plan, answer, stage, tell) for answer in plan.answers)
    return Seeded(plan=plan, reference=reference, mistakes=tuple(mistakes))


def _trained(plan: Plan, answer: Answer, stage: Stage, tell: Callable[[str], None]) -> Trained:
    training = Training(runs=())
    own = plan.rehearsed.reference.facts
    for lot in plan.lots:
        more = stage.course.trainings.over(plan.check, answer.facts.evidence, own, stage.referee, lot)
        if not isinstance(more, Training):
            reason = more.reason if isinstance(more, Refusal) else "there was nothing to train"
            raise WorkerDied(f"{plan.check.id} trained {answer.name!r} once, and then no more: {reason}")
        training = Training(runs=(*training.runs, *more.runs))
        tell(answer.name)
    found = () if answer.name == REFERENCE else caught_by(answer, plan.rehearsed)
    return Trained(name=answer.name, training=training, caught_by=found)
