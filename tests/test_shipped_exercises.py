"""The shipped exercises against their own references, Keras, and their known mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.checks.judge import judge
from grader.evidence import Facts
from grader.exercise import Check, Exercise
from grader.facts import derive
from grader.probe import Probe
from grader.readers.exercises import read_assignment, read_exercises
from grader.readers.inputs import probes_of
from grader.references import References
from grader.sandbox.referee import Referee
from grader.sandbox.session import Allowance, observe
from grader.sandbox.worker import Worker
from grader.submission import Cell, CellKind
from grader.trainings import Trainings
from grader.verdict import Finding, Verdict

ROOT = Path(__file__).parents[1]
DATASETS = ROOT / "datasets"
EXERCISES = read_exercises(ROOT / "exercises", ROOT / "solutions")
TRAINED = ("trains",)
MIN_MAX = """
def scale_features(train, test):
    low, span = train.min(axis=0), train.max(axis=0) - train.min(axis=0)
    return (train - low) / span, (test - low) / span
"""
LONG = Allowance(cell_seconds=60.0, submission_seconds=120.0, memory_mib=2048)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What the tests of one exercise share."""

    worker: Worker
    referee: Referee
    references: References
    trainings: Trainings


@pytest.fixture(scope="module")
def bench(worker: Worker, referee: Referee) -> Bench:
    """The shared worker with the references of the shipped exercises."""
    return Bench(worker=worker, referee=referee, references=References(worker), trainings=Trainings(DATASETS))


def probes(exercise: Exercise) -> list[Probe]:
    """Return the exercise's probes, with time enough for a busy machine."""
    return probes_of(exercise, DATASETS, 60.0)


def facts_of(
    bench: Bench, exercise: Exercise, source: str, *, train: bool, reference: Facts | None = None
) -> Facts:
    """Return the facts of a submission that is one cell."""
    cell = Cell(number=1, kind=CellKind.CODE, source=source, exercise=exercise.id)
    observed = observe(bench.worker, [cell], probes(exercise), LONG)
    evidence = {name: each for (_exercise, name), each in observed.evidence.items()}
    trainings = bench.trainings if train else None
    return derive(exercise, evidence, bench.referee, trainings, reference=reference)


def findings_of(bench: Bench, exercise: Exercise, facts: Facts, checks: list[Check]) -> Mapping[str, Finding]:
    """Judge *facts* by *checks* against the reference."""
    asked = probes(exercise)
    reference = bench.references.reference(exercise, asked, bench.referee)
    mistakes = bench.references.mistakes(exercise, asked, bench.referee)
    inputs = {probe.observation: [case.positional for case in probe.cases] for probe in asked}
    return judge(exercise, facts, reference, mistakes, checks=checks, inputs=inputs)


def wrong(findings: Mapping[str, Finding]) -> dict[str, str]:
    """Return the findings that are not passes."""
    return {check: found.message for check, found in findings.items() if found.verdict is not Verdict.PASSED}


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
class TestEachExercise:
    """What must hold for a question before it is put to a student."""

    def test_the_reference_passes_every_check(self, bench: Bench, exercise: Exercise) -> None:
        """Also the visible ones, whose expectations stand in the public file; and it trains well enough."""
        reference = bench.references.reference(exercise, probes(exercise), bench.referee)
        assert reference is not None
        derived = derive(exercise, reference.evidence, bench.referee, bench.trainings, reference=reference)

        assert wrong(findings_of(bench, exercise, derived, list(exercise.checks))) == {}

    def test_keras_agrees_with_the_reference(self, bench: Bench, exercise: Exercise) -> None:
        """The same questions answered by Keras's own layers give the same answers."""
        assert exercise.solution is not None
        source = exercise.solution.agrees_with_keras
        if source is None:
            # What is graded is the students' own model, and Keras itself counts and trains that.
            assert {check.name for check in exercise.checks} <= {"output_shape", "budget", "trains"}
            return
        names = {probe.observation: probe.name for probe in probes(exercise)}
        judged = [
            check
            for check in exercise.checks
            if (check.name not in TRAINED and f"def {names[check.settings.of]}" in source)
            or f"\n{names[check.settings.of]} =" in f"\n{source}"
        ]

        assert judged
        assert (
            wrong(findings_of(bench, exercise, facts_of(bench, exercise, source, train=False), judged)) == {}
        )

    def test_every_mistake_loses_points_and_is_named(self, bench: Bench, exercise: Exercise) -> None:
        """A mistake fails some check, and its own hint is given; trainings are held, too."""
        assert exercise.solution is not None
        reference = bench.references.reference(exercise, probes(exercise), bench.referee)
        known = bench.references.mistakes(exercise, probes(exercise), bench.referee)

        for mistake in known:
            evidence = mistake.facts.evidence
            facts = derive(exercise, evidence, bench.referee, bench.trainings, reference=reference)
            findings = findings_of(bench, exercise, facts, list(exercise.checks))
            assert wrong(findings), f"{mistake.name!r} passes every check"
            assert Verdict.UNGRADED not in {found.verdict for found in findings.values()}
            assert mistake.hint in {found.hint for found in findings.values()}, (
                f"{mistake.name!r} is not recognised"
            )

    def test_the_starter_earns_nothing(self, bench: Bench, exercise: Exercise) -> None:
        """An unchanged starter is not attempted."""
        facts = facts_of(bench, exercise, exercise.question.starter, train=True)
        findings = findings_of(bench, exercise, facts, list(exercise.checks))

        assert {found.verdict for found in findings.values()} <= {Verdict.NOT_ATTEMPTED, Verdict.SKIPPED}

    def test_it_is_told_in_both_languages(self, bench: Bench, exercise: Exercise) -> None:  # noqa: ARG002
        """Title and prompt are there in English and Vietnamese."""
        for text in (exercise.question.title, exercise.question.prompt):
            assert isinstance(text, dict)
            assert set(text) == {"en", "vi"}


