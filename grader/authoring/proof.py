"""What was proved of an exercise: its known answers, and the margins of its training checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.authoring.advice import flaw_of, open_flaw
from grader.authoring.margins import slipping, thin_margins
from grader.authoring.measures import Measure, Trained, measures_of
from grader.authoring.places import Places
from grader.authoring.rehearsal import Rehearsed
from grader.authoring.seeding import Seeded
from grader.errors import Flaw
from grader.exercise import Check, Exercise, Trains


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckProof:
    """One training check over many seeds. ``skipped`` are the mistakes that never reach it."""

    check: Check
    settings: Trains
    seeds: range
    measures: tuple[Measure, ...]
    answers: tuple[Trained, ...]
    skipped: tuple[str, ...]
    flaws: tuple[Flaw, ...]

    @property
    def alike(self) -> tuple[str, ...]:
        """The mistakes that train exactly as the reference does, and that another check catches."""
        reference, *mistakes = self.answers
        return tuple(
            one.name for one in mistakes if one.caught_by and one.training.runs == reference.training.runs
        )

    @property
    def shown(self) -> "CheckProof":
        """The same without those: a dozen equal rows hide what matters."""
        return replace(
            self,
            answers=tuple(one for one in self.answers if one.name not in self.alike),
            measures=tuple(measure.without(self.alike) for measure in self.measures),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """One exercise: ``mistakes`` counts those that were judged, ``flaws`` is what known answers showed."""

    exercise: Exercise
    mistakes: int
    flaws: tuple[Flaw, ...]
    checks: tuple[CheckProof, ...]

    @property
    def all_flaws(self) -> tuple[Flaw, ...]:
        """Everything that keeps the exercise from being proved."""
        return (*self.flaws, *(flaw for check in self.checks for flaw in check.flaws))


def proof_of(rehearsed: Rehearsed, seeded: Sequence[Seeded], places: Places) -> Proof:
    """Weigh the margins of one exercise's training checks."""
    measures = {
        one.plan.check.id: measures_of(one.plan.settings, one.reference.training, one.mistakes)
        for one in seeded
    }
    return Proof(
        exercise=rehearsed.exercise,
        mistakes=len(rehearsed.mistakes),
        flaws=rehearsed.flaws,
        checks=tuple(_check_proof(one, measures, places) for one in seeded),
    )


def _check_proof(one: Seeded, measures: Mapping[str, Sequence[Measure]], places: Places) -> CheckProof:
    plan, own = one.plan, measures[one.plan.check.id]
    thin = thin_margins(own, slipping(list(measures.values())))
    exercise = plan.rehearsed.exercise
    flaws = [flaw_of(each, exercise, plan.check, places) for each in thin]
    # A limit that is unfair has been told already; what mends it mends this, too.
    undecided = [each for each in own if each.is_fair and each.left_open > each.allowed_open]
    flaws += [open_flaw(each, exercise, plan.check, places) for each in undecided]
    trained = {answer.name for answer in plan.answers}
    return CheckProof(
        check=plan.check,
        settings=plan.settings,
        seeds=range(plan.lots[0].start, plan.lots[-1].stop),
        measures=tuple(own),
        answers=(one.reference, *one.mistakes),
        skipped=tuple(each.name for each in plan.rehearsed.mistakes if each.name not in trained),
        flaws=tuple(flaws),
    )
