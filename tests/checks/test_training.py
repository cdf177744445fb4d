"""The check ``trains``."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.checks.judge import KnownMistake, judge
from grader.evidence import (
    Evidence,
    ExportedModel,
    Facts,
    Happening,
    LayerTable,
    Outcome,
    Refusal,
    Training,
    TrainingRun,
)
from grader.exercise import Exercise
from grader.verdict import Finding, Verdict

NAN = float("nan")
ID = "trains[net]"
OBSERVE = {"net": {"call": "build_model"}, "scale": {"call": "scale_features"}}

Judged = Callable[..., Finding]


def training(*arms: tuple[str, list[float]], losses: tuple[float, ...] = (1.0, 0.5)) -> Training:
    """Make the runs of each arm, seeds counted from 1."""
    return Training(
        runs=tuple(
            TrainingRun(arm=arm, seed=seed, accuracy=accuracy, losses=losses, accuracies=(0.3, accuracy))
            for arm, accuracies in arms
            for seed, accuracy in enumerate(accuracies, 1)
        )
    )


@pytest.fixture
def judged(exercise: Callable[..., Exercise], evidence: Callable[..., Evidence]) -> Judged:
    """Judge one training; *scale* is what the scaling observation gave."""

    def make(trained: Training | Refusal | None, scale: Any = 0, **settings: Any) -> Finding:
        asked = exercise(OBSERVE, [{"trains": {"of": "net", "data": "wine", **settings}}])
        seen = {"net": evidence(ExportedModel(config={})), "scale": evidence(scale)}
        facts = Facts(evidence=seen, trainings={ID: trained} if trained else {})
        return judge(asked, facts, None)[ID]

    return make


@pytest.mark.parametrize(
    ("trained", "verdict"),
    [
        (None, Verdict.UNGRADED),
        (Refusal(happening=Happening.LOST, reason="the worker died"), Verdict.UNGRADED),
        (Refusal(happening=Happening.CRASHED, reason="no data", ours=True), Verdict.UNGRADED),
        (Refusal(happening=Happening.TIMED_OUT, reason="too slow"), Verdict.TIMED_OUT),
        (Refusal(happening=Happening.RAISED, reason="shapes do not fit"), Verdict.BROKEN),
        (training(("raw", [0.9, 0.9])), Verdict.UNGRADED),
        (Training(runs=()), Verdict.UNGRADED),
    ],
)
def test_what_the_referee_could_not_do(judged: Judged, trained: Any, verdict: Verdict) -> None:
    """Our fault stays ungraded, the student's is named; a seed that is missing is ours."""
    finding = judged(trained, accuracy_at_least=0.5)

    assert (verdict, 0.0) == (finding.verdict, finding.credit)


def test_scaling_that_raised_is_broken(judged: Judged) -> None:
    """The scaling is evidence, too."""
    both = training(("raw", [0.7] * 3), ("scaled", [1.0] * 3))

    assert Verdict.BROKEN is judged(both, scale=ValueError("no"), scaling="scale", gap_at_least=0.1).verdict
    assert Verdict.NOT_ATTEMPTED is judged(both, scale=Happening.MISSING, scaling="scale").verdict


def test_one_bad_seed_is_forgiven(judged: Judged) -> None:
    """The side that first leads by three decides, whatever a later seed says."""
    assert (
        Verdict.PASSED is judged(training(("raw", [0.9, 0.1, 0.95, 0.9, 0.9])), accuracy_at_least=0.9).verdict
    )
    assert (
        Verdict.FAILED is judged(training(("raw", [0.1, 0.9, 0.2, 0.2, 0.2])), accuracy_at_least=0.9).verdict
    )


def test_what_is_open_at_the_last_seed_goes_to_a_person(judged: Judged) -> None:
    """No points and no zero, with the curves."""
    finding = judged(training(("raw", [0.9, 0.1, 0.9, 0.1])), accuracy_at_least=0.5, seeds_at_most=4)

    assert (finding.verdict, finding.credit) == (Verdict.UNGRADED, 0.0)
    assert "met by 2 of 4 seeds" in finding.message
    assert finding.exhibit["kind"] == "curves"


def test_seeds_that_are_still_wanted_are_ours(judged: Judged) -> None:
    """A training that was left off before it was decided is no verdict."""
    finding = judged(training(("raw", [0.9, 0.1, 0.9])), accuracy_at_least=0.5)

    assert finding.verdict is Verdict.UNGRADED
    assert "lacks seeds" in finding.message


def test_a_limit_met_exactly_is_met(judged: Judged) -> None:
    """Gaps of decimal fractions must not fail by rounding."""
    both = training(("raw", [0.7] * 3), ("scaled", [0.8] * 3))

    assert Verdict.PASSED is judged(both, scaling="scale", gap_at_least=0.1, accuracy_at_least=0.8).verdict


