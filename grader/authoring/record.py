"""A proof as JSON, for programs: every seed's measurement, the bounds, and what is to be mended."""

from dataclasses import asdict
from typing import Any

from grader.authoring.measures import Measure, Sample
from grader.authoring.proof import CheckProof, Proof


def record_of(proof: Proof) -> dict[str, Any]:
    """Return *proof* as JSON-able material."""
    return {
        "exercise": proof.exercise.id,
        "fingerprint": proof.exercise.fingerprint,
        "proved": not proof.all_flaws,
        "flaws": [asdict(flaw) for flaw in proof.all_flaws],
        "checks": [_check(check) for check in proof.checks],
    }


def _check(proof: CheckProof) -> dict[str, Any]:
    return {
        "check": proof.check.id,
        "seeds": list(proof.seeds),
        "skipped": list(proof.skipped),
        "limits": [_limit(measure) for measure in proof.measures],
    }


def _limit(measure: Measure) -> dict[str, Any]:
    return {
        **asdict(measure.threshold),
        "allowed": measure.allowed,
        "left_open_at_most": measure.left_open,
        "answers": [_sample(measure, sample) for sample in measure.samples],
    }


def _sample(measure: Measure, sample: Sample) -> dict[str, Any]:
    wrong = measure.false_fail if sample is measure.reference else measure.false_pass(sample.name)
    return {
        **asdict(sample),
        "met": measure.threshold.met(sample.values),
        "wrong_at_most": wrong,
        "expected_seeds": measure.seeds(sample),
    }
