"""From evidence to facts: has the referee derive again what a submission could have lied about."""

from collections.abc import Mapping
from dataclasses import replace

from grader.checks.judge import judge
from grader.evidence import Evidence, ExportedModel, Facts, Happening, LayerTable, Refusal
from grader.exercise import Budget, Exercise, Layers, OutputShape, Parameters, Summary, Trains
from grader.sandbox.referee import Referee
from grader.trainings import Trainings, not_a_model, returned
from grader.verdict import Verdict

ABOUT_TABLES = (Layers, Summary, Parameters, OutputShape, Budget)

#: Of a needed check, before anything is trained.
UNDECIDED = frozenset({Verdict.PASSED, Verdict.UNGRADED})


def derive(
    exercise: Exercise,
    evidence: Mapping[str, Evidence],
    referee: Referee,
    trainings: Trainings | None = None,
    *,
    reference: Facts | None = None,
) -> Facts:
    """Return the facts of one exercise. *evidence* is by observation; without *trainings* none is trained.

    *reference* is known where an exercise trains its reference's model or scaling next to the student's.
    A check that will be skipped, since one that it needs did not pass, is not trained for.
    """
    facts = Facts(evidence=evidence, tables=_tables(exercise, evidence, referee))
    trained = [check for check in exercise.checks if isinstance(check.settings, Trains)]
    if trainings is None or not trained:
        return facts
    lost = _lost(exercise, facts, reference)
    told = {
        check.id: trainings.of(check, evidence, reference, referee)
        for check in trained
        if lost.isdisjoint(check.settings.needs)
    }
    return replace(facts, trainings={name: one for name, one in told.items() if one is not None})


def _lost(exercise: Exercise, facts: Facts, reference: Facts | None) -> frozenset[str]:
    """Return the checks that surely do not pass, or are skipped; what is not decided yet may pass."""
    known = [check for check in exercise.checks if not isinstance(check.settings, Trains)]
    needed = {name for check in exercise.checks for name in check.settings.needs}
    chosen = [check for check in known if check.id in needed]
    findings = judge(exercise, facts, reference, checks=chosen)
    lost = {name for name, one in findings.items() if one.verdict not in UNDECIDED}
    for _turn in exercise.checks:  # as long as a chain of needs may be
        lost |= {check.id for check in exercise.checks if not lost.isdisjoint(check.settings.needs)}
    return frozenset(lost)


def _tables(
    exercise: Exercise, evidence: Mapping[str, Evidence], referee: Referee
) -> dict[str, LayerTable | Refusal]:
    wanted = {check.settings.of for check in exercise.checks if isinstance(check.settings, ABOUT_TABLES)}
    tables: dict[str, LayerTable | Refusal] = {}
    for observation in sorted(wanted & evidence.keys()):
        model = returned(evidence, observation)
        if isinstance(model, ExportedModel):
            tables[observation] = referee.layer_table(model)
        elif evidence[observation].outcomes[0].happening is Happening.RETURNED:
            tables[observation] = not_a_model(model)
    return tables
