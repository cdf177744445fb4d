"""Which classes a student's model configuration may name.

Only Keras's own public layers, operations, initialisers, regularisers, constraints and data-type
policies. Not ``Lambda`` nor anything else that carries code, and nothing registered by a user.
"""

import sys
from collections.abc import Mapping
from typing import Any

import keras

from grader.sandbox.inside.bounded import (
    PLAIN,
    Node,
    Refused,
    bound_layers,
    nodes,
    own_function,
    refuse_code,
    refuse_data,
    refuse_smuggling,
    shown,
    weighing_numbers,
)

__all__ = ["Refused", "cleaned", "refuse_strangers"]

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
MODELS = ("keras", "keras.models", "keras.src.models.functional", "keras.src.models.sequential")
CARRIERS_OF_CODE = frozenset(
    {"Lambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer", "function", "Wrapper"}
)
ACTIVATIONS = frozenset(
    name
    for name in dir(keras.activations)
    if not name.startswith("_") and name not in ("get", "serialize", "deserialize")
)
#: What TensorFlow's own functions call themselves where Keras has the same under another name; Keras
#: exports ``activation=tf.nn.softmax`` as a function named ``softmax_v2``.
KERAS_NAMES = {
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
    "swish": "silu",
    "identity": "linear",
}
CONSTANTS = ("__tensor__", "__numpy__", "__typespec__", "__bytes__")
#: Read again from what the graph says, or not needed: a forged one would only say otherwise.
STATED_TWICE = ("compile_config", "build_config")


def cleaned(tree: Any) -> Any:
    """Return a copy of a configuration without what the referee does not read.

    A model's ``compile_config`` goes, and a layer's ``build_config``: its weights follow from what feeds it.
    TensorFlow's functions get the names that Keras knows them by. Call ``refuse_strangers`` on it next.
    """
    if isinstance(tree, list | tuple):
        return [cleaned(item) for item in tree]
    if not isinstance(tree, Mapping):
        return tree
    copy = {key: cleaned(item) for key, item in tree.items()}
    if "class_name" in copy:
        _forget_seed(copy.get("config"))
        for name in STATED_TWICE if copy.get("module") == "keras.layers" else STATED_TWICE[:1]:
            copy.pop(name, None)
    function = copy.get("config")
    if copy.get("class_name") == "function" and isinstance(function, str):
        copy["config"] = KERAS_NAMES.get(function, function)
    return copy


def _forget_seed(config: Any) -> None:
    """Take a seed of the submission's own out of a layer's or initialiser's *config*.

    With it every training would begin alike, whatever the grader's seeds, and a lucky start could be sought.
    """
    if isinstance(config, dict) and "seed" in config:
        config["seed"] = None


def refuse_strangers(config: Any) -> None:
    """Raise ``Refused`` unless every class that *config* names is allowed and its size is bounded."""
    layers = carried = 0
    for node in nodes(config):
        refuse_code(node)
        if "class_name" in node.content:
            _refuse_stranger(node)
            carried += weighing_numbers(node)
            refuse_smuggling(carried, node)
            layers += node.content.get("module") in ("keras.layers", *MODELS)
            bound_layers(layers, node)


def _refuse_stranger(node: Node) -> None:
    content = node.content
    name, module = content["class_name"], content.get("module")
    if name in PLAIN:
        return
    if name in CONSTANTS:
        raise Refused(f"a configuration with a constant ({name}) is not rebuilt")
    _refuse_carrier(node)
    if not _is_allowed(module, name):
        raise Refused(_strange(node))
    registered = content.get("registered_name")
    if registered is not None and registered not in (name, content.get("config")):
        raise Refused(f"{shown(registered)} is registered by the submission: use Keras's own layers")
    refuse_data(node, learned=module == "keras.initializers")


def _refuse_carrier(node: Node) -> None:
    name, config = node.content["class_name"], node.content.get("config")
    if name == "function":
        known = isinstance(config, str) and config in ACTIVATIONS
        if not known or node.content.get("module") != "builtins":
            raise Refused(own_function(node, f"a function of its own, {shown(config)},"))
    elif isinstance(name, str) and name in CARRIERS_OF_CODE:
        raise Refused(f"{name} carries code, which the grader does not run: use Keras's own layers")


def _strange(node: Node) -> str:
    name, module = shown(node.content["class_name"]), node.content.get("module")
    if module is None:
        return (
            f"{name} is a class of the submission's own, which the grader cannot rebuild; "
            "expected Keras's own layers. Build the model from keras.layers."
        )
    return f"{shown(module)}.{name} is not one of Keras's own public classes: use Keras's own layers"


def _is_allowed(module: Any, name: Any) -> bool:
    if not isinstance(module, str) or not isinstance(name, str) or not name.isidentifier():
        return False
    if module in NAMES:
        return name in NAMES[module]
    found = getattr(sys.modules.get(module), name, None)
    # The base classes themselves do nothing, and Keras makes models of them that it cannot describe.
    is_one = isinstance(found, type) and module in BASES and issubclass(found, BASES[module])
    return is_one and found is not BASES[module]