class TestTheCourse:
    """The twelve exercises together."""

    def test_the_ids_are_those_of_the_question_bank(self) -> None:
        """All twelve are there."""
        assert [exercise.id for exercise in EXERCISES] == [
            "conv-output-shape",
            "conv-parameters",
            "convergence-speed",
            "feature-scaling",
            "filter-connections",
            "layer-parameters",
            "max-pooling",
            "pointwise-bottleneck",
            "same-padding",
            "shared-parameters",
            "sigmoid-saturation",
            "small-cnn",
        ]

    @pytest.mark.parametrize(("name", "count"), [("convolution", 10), ("scaling", 3)])
    def test_assignments_are_due_at_a_known_moment(self, name: str, count: int) -> None:
        """Each asks as many exercises as it says, none twice, and its due date has an offset."""
        assignment = read_assignment(ROOT / "exercises", name)

        assert len(set(assignment.exercises)) == len(assignment.exercises) == count
        assert assignment.due is not None
        assert assignment.due.tzinfo is not None

    def test_every_exercise_is_asked_in_some_assignment(self) -> None:
        """No question lies about that no student is ever given."""
        names = [path.stem for path in (ROOT / "exercises" / "assignments").glob("*.yaml")]
        asked = {each for name in names for each in read_assignment(ROOT / "exercises", name).exercises}

        assert asked == {exercise.id for exercise in EXERCISES}

    def test_a_right_answer_of_another_style_trains_as_well(self, bench: Bench) -> None:
        """Where the scaling is asked for, not the model, min-max earns the points of the training too."""
        chosen = next(each for each in EXERCISES if each.id == "sigmoid-saturation")
        reference = bench.references.reference(chosen, probes(chosen), bench.referee)
        facts = facts_of(bench, chosen, MIN_MAX, train=True, reference=reference)
        check = next(check for check in chosen.checks if check.id == "trains[scaling]")

        assert wrong(findings_of(bench, chosen, facts, [check])) == {}

    @pytest.mark.parametrize(
        ("exercise", "observation", "figure"),
        [
            ("filter-connections", "answer", 180),
            ("shared-parameters", "unshared", 46_336),
        ],
    )
    def test_figures_of_the_notes(self, bench: Bench, exercise: str, observation: str, figure: int) -> None:
        """The references give the figures that the notes give."""
        chosen = next(each for each in EXERCISES if each.id == exercise)
        reference = bench.references.reference(chosen, probes(chosen), bench.referee)

        assert reference is not None
        assert reference.evidence[observation].outcomes[0].value == figure

    def test_the_bottleneck_of_the_notes(self, bench: Bench) -> None:
        """120,422,400 multiplications without, 2,408,448 + 10,035,200 with a 1x1 bottleneck."""
        chosen = next(each for each in EXERCISES if each.id == "pointwise-bottleneck")
        reference = bench.references.reference(chosen, probes(chosen), bench.referee)

        assert reference is not None
        found = {outcome.value for outcome in reference.evidence["notes"].outcomes}
        assert found == {120_422_400, 2_408_448, 10_035_200}
