"""What happened, without opinion.

*Evidence* is a claim made by the student's process. *Facts* add what the referee derived again from
those claims: layer tables and trainings. Only facts are judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Happening(StrEnum):
    """How one call, or one look at a name, ended.

    ``MISSING``: no cell defines the name. ``UNDEFINED``: one was to, but failed. ``UNWRITTEN``: it is still
    the starter. ``LOST``: a fault of ours.
    """

    RETURNED = "returned"
    RAISED = "raised"
    MISSING = "missing"
    UNDEFINED = "undefined"
    UNWRITTEN = "unwritten"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    MALFORMED = "malformed"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Opaque:
    """A value with no portable form: its type's full name and a bounded ``repr``."""

    type: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedModel:
    """A Keras model as its own process described it.

    ``config`` is what ``keras.saving.serialize_keras_object`` gave, or ``None`` when the model has no
    configuration (a subclass); then ``claims`` holds the layer table that its process reported.
    """

    config: Mapping[str, Any] | None
    claims: Mapping[str, Any] = field(default_factory=dict)
    type: str = "keras.Model"


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """An exception: class name, names of its bases, message, and the lines of student code involved."""

    type: str
    bases: tuple[str, ...] = ()
    message: str = ""
    trace: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one case ended. ``value`` is meaningful only for ``RETURNED``, ``error`` for the others.

    ``near`` is a name that is there, and much like one that is ``MISSING``.
    """

    happening: Happening
    value: Any = None
    error: Raised | None = None
    detail: str = ""
    near: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All cases of one observation, in the order asked. ``seconds`` is wall-clock time."""

    outcomes: tuple[Outcome, ...]
    printed: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRun:
    """How one code cell ran."""

    number: int
    happening: Happening
    error: Raised | None = None
    printed: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRow:
    """One row of ``model.summary()``, derived from the configuration.

    ``kind`` is Keras's class name, ``output_shape`` has ``None`` for the batch dimension,
    ``parameters`` and ``trainable`` are counts, ``settings`` is the layer's own Keras configuration
    (such as ``{"filters": 8, "kernel_size": [3, 3]}``), ``inputs`` names the rows that feed it.
    """

    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    parameters: int
    trainable: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerTable:
    """A model's summary. ``self_reported`` when the submission's own word is all there is.

    ``output_shape`` is that of the first output, ``other_outputs`` are those of any others.
    """

    rows: tuple[LayerRow, ...]
    input_shape: tuple[int | None, ...] | None
    output_shape: tuple[int | None, ...] | None
    parameters: int
    trainable: int
    other_outputs: tuple[tuple[int | None, ...], ...] = ()
    self_reported: bool = False

    @property
    def non_trainable(self) -> int:
        """Parameters that training leaves alone (BatchNormalization's moving statistics, frozen layers)."""
        return self.parameters - self.trainable


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRun:
    """One training by the referee: an arm (``raw``, ``scaled``, ``reference``), a seed, and what came of it.

    ``accuracy`` is on the test part after the last epoch (of the best, where those weights are restored),
    ``train_accuracy`` on the training part, both 0.0 to 1.0. ``losses`` (training loss) and ``accuracies``
    (test accuracy) have one entry an epoch.
    """

    arm: str
    seed: int
    accuracy: float
    train_accuracy: float = 0.0
    losses: tuple[float, ...] = ()
    accuracies: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """What one hidden layer's units did in an arm, before and after training: shares from 0.0 to 1.0.

    For ``sigmoid`` and ``tanh`` the saturated answers, for ``relu`` the units that give 0 for every row.
    """

    arm: str
    layer: str
    activation: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """All runs of one training check; ``signs`` are of the first seed, where somebody asked for them.

    Without rows ``held_out`` for testing, accuracies are of the rows that were trained on.
    """

    runs: tuple[TrainingRun, ...]
    signs: tuple[Sign, ...] = ()
    held_out: bool = True

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that every arm has, in order."""
        arms = {run.arm for run in self.runs}
        by_arm = [{run.seed for run in self.runs if run.arm == arm} for arm in arms]
        return tuple(sorted(set.intersection(*by_arm))) if by_arm else ()

    def of(self, arm: str) -> tuple[TrainingRun, ...]:
        """Return the runs of *arm*, by seed."""
        return tuple(sorted((run for run in self.runs if run.arm == arm), key=lambda run: run.seed))


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The referee would not or could not derive a fact. ``ours`` when that is not the student's doing."""

    happening: Happening
    reason: str
    ours: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Everything known about one submission's answer to one exercise.

    ``evidence`` and ``tables`` are keyed by observation, ``trainings`` by the check's id.
    """

    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    tables: Mapping[str, LayerTable | Refusal] = field(default_factory=dict)
    trainings: Mapping[str, Training | Refusal] = field(default_factory=dict)
