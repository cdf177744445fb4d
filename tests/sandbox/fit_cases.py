"""Models, recipes and what they mean in Keras: the cases in which the referee's trainer is held to ``fit``.

Models and optimizers of ``fit`` are written out in Keras, not made from the recipe: so a recipe that is
misread is seen. Each function takes the module ``keras``, which is not imported here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Make = Callable[[Any], Any]
#: The last batch of an epoch has 2 rows; where some are held back, another number.
ROWS, BATCH, RATE, EPOCHS = 50, 16, 0.01, 5


def adam(keras: Any) -> Any:
    """Return Adam at the recipes' rate."""
    return keras.optimizers.Adam(RATE)


def dense(keras: Any) -> Any:
    """Return a small perceptron."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(8, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def logits(keras: Any) -> Any:
    """Return a perceptron that ends without a softmax."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(8, activation="tanh"), layers.Dense(3)
    ])  # fmt: skip


def convolution(keras: Any) -> Any:
    """Return a small CNN with pooling."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 6, 1)), layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def normalised(keras: Any) -> Any:
    """Return a CNN with BatchNormalization, before and after its pooling."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 6, 1)), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(),
        layers.ReLU(), layers.MaxPooling2D(), layers.Flatten(),
        layers.BatchNormalization(momentum=0.8), layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def regularised(keras: Any) -> Any:
    """Return a perceptron whose weights cost something."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 6, 1)), layers.Flatten(),
        layers.Dense(8, activation="relu", kernel_regularizer="l2", bias_regularizer="l1"),
        layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.1)),
    ])  # fmt: skip


def active(keras: Any) -> Any:
    """Return a perceptron whose answers cost something."""
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 6, 1)), layers.Flatten(),
        layers.Dense(8, activation="relu", activity_regularizer=keras.regularizers.L2(0.01)),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def branched(keras: Any) -> Any:
    """Return a functional model with a shared layer and a nested model."""
    layers = keras.layers
    inputs = keras.Input((6, 6, 1))
    flat = layers.Flatten()(inputs)
    inner = keras.Sequential([keras.Input((36,)), layers.Dense(8, activation="tanh")])
    shared = layers.Dense(8, activation="relu")
    both = layers.Concatenate()([shared(inner(flat)), shared(layers.Dense(8)(flat))])
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(both))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One model, trained both ways; ``recipe`` is for our trainer, all the rest for ``fit``."""

    recipe: dict[str, Any] = field(default_factory=dict)
    make: Make = dense
    optimizer: Make = adam
    fit: dict[str, Any] = field(default_factory=dict)
    callback: Make | None = None
    #: Whether each epoch has our own order of rows, instead of the order in which they stand.
    shuffled: bool = False


def _optimizer(name: str, kind: str, **given: Any) -> Case:
    recipe = {"optimizer": name, **given}
    return Case(recipe=recipe, optimizer=lambda keras: getattr(keras.optimizers, kind)(RATE, **given))


def _schedule(name: str, kind: str, /, *positional: Any, **given: Any) -> Case:
    def make(keras: Any) -> Any:
        return keras.optimizers.Adam(getattr(keras.optimizers.schedules, kind)(*positional, **given))

    return Case(recipe={"schedule": {name: given}}, optimizer=make)


def _stopping(make: Make = dense, *, rate: float = RATE, held: float = 0.0, **given: Any) -> Case:
    return Case(
        recipe={"learning_rate": rate, "epochs": 14, "validation_split": held, "early_stopping": given},
        make=make,
        optimizer=lambda keras: keras.optimizers.Adam(rate),
        fit={"validation_split": held} if held else {},
        callback=lambda keras: keras.callbacks.EarlyStopping(**given),
    )