def test_every_limit_is_said_in_percent(judged: Judged) -> None:
    """The message has all medians, all limits, and what to look at next."""
    both = training(("raw", [0.9, 0.9, 0.9]), ("scaled", [0.95, 0.92, 0.9]))
    finding = judged(
        both, scaling="scale", accuracy_at_least=0.97, raw_accuracy_at_most=0.85, gap_at_least=0.1
    )

    for said in ("92.0 %", "at least 97.0 %", "at most 85.0 %", "at least 10.0 % asked, found 2.0 %"):
        assert said in finding.message
    assert "BatchNormalization" in finding.hint


def test_without_rows_held_out_no_test_accuracy_is_told(judged: Judged) -> None:
    """Neither in words nor as a curve; the loss is."""
    both = training(("raw", [0.9] * 3), ("scaled", [1.0] * 3), losses=(1.0, 0.4))
    limits: dict[str, Any] = {"scaling": "scale", "target_loss": 0.5, "epochs_at_most": 1}

    told, untold = (judged(replace(both, held_out=held), **limits) for held in (True, False))

    assert "test accuracy" in told.message
    assert "accuracy" not in untold.message
    assert "epochs to loss 0.5, scaled: at most 1 asked, found 2" in untold.message
    assert [curve["accuracies"] for curve in untold.exhibit["arms"]["scaled"]] == [[]] * 3
    assert untold.exhibit["arms"]["scaled"][0]["losses"] == [1.0, 0.4]


def test_the_gap_is_paired_by_seed(judged: Judged) -> None:
    """Each seed's own difference counts: two of these gaps are wide, and the medians lie closer."""
    both = training(("raw", [0.1, 0.5, 0.9]), ("scaled", [0.9, 0.6, 1.0]))

    assert Verdict.PASSED is judged(both, scaling="scale", gap_at_least=0.1).verdict
    assert Verdict.UNGRADED is judged(both, scaling="scale", gap_at_least=0.11, seeds_at_most=3).verdict


def test_a_loss_that_is_no_number_is_said(judged: Judged) -> None:
    """An accuracy that is NaN counts as 0, and the student learns where it began; the exhibit stays JSON."""
    lost = training(("raw", [NAN, NAN, NAN]), losses=(1.0, NAN))
    finding = judged(lost, accuracy_at_least=0.5)

    assert Verdict.FAILED is finding.verdict
    assert "NaN or infinite in 3 of 3 runs, raw, first in epoch 2" in finding.hint
    assert finding.exhibit["arms"]["raw"][0]["losses"][1] == "nan"


def test_the_exhibit_has_a_curve_for_each_run(judged: Judged) -> None:
    """Arms, seeds, and the limits that were asked for."""
    both = training(("raw", [0.7] * 3), ("scaled", [1.0] * 3))
    exhibit = judged(both, scaling="scale", accuracy_at_least=0.9).exhibit

    assert exhibit["kind"] == "curves"
    assert [run["seed"] for run in exhibit["arms"]["scaled"]] == [1, 2, 3]
    assert exhibit["thresholds"] == {"accuracy_at_least": 0.9}


def test_without_limits_the_medians_are_reported(judged: Judged) -> None:
    """A training that need not reach anything has passed."""
    finding = judged(training(("raw", [0.7, 0.8, 0.9])))

    assert Verdict.PASSED is finding.verdict
    assert "80.0 %" in finding.message


def test_a_mistake_need_not_be_trained(
    exercise: Callable[..., Exercise], evidence: Callable[..., Evidence], summary: Callable[..., LayerTable]
) -> None:
    """The same layers and the same scaled numbers are the same mistake."""
    asked = exercise(
        OBSERVE, [{"trains": {"of": "net", "data": "wine", "scaling": "scale", "gap_at_least": 0.1}}]
    )
    plain, normal = (
        summary(("Dense", {"units": 3})),
        summary(("BatchNormalization", {}), ("Dense", {"units": 3})),
    )

    def facts(table: LayerTable, **more: Any) -> Facts:
        seen = {"net": evidence(ExportedModel(config={})), "scale": evidence((np.ones(2), np.ones(2)))}
        return Facts(evidence=seen, tables={"net": table}, **more)

    student = facts(normal, trainings={ID: training(("raw", [1.0] * 3), ("scaled", [1.0] * 3))})
    known = [
        KnownMistake(name="right", hint="right", facts=facts(plain)),
        KnownMistake(name="scales inside", hint="scales inside", facts=facts(normal)),
    ]

    assert judge(asked, student, facts(plain), known)[ID].hint == "scales inside"


