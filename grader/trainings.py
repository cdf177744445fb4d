"""Has the referee train what a submission gave, seed after seed, until a check's limits are decided."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from grader.checks.architecture.nameless import nameless
from grader.checks.limits import RAW, REFERENCE, SCALED, judged_arm, seeds_wanted, undecided_or_failed
from grader.checks.mismatch import as_array
from grader.errors import SandboxError
from grader.evidence import Evidence, ExportedModel, Facts, Happening, Refusal, Sign, Training
from grader.exercise import Check, Trains
from grader.readers.datasets import read_dataset
from grader.sandbox.referee import Referee

#: Results kept, each some kilobytes: students who hand in the same have it trained once.
KEPT = 2000
Arms = Mapping[str, Mapping[str, Any]]


class Trainings:
    """Trains for checks, and remembers: equal models on equal inputs are trained once. Thread-safe."""

    def __init__(self, datasets: Path) -> None:
        """Read data from *datasets*."""
        self.datasets = datasets
        self._known: OrderedDict[str, Training | Refusal] = OrderedDict()
        self._guard = threading.Lock()

    def of(
        self, check: Check, evidence: Mapping[str, Evidence], reference: Facts | None, referee: Referee
    ) -> Training | Refusal | None:
        """Train as *check* says; ``None`` when the submission gave nothing to train.

        Seeds are added until every limit is decided or there are no more. Where a limit was missed, or is
        open, the signs of the first seed come with it.
        """
        settings = _settings_of(check)
        found = self._material(settings, evidence, reference.evidence if reference else None)
        if found is None or isinstance(found, Refusal):
            return found
        model, message = found
        return self._said_of(settings, self._decided(settings, model, message, referee))

    def over(
        self,
        check: Check,
        evidence: Mapping[str, Evidence],
        reference: Facts | None,
        referee: Referee,
        seeds: Sequence[int],
    ) -> Training | Refusal | None:
        """Train on all of *seeds*, whatever they decide; otherwise as ``of``, without signs."""
        settings = _settings_of(check)
        found = self._material(settings, evidence, reference.evidence if reference else None)
        if found is None or isinstance(found, Refusal):
            return found
        model, message = found
        told = self._trained(model, {**message, "seeds": list(seeds), "signs": False}, referee)
        return self._said_of(settings, told)

    def _said_of(self, settings: Trains, told: Training | Refusal) -> Training | Refusal:
        held_out = read_dataset(self.datasets, settings.data).is_split
        return replace(told, held_out=held_out) if isinstance(told, Training) else told

    def _material(
        self, settings: Trains, evidence: Mapping[str, Evidence], own: Mapping[str, Evidence] | None
    ) -> tuple[ExportedModel, dict[str, Any]] | Refusal | None:
        model_from = own if "of" in settings.use_reference else evidence
        scaling_from = own if "scaling" in settings.use_reference else evidence
        if model_from is None or scaling_from is None or (settings.needs_reference and own is None):
            return Refusal(happening=Happening.LOST, reason="the reference is not at hand", ours=True)
        if not has_returned(model_from, settings.of):
            return None
        if settings.scaling and not has_returned(scaling_from, settings.scaling):
            return None
        model = returned(model_from, settings.of)
        if not isinstance(model, ExportedModel):
            return _whose(not_a_model(model), settings, "of")
        (train_x, train_y), (test_x, test_y) = read_dataset(self.datasets, settings.data).for_training()
        arms = _arms(settings, scaling_from, own, train_x, test_x)
        if isinstance(arms, Refusal):
            return arms
        plain = nameless(model.config)
        return model, {
            "arms": arms,
            "plain": plain,
            "labels": {"train": train_y, "test": test_y},
            "recipe": settings.recipe.model_dump(),
            "parameters_at_most": settings.parameters_at_most,
            "seeds_at_most": settings.seeds_at_most,
            "input_shape": list(train_x.shape[1:]),
            "architecture": _digest_of(plain),
        }

    def _decided(
        self, settings: Trains, model: ExportedModel, message: dict[str, Any], referee: Referee
    ) -> Training | Refusal:
        trained = Training(runs=())
        while wanted := seeds_wanted(trained, settings):
            asked = {**message, "seeds": wanted, "signs": False}
            more = self._trained(model, asked, referee, for_good=not trained.runs)
            if isinstance(more, Refusal):
                # What was trained once can be trained again: the machine was too slow, or the like.
                return _ours(more) if trained.runs else _whose(more, settings, "of")
            trained = Training(runs=(*trained.runs, *more.runs))
        if undecided_or_failed(trained, settings):
            return replace(trained, signs=self._signs(settings, model, message, referee))
        return trained

    def _signs(
        self, settings: Trains, model: ExportedModel, message: dict[str, Any], referee: Referee
    ) -> tuple[Sign, ...]:
        """Return the signs of the arm that is judged; nothing where that fails: they only explain."""
        arm = judged_arm(settings)
        first = {"seeds": [settings.first_seed], "signs": True, "arms": {arm: message["arms"][arm]}}
        try:
            told = self._trained(model, {**message, **first}, referee)
        except SandboxError:
            return ()
        return told.signs if isinstance(told, Training) else ()

    def _trained(
        self, model: ExportedModel, message: Mapping[str, Any], referee: Referee, *, for_good: bool = False
    ) -> Training | Refusal:
        """Return what the referee says, or said before; with *for_good* a refusal for time stays, too.

        Equal answers then get the same, and what took too long is neither tried again nor forgiven.
        """
        key = _key(message) if message["architecture"] else ""
        with self._guard:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        told = referee.training(model, message)
        refused = for_good and isinstance(told, Refusal) and told.happening is Happening.TIMED_OUT
        if key and (isinstance(told, Training) or (refused and not told.ours)):
            with self._guard:
                self._known[key] = told
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return told


def _settings_of(check: Check) -> Trains:
    if not isinstance(check.settings, Trains):
        raise TypeError(f"{check.id} is no training check")
    return check.settings


def _whose(refusal: Refusal, settings: Trains, part: Literal["of", "scaling"]) -> Refusal:
    """Return *refusal* of a *part* as a fault of ours, where the reference took the student's place."""
    return _ours(refusal) if part in settings.use_reference else refusal


