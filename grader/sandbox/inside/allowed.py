"""Which classes a student's model configuration may name.

Only Keras's own public layers, operations, initialisers, regularisers, constraints and data-type
policies. Not ``Lambda`` nor anything else that carries code, and nothing registered by a user.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import keras

#: Modules whose names are resolved, and the base class that what they name must have. Keras joins module and
#: name with a dot and takes whatever that gives, functions included; so both are held to a class here.
BASES: dict[str, type] = {
    "keras.layers": keras.layers.Layer,
    "keras.initializers": keras.initializers.Initializer,
    "keras.regularizers": keras.regularizers.Regularizer,
    "keras.constraints": keras.constraints.Constraint,
    "keras.src.ops.nn": keras.Operation,
    "keras.src.ops.numpy": keras.Operation,
    "keras.src.ops.math": keras.Operation,
}
#: Modules of which only these names are taken.
NAMES: dict[str, frozenset[str]] = {
    "keras": frozenset({"Sequential", "Functional", "Model", "DTypePolicy"}),
    "keras.models": frozenset({"Sequential", "Model"}),
    "keras.src.models.functional": frozenset({"Functional"}),
    "keras.src.models.sequential": frozenset({"Sequential"}),
    "builtins": frozenset({"slice", "tuple", "list", "dict", "function"}),
}
CARRIERS_OF_CODE = frozenset(
    {"Lambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer", "function", "Wrapper"}
)
ACTIVATIONS = frozenset(
    name
    for name in dir(keras.activations)
    if not name.startswith("_") and name not in ("get", "serialize", "deserialize")
)
#: More numbers than this in a preprocessing layer are data or trained weights, not settings.
MOST_NUMBERS = 64
CARRIERS_OF_DATA = frozenset(
    {"mean", "variance", "scale", "offset", "vocabulary", "bin_boundaries", "weights", "value"}
)
#: What TensorFlow's own functions call themselves where Keras has the same under another name; Keras
#: exports ``activation=tf.nn.softmax`` as a function named ``softmax_v2``.
KERAS_NAMES = {
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
    "swish": "silu",
    "identity": "linear",
}
MAX_NODES = 100_000
MAX_DEPTH = 100
MAX_LAYERS = 2000


class Refused(Exception):
    """The configuration is not one that the referee rebuilds; the message tells the student why."""


def refuse_strangers(config: Any) -> None:
    """Raise ``Refused`` unless every class that *config* names is allowed and its size is bounded."""
    layers = 0
    for number, node in enumerate(_mappings(config)):
        layers += "build_config" in node
        if number > MAX_NODES or layers > MAX_LAYERS:
            raise Refused("the model's configuration is too large")
        if "class_name" in node:
            _refuse_stranger(node)


def _refuse_stranger(node: Mapping[str, Any]) -> None:
    name, module = node.get("class_name"), node.get("module")
    if name == "__keras_tensor__":
        return
    if name in ("__tensor__", "__numpy__", "__typespec__"):
        raise Refused(f"a configuration with a constant ({name}) is not rebuilt")
    if name in CARRIERS_OF_CODE and not (module == "builtins" and _is_known_activation(node)):
        raise Refused(f"{name} carries code, which the grader does not run: use Keras's own layers")
    if not _is_allowed(module, name):
        raise Refused(f"{module}.{name} is not one of Keras's own public classes: use Keras's own layers")
    registered = node.get("registered_name")
    if isinstance(registered, str) and ">" in registered:
        raise Refused(f"{registered} is registered by the submission: use Keras's own layers")
    _refuse_data(name, module, node.get("config"))


def _is_allowed(module: Any, name: Any) -> bool:
    if not isinstance(module, str) or not isinstance(name, str) or not name.isidentifier():
        return False
    if module in NAMES:
        return name in NAMES[module]
    found = getattr(sys.modules.get(module), name, None)
    return module in BASES and isinstance(found, type) and issubclass(found, BASES[module])


def _refuse_data(name: Any, module: Any, config: Any) -> None:
    """Refuse numbers that were learned elsewhere: the grader trains models from nothing."""
    if not isinstance(config, Mapping):
        return
    most = 0 if module == "keras.initializers" else MOST_NUMBERS
    for key, value in config.items():
        carries = module == "keras.initializers" or key in CARRIERS_OF_DATA
        if carries and isinstance(value, list | tuple) and _leaves(value) > most:
            raise Refused(
                f"{name}'s {key} carries data, which the grader does not take: let training find it"
            )


def _leaves(value: Any) -> int:
    return sum(map(_leaves, value)) if isinstance(value, list | tuple) else 1


def _is_known_activation(node: Mapping[str, Any]) -> bool:
    name = node.get("config")
    return isinstance(name, str) and (name in KERAS_NAMES or name in ACTIVATIONS)


def rename_activations(config: Any) -> None:
    """Give TensorFlow's functions in *config*, which is changed, the names that Keras knows them by."""
    for node in _mappings(config):
        name = node.get("config")
        if node.get("class_name") == "function" and isinstance(name, str) and isinstance(node, dict):
            node["config"] = KERAS_NAMES.get(name, name)


def _mappings(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping in *tree*. Not recursive: depth is bounded here, not by the interpreter."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Refused("the model's configuration is nested too deeply")
        if isinstance(node, Mapping):
            yield node
        children = (
            node.values() if isinstance(node, Mapping) else node if isinstance(node, list | tuple) else ()
        )
        waiting.extend((child, depth + 1) for child in children)
