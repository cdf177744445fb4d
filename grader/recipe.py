"""How the referee trains: optimizer, schedule, class weights and stopping, named as Keras names them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from grader.record import Record

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Steps = Annotated[int, Field(ge=1)]


class ExponentialDecay(Record):
    """``keras.optimizers.schedules.ExponentialDecay``."""

    decay_steps: Steps
    decay_rate: Positive
    staircase: bool = False


class CosineDecay(Record):
    """``keras.optimizers.schedules.CosineDecay``."""

    decay_steps: Steps
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.0


class PiecewiseConstantDecay(Record):
    """``keras.optimizers.schedules.PiecewiseConstantDecay``; one rate more than there are boundaries."""

    boundaries: Annotated[list[Steps], Field(min_length=1)]
    values: Annotated[list[Positive], Field(min_length=2)]

    @model_validator(mode="after")
    def _one_value_more(self) -> "PiecewiseConstantDecay":
        if len(self.values) != len(self.boundaries) + 1 or self.boundaries != sorted(set(self.boundaries)):
            raise ValueError("boundaries that rise, and one value more than boundaries")
        return self


class Schedule(Record):
    """A learning-rate schedule: exactly one key. It starts from the recipe's ``learning_rate``."""

    exponential_decay: ExponentialDecay | None = None
    cosine_decay: CosineDecay | None = None
    piecewise_constant_decay: PiecewiseConstantDecay | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Schedule":
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError(f"exactly one schedule, of: {', '.join(type(self).model_fields)}")
        return self


class EarlyStopping(Record):
    """``keras.callbacks.EarlyStopping``. ``val_loss`` is that of the recipe's ``validation_split``."""

    monitor: Literal["loss", "val_loss"] = "val_loss"
    patience: Annotated[int, Field(ge=0)] = 0
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    restore_best_weights: bool = False


class Recipe(Record):
    """How the referee trains; the submission's own ``compile`` is not used, so that all train alike.

    What is not given is as in Keras. ``class_weight`` has one weight a class, or is ``balanced``: the number
    of rows over that of classes times the class's rows. ``validation_split`` takes that share of the training
    part from its end, before anything is shuffled.
    """

    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam"
    learning_rate: Positive = 1e-3
    schedule: Schedule | None = None
    momentum: Fraction = 0.0
    nesterov: bool = False
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    epochs: Annotated[int, Field(ge=1, le=1000)] = 20
    batch_size: Annotated[int, Field(ge=1)] = 32
    class_weight: Annotated[list[Positive], Field(min_length=2)] | Literal["balanced"] | None = None
    validation_split: Fraction = 0.0
    early_stopping: EarlyStopping | None = None

    @model_validator(mode="after")
    def _what_fits(self) -> "Recipe":
        if self.optimizer not in ("sgd", "rmsprop") and self.momentum:
            raise ValueError(f"momentum with sgd or rmsprop, not with {self.optimizer}")
        if self.nesterov and not (self.optimizer == "sgd" and self.momentum):
            raise ValueError("nesterov with sgd and a momentum")
        stopping = self.early_stopping
        if stopping and stopping.monitor == "val_loss" and not self.validation_split:
            raise ValueError("early_stopping on val_loss with a validation_split, such as 0.2")
        return self