WEIGHTS = [1.0, 4.0, 0.5]
BY_CLASS = dict(enumerate(WEIGHTS))
CASES: dict[str, Case] = {
    "dense": Case(),
    "without a softmax": Case(make=logits),
    "convolution": Case(make=convolution),
    "batch normalization": Case(make=normalised),
    "kernel regularizer": Case(make=regularised),
    "activity regularizer": Case(make=active),
    "shared and nested layers": Case(make=branched),
    "our order of rows": Case(shuffled=True),
    "our order of rows, batch normalization": Case(make=normalised, shuffled=True),
    "adam with weight decay": _optimizer("adam", "Adam", weight_decay=0.05),
    "adamw": _optimizer("adamw", "AdamW", weight_decay=0.1),
    "adamw as it is": _optimizer("adamw", "AdamW"),
    "sgd": _optimizer("sgd", "SGD"),
    "sgd with momentum": _optimizer("sgd", "SGD", momentum=0.9),
    "sgd with nesterov": _optimizer("sgd", "SGD", momentum=0.9, nesterov=True),
    "rmsprop": _optimizer("rmsprop", "RMSprop"),
    "rmsprop with momentum": _optimizer("rmsprop", "RMSprop", momentum=0.5),
    "exponential decay": _schedule(
        "exponential_decay", "ExponentialDecay", RATE, decay_steps=5, decay_rate=0.5
    ),
    "exponential decay in steps": _schedule(
        "exponential_decay", "ExponentialDecay", RATE, decay_steps=5, decay_rate=0.5, staircase=True
    ),
    "cosine decay": _schedule("cosine_decay", "CosineDecay", RATE, decay_steps=12, alpha=0.1),
    "piecewise constant decay": _schedule(
        "piecewise_constant_decay", "PiecewiseConstantDecay", boundaries=[4, 9], values=[RATE, 0.002, 0.03]
    ),
    "class weights": Case(recipe={"class_weight": WEIGHTS}, fit={"class_weight": BY_CLASS}),
    # 30, 14 and 6 of the 50 rows.
    "balanced class weights": Case(
        recipe={"class_weight": "balanced"}, fit={"class_weight": {0: 50 / 90, 1: 50 / 42, 2: 50 / 18}}
    ),
    "validation split": Case(recipe={"validation_split": 0.2}, fit={"validation_split": 0.2}),
    "validation split and class weights": Case(
        recipe={"validation_split": 0.3, "class_weight": WEIGHTS},
        fit={"validation_split": 0.3, "class_weight": BY_CLASS},
    ),
    "stop on val_loss": _stopping(rate=0.05, held=0.2, monitor="val_loss"),
    "stop on val_loss, patient": _stopping(rate=0.05, held=0.3, monitor="val_loss", patience=2),
    "stop on val_loss, restored": _stopping(
        rate=0.05, held=0.3, monitor="val_loss", patience=3, restore_best_weights=True
    ),
    "stop on val_loss, batch normalization": _stopping(
        normalised, rate=0.05, held=0.4, monitor="val_loss", patience=2, restore_best_weights=True
    ),
    "stop on val_loss, activity regularizer": _stopping(
        active, rate=0.05, held=0.5, monitor="val_loss", patience=1, restore_best_weights=True
    ),
    "stop on loss, min_delta": _stopping(monitor="loss", min_delta=0.08, patience=1),
    "stop on loss, min_delta, restored": _stopping(
        monitor="loss", min_delta=0.08, patience=2, restore_best_weights=True
    ),
}
#: Allowed to stop and never do.
CASES["patience is not used up"] = _stopping(monitor="loss", patience=9, restore_best_weights=True)
STOPS = frozenset(name for name in CASES if name.startswith("stop"))

#: The case "dense" with one thing wrong in ``fit``: a comparison that sees nothing would let these pass.
WRONG: dict[str, Case] = {
    "a tenth more learning rate": Case(optimizer=lambda keras: keras.optimizers.Adam(1.1 * RATE)),
    "another epsilon": Case(optimizer=lambda keras: keras.optimizers.Adam(RATE, epsilon=1e-3)),
    "another optimizer": Case(optimizer=lambda keras: keras.optimizers.Nadam(RATE)),
    "the last batch left out": Case(fit={"steps_per_epoch": ROWS // BATCH}),
    "larger batches": Case(fit={"batch_size": BATCH + 1}),
    "a class weighs a twentieth more": Case(fit={"class_weight": {0: 1.05, 1: 1.0, 2: 1.0}}),
    "our order, not theirs": Case(recipe={"epochs": 1}, shuffled=True, fit={"epochs": 2}),
}
