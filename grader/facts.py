"""From evidence to facts: has the referee derive again what a submission could have lied about."""

from collections.abc import Mapping

from grader.evidence import Evidence, ExportedModel, Facts, Happening, LayerTable, Refusal
from grader.exercise import Budget, Exercise, Layers, OutputShape, Parameters, Summary, Trains
from grader.sandbox.referee import Referee
from grader.trainings import Trainings, not_a_model, returned

ABOUT_TABLES = (Layers, Summary, Parameters, OutputShape, Budget)


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
    """
    trained = [check for check in exercise.checks if isinstance(check.settings, Trains)]
    return Facts(
        evidence=evidence,
        tables=_tables(exercise, evidence, referee),
        trainings={
            check.id: told
            for check in trained
            if trainings and (told := trainings.of(check, evidence, reference, referee)) is not None
        },
    )


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