def test_labels_in_scaled_columns_are_refused(exercise: Any) -> None:
    """A column that does not keep its order could carry the labels into the training."""
    asked = exercise(
        {"model": {"call": "build_model"}, "wine": {"call": "scale_features", "with": []}},
        [
            {
                "trains": {
                    "of": "model",
                    "data": "wine",
                    "scaling": "wine",
                    "lead": 1,
                    "accuracy_at_least": 0.5,
                }
            }
        ],
    )
    before = np.arange(12.0).reshape(6, 2)
    smuggled = before.copy()
    smuggled[:, 0] = [0, 1, 0, 1, 0, 1]
    model = Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=ExportedModel(config={})),))
    runs = tuple(TrainingRun(arm=arm, seed=1, accuracy=1.0) for arm in ("raw", "scaled"))

    def verdict(scaled: Any) -> Verdict:
        pair = Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=(scaled, scaled)),))
        facts = Facts(
            evidence={"model": model, "wine": pair}, trainings={"trains[model]": Training(runs=runs)}
        )
        (finding,) = judge(asked, facts, None, inputs={"wine": [(before, before)]}).values()
        return finding.verdict

    assert verdict(before / 12) is Verdict.PASSED
    assert verdict(smuggled) is Verdict.FAILED


def test_a_column_divided_by_zero_is_named(judged_pair: Callable[[Any], Finding]) -> None:
    """It is told before any curve: nothing can be learned from NaN."""
    before = np.arange(12.0).reshape(6, 2)
    after = before.copy()
    after[:, 1] = NAN

    finding = judged_pair((after, after))

    assert finding.verdict is Verdict.FAILED
    assert "NaN or infinite in column 1" in finding.message
    assert "divide by 1" in finding.hint


@pytest.fixture
def judged_pair(exercise: Any) -> Callable[[Any], Finding]:
    """Judge a training on what a scaler returned, with the reference's model."""
    asked = exercise(
        {"model": {"call": "build_model"}, "wine": {"call": "scale_features", "with": []}},
        [
            {
                "trains": {
                    "of": "model",
                    "data": "wine",
                    "scaling": "wine",
                    "use_reference": ["of"],
                    "behind_reference_at_most": 0.1,
                }
            }
        ],
    )
    runs = training(("raw", [0.4] * 3), ("scaled", [0.8] * 3), ("reference", [1.0] * 3))

    def judge_pair(scaled: Any) -> Finding:
        pair = Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=scaled),))
        # The student's own model is not even written: the reference's takes its place.
        unwritten = Evidence(outcomes=(Outcome(happening=Happening.UNWRITTEN),))
        facts = Facts(evidence={"model": unwritten, "wine": pair}, trainings={"trains[model]": runs})
        before = np.arange(12.0).reshape(6, 2)
        (finding,) = judge(asked, facts, None, inputs={"wine": [(before, before)]}).values()
        return finding

    return judge_pair


def test_the_references_scaling_is_what_the_students_is_held_against(
    judged_pair: Callable[[Any], Finding],
) -> None:
    """With the reference's model, so that a model of the student's own cannot cost the scaler its points."""
    before = np.arange(12.0).reshape(6, 2)

    finding = judged_pair((before / 12, before / 12))

    assert finding.verdict is Verdict.FAILED
    assert "behind the reference's scaling: at most 10.0 % asked, found 20.0 %" in finding.message
    assert set(finding.exhibit["arms"]) == {"raw", "scaled", "reference"}


@pytest.mark.parametrize("far", [1e4, 1e30])
def test_one_value_far_off_hides_no_labels_beside_it(
    judged_pair: Callable[[Any], Finding], far: float
) -> None:
    """The range of a column is the submission's to choose, so what is small is not measured by it."""
    before = np.arange(12.0).reshape(6, 2)
    after = before.copy()
    after[:, 0] = [1, 0, 1, 0, 1, far]

    finding = judged_pair((before, after))

    assert finding.verdict is Verdict.FAILED
    assert "is not a rescaling of column 0" in finding.message


def test_what_float32_has_no_room_for_is_infinite(judged_pair: Callable[[Any], Finding]) -> None:
    """The referee trains in float32."""
    before = np.arange(12.0).reshape(6, 2)

    assert "NaN or infinite in column 0, 1" in judged_pair((before, before * 1e300)).message


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_an_honest_scaling_is_no_smuggling(judged_pair: Callable[[Any], Finding], kind: str) -> None:
    """In either precision, with large offsets, constant columns and ties."""
    rows = np.column_stack([np.arange(6.0) + 1000, np.full(6, 7.0)])
    deviation = np.where(rows.std(axis=0) == 0, 1.0, rows.std(axis=0))
    after = ((rows - rows.mean(axis=0)) / deviation).astype(kind)

    assert "not a rescaling" not in judged_pair((after, after)).message
