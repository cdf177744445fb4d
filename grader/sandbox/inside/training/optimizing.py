"""Keras optimizers and learning-rate schedules from a recipe, by name in literal tables."""

from collections.abc import Callable, Mapping
from typing import Any

import keras

Recipe = Mapping[str, Any]
OPTIMIZERS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "adam": (keras.optimizers.Adam, ("weight_decay",)),
    "adamw": (keras.optimizers.AdamW, ("weight_decay",)),
    "rmsprop": (keras.optimizers.RMSprop, ("momentum", "weight_decay")),
    "sgd": (keras.optimizers.SGD, ("momentum", "nesterov", "weight_decay")),
}


def optimizer_of(recipe: Recipe) -> Any:
    """Return a new optimizer; what the recipe leaves out is as in Keras."""
    kind, names = OPTIMIZERS[recipe["optimizer"]]
    given = {name: recipe[name] for name in names if recipe.get(name) is not None}
    return kind(learning_rate=_learning_rate(recipe), **given)


def _learning_rate(recipe: Recipe) -> Any:
    rate, schedules = recipe["learning_rate"], keras.optimizers.schedules
    for name, given in (recipe.get("schedule") or {}).items():
        if given is None:
            continue
        if name == "piecewise_constant_decay":
            return schedules.PiecewiseConstantDecay(given["boundaries"], given["values"])
        kind = {"exponential_decay": schedules.ExponentialDecay, "cosine_decay": schedules.CosineDecay}[name]
        return kind(rate, **given)
    return rate
