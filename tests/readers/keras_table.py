"""Prints which layers the installed Keras has, which settings they take and which they need, as JSON.

Run by itself (``make keras-layers``), because it imports Keras. Its output is shipped: it is
``grader/readers/keras_layers.json``.
"""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import keras

#: A reference is data, and the referee would not rebuild them.
CARRIERS_OF_CODE = frozenset(
    {"FlaxLayer", "JaxLayer", "Lambda", "Layer", "TFSMLayer", "TorchModuleWrapper", "Wrapper"}
)
#: Layer takes them among its keyword arguments.
BY_KEYWORD = ("input_dim", "input_shape")
#: Parameters of base classes that the layers themselves give.
GIVEN = frozenset({"cell", "pool_dimensions", "pool_mode", "rank"})
NO_ACTIVATIONS = ("deserialize", "get", "serialize")


def main() -> None:
    """Print the table, a line for each layer."""
    head = {"keras": ".".join(keras.__version__.split(".")[:2]), "activations": _activations()}
    lines = [f' "{name}": {json.dumps(value)},' for name, value in head.items()]
    rows = ",\n".join(f'  "{name}": {json.dumps(row)}' for name, row in _rows())
    print("\n".join(["{", *lines, ' "layers": {', rows, " }", "}"]))  # noqa: T201 - a command's output


def _activations() -> list[str]:
    return [
        name for name in dir(keras.activations) if not name.startswith("_") and name not in NO_ACTIVATIONS
    ]


def _rows() -> Iterator[tuple[str, dict[str, list[str]]]]:
    # A reference's InputLayer is made by keras.Input, too.
    made = {"Input": [keras.Input], "InputLayer": [keras.Input]}
    for name in dir(keras.layers):
        layer = getattr(keras.layers, name)
        is_layer = isinstance(layer, type) and issubclass(layer, keras.layers.Layer)
        if name in made:
            yield name, _row(made[name])
        elif is_layer and name not in CARRIERS_OF_CODE:
            yield name, _row(_constructors(layer))


def _constructors(layer: type) -> list[Any]:
    """Return the ``__init__`` of *layer*, and those that it hands further keywords on to."""
    taken: list[Any] = []
    for kind in layer.__mro__:
        if "__init__" in vars(kind):
            taken.append(kind.__init__)
            if not _hands_on(kind.__init__):
                break
    return taken


def _row(constructors: list[Any]) -> dict[str, list[str]]:
    takes = {name for each in constructors for name in _parameters(each)} - GIVEN
    if keras.layers.Layer.__init__ in constructors:
        takes.update(BY_KEYWORD)
    needs = {name for name, each in _parameters(constructors[0]).items() if each.default is each.empty}
    return {"needs": sorted(needs), "takes": sorted(takes | needs)}


def _hands_on(constructor: Any) -> bool:
    return any(each.kind is each.VAR_KEYWORD for each in inspect.signature(constructor).parameters.values())


def _parameters(constructor: Any) -> dict[str, inspect.Parameter]:
    found = inspect.signature(constructor).parameters
    return {
        name: each
        for name, each in found.items()
        if name != "self" and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    }


if __name__ == "__main__":
    main()
