"""One grading: the grader's own loop of trainings and its own check, around a referee in this process.

Imported only by the processes that ``run`` starts: they import TensorFlow.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import keras

from benchmarks.fairness.shipped import DATASETS, exercise, scaling_check, settings_of
from benchmarks.fairness.submissions import SUBMITTED, UNITS, Submitted
from grader.checks.judge import judge
from grader.evidence import Evidence, ExportedModel, Facts, Happening, Outcome, Training
from grader.exercise import Trains
from grader.readers.datasets import read_dataset
from grader.sandbox.edge import Ending
from grader.sandbox.inside.referee import reply_to
from grader.sandbox.referee import Referee
from grader.trainings import Trainings

EXPLAINS_ONLY = {"refused": "lost", "reason": "signs explain a mark, and change none"}
Message = Mapping[str, Any]


class Here:
    """A sandbox without walls, and its only fork: answers as the referee does, in this process.

    With *share* the raw arm of a seed is trained once for all submissions, whose network is the same.
    """

    def __init__(self, *, share: bool = False) -> None:
        """Begin without anything trained."""
        self.salt = ""
        self._share, self._raw = share, dict[int, Any]()
        self._answer: Any = None

    def fork(self, role: str, memory_mib: int) -> "Here":  # noqa: ARG002 - a sandbox's signature
        """Return itself."""
        return self

    def ask(self, message: Message) -> None:
        """Answer *message*. A salt makes an architecture that was not seen before: it is traced anew."""
        if message.get("signs"):
            self._answer = EXPLAINS_ONLY
            return
        asked = {**message, "architecture": message["architecture"] + self.salt}
        self._answer = self._shared(asked) if self._share else reply_to(asked)

    def reply(self, seconds: float) -> Any:  # noqa: ARG002 - a fork's signature
        """Return the answer."""
        return self._answer

    def release(self) -> None:
        """Nothing was started."""

    def end(self) -> Ending:
        """Return an ordinary ending."""
        return Ending()

    def close(self) -> None:
        """Nothing was started."""

    def _shared(self, message: dict[str, Any]) -> Any:
        arms = dict(message["arms"])
        raw, missing = arms.pop("raw"), [seed for seed in message["seeds"] if seed not in self._raw]
        if missing:
            told = reply_to({**message, "arms": {"raw": raw}, "seeds": missing})
            self._raw.update({run["seed"]: run for run in told["value"]["runs"]})
        told = reply_to({**message, "arms": arms})
        known = [self._raw[seed] for seed in message["seeds"]]
        return {"value": {"runs": [*known, *told["value"]["runs"]], "signs": []}}


class Grader:
    """Grades submissions with the shipped exercise's training check."""

    def __init__(self, here: Here) -> None:
        """Read the exercise, and make the network's configuration."""
        self._exercise, self._check = exercise(), scaling_check()
        self._referee, self._model = Referee(here), _network(UNITS)
        data = read_dataset(DATASETS, settings_of(self._check).data)
        self._features = [data.part(part)[0] for part in ("train", "test")]

    @property
    def seeds(self) -> int:
        """How many seeds a grading may take: disjoint lists begin so far from one another."""
        return settings_of(self._check).seeds_at_most

    def grade(self, submitted: Submitted, first_seed: int | None = None) -> dict[str, Any]:
        """Return the verdict, and what each arm of each seed came to. Nothing is remembered between calls."""
        settings = settings_of(self._check)
        if first_seed is not None:
            settings = settings.model_copy(update={"first_seed": first_seed})
        check = self._check.model_copy(update={"settings": settings})
        facts = self._facts(submitted, settings)
        own = self._facts(SUBMITTED["good"], settings)
        training = Trainings(DATASETS).of(check, facts.evidence, own, self._referee)
        if not isinstance(training, Training):
            raise SystemExit(f"nothing was trained: {training}")
        told = Facts(evidence=facts.evidence, trainings={check.id: training})
        finding = judge(self._exercise, told, None, checks=[check])[check.id]
        return {"verdict": finding.verdict.value, "words": _digest(finding.message), **_told(training)}

    def train_another(self, units: int) -> None:
        """Train another network in between, as a referee does that serves a class."""
        arm = dict(zip(("train", "test"), self._features, strict=True))
        data, settings = read_dataset(DATASETS, "wine"), settings_of(self._check)
        labels = {part: data.part(part)[1] for part in ("train", "test")}
        recipe = settings.recipe.model_dump()
        told = reply_to({
            "do": "train", "config": _network(units).config, "input_shape": [13], "arms": {"raw": arm},
            "labels": labels, "recipe": recipe, "seeds": [units], "architecture": f"another {units}",
            "parameters_at_most": settings.parameters_at_most,
        })  # fmt: skip
        if "refused" in told:
            raise SystemExit(f"the training in between was refused: {told}")

    def _facts(self, submitted: Submitted, settings: Trains) -> Facts:
        scaled = Outcome(happening=Happening.RETURNED, value=submitted.scale(*self._features))
        model = Outcome(happening=Happening.RETURNED, value=self._model)
        cases = len(self._exercise.observations[str(settings.scaling)].cases or [[]])
        return Facts(
            evidence={
                settings.of: Evidence(outcomes=(model,)),
                str(settings.scaling): Evidence(outcomes=(scaled,) * cases),
            }
        )


def _network(units: int) -> ExportedModel:
    network = keras.Sequential(
        [
            keras.Input((13,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    config = keras.saving.serialize_keras_object(network)
    keras.utils.clear_session(free_memory=False)
    return ExportedModel(config=config)


def _told(training: Training) -> dict[str, Any]:
    arms = sorted({run.arm for run in training.runs})
    curves = [(run.arm, run.seed, run.losses, run.accuracies) for arm in arms for run in training.of(arm)]
    return {
        "seeds": len(training.seeds),
        "accuracies": {arm: [run.accuracy for run in training.of(arm)] for arm in arms},
        "curves": _digest(repr(curves)),
    }


def _digest(text: str) -> str:
    return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:12]
