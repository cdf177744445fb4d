"""Which classes a student's model configuration may name.

Only Keras's own public layers, operations, initialisers, regularisers, constraints and data-type
policies. Not ``Lambda`` nor anything else that carries code, and nothing registered by a user.
"""

from collections.abc import Iterator, Mapping
from typing import Any

MODULES = frozenset({
    "keras",
    "keras.layers",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.activations",
    "keras.models",
    "keras.src.models.functional",
    "keras.src.models.sequential",
    "keras.src.ops.nn",
    "keras.src.ops.numpy",
    "keras.src.ops.core",
    "keras.src.ops.math",
    "keras.src.ops.operation",
    "keras.ops",
    "builtins",
})  # fmt: skip
CARRIERS_OF_CODE = frozenset(
    {"Lambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer", "function", "Wrapper"}
)
BUILTINS = frozenset({"slice", "tuple", "list", "dict"})
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
    if name in ("__keras_tensor__", "__tensor__", "__numpy__", "__typespec__"):
        if name != "__keras_tensor__":
            raise Refused(f"a configuration with a constant ({name}) is not rebuilt")
        return
    if name in CARRIERS_OF_CODE and not (
        name == "function" and module == "builtins" and _is_known_activation(node)
    ):
        raise Refused(f"{name} carries code, which the grader does not run: use Keras's own layers")
    if module is None and node.get("registered_name"):
        raise Refused(f"{name} is registered by the submission: use Keras's own layers")
    if module not in MODULES or (module == "builtins" and name not in BUILTINS | {"function"}):
        raise Refused(f"{module}.{name} is not one of Keras's own public classes: use Keras's own layers")
    registered = node.get("registered_name")
    if isinstance(registered, str) and ">" in registered:
        raise Refused(f"{registered} is registered by the submission: use Keras's own layers")


def _is_known_activation(node: Mapping[str, Any]) -> bool:
    import keras

    name = node.get("config")
    if not isinstance(name, str):
        return False
    return name in KERAS_NAMES or (name.isidentifier() and hasattr(keras.activations, name))


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