def _ours(refusal: Refusal) -> Refusal:
    return replace(refusal, happening=Happening.LOST, ours=True)


def _arms(
    settings: Trains,
    scaling_from: Mapping[str, Evidence],
    own: Mapping[str, Evidence] | None,
    train: Any,
    test: Any,
) -> Arms | Refusal:
    """Return the inputs of each arm, float32 (rows, ...): raw, scaled, scaled by the reference."""
    arms = {RAW: {"train": _float32(train), "test": _float32(test)}}
    if not settings.scaling:
        return arms
    scaled = _scaled_arm(returned(scaling_from, settings.scaling), train, test)
    if isinstance(scaled, Refusal):
        return _whose(scaled, settings, "scaling")
    arms[SCALED] = scaled
    if settings.behind_reference_at_most is not None and own is not None:
        theirs = _scaled_arm(returned(own, settings.scaling), train, test)
        if isinstance(theirs, Refusal):
            return _ours(theirs)
        arms[REFERENCE] = theirs
    return arms


def _scaled_arm(value: Any, train: Any, test: Any) -> dict[str, Any] | Refusal:
    """Return the student's scaled arrays as an arm, if they have the shapes of what was to be scaled."""
    pair = list(value) if isinstance(value, list | tuple) else []
    # The same reading as the check's, which sees that no labels ride along: no text that looks like numbers.
    known = [array for array in map(as_array, pair) if array is not None and array.dtype.kind in "iuf"]
    arrays = [_float32(array) for array in known] if len(known) == len(pair) else []
    if [array.shape for array in arrays] != [train.shape, test.shape]:
        nothing = "None (is a return missing?)" if value is None else type(value).__name__
        found = ", ".join(str(np.shape(each)) for each in arrays) or nothing
        expected = f"two arrays of shapes {train.shape} and {test.shape}"
        return Refusal(
            happening=Happening.RETURNED, reason=f"found {found}, where the scaler should return {expected}"
        )
    return {"train": arrays[0], "test": arrays[1]}


def _float32(array: Any) -> Any:
    # What is too large becomes infinite, as it would in the model.
    with np.errstate(over="ignore"):
        return np.asarray(array).astype("float32")


def returned(evidence: Mapping[str, Evidence], observation: str) -> Any:
    """Return the value of *observation*'s first case, ``None`` when there is none."""
    return evidence[observation].outcomes[0].value if has_returned(evidence, observation) else None


def has_returned(evidence: Mapping[str, Evidence], observation: str) -> bool:
    """Return whether *observation*'s first case gave a value."""
    told = evidence.get(observation)
    return told is not None and bool(told.outcomes) and told.outcomes[0].happening is Happening.RETURNED


def not_a_model(value: Any) -> Refusal:
    """Return the refusal of *value*, where a model should be."""
    kind = "None (is a return missing?)" if value is None else type(value).__name__
    reason = getattr(value, "type", kind)
    return Refusal(happening=Happening.RETURNED, reason=f"found {reason}, where a Keras model was expected")


def _key(message: Mapping[str, Any]) -> str:
    """Return a digest of all that decides a training's result."""
    plain = {name: message[name] for name in message if name not in ("arms", "labels", "plain")}
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode())
    for name, parts in sorted({**message["arms"], "labels": message["labels"]}.items()):
        for part in ("train", "test"):
            array = np.ascontiguousarray(parts[part])
            digest.update(f"{name} {part} {array.dtype} {array.shape}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def _digest_of(config: Any) -> str:
    """Return a digest of a configuration; nothing for one that JSON cannot carry, which is never shared."""
    if config is None:
        return ""
    try:
        text = json.dumps(config, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
