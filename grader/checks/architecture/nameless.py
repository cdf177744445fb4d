"""A model's configuration without the names of its layers, so that equal architectures compare equal."""

from collections.abc import Mapping
from typing import Any

#: Where a functional model's configuration speaks of layers by name: first in each of these lists.
REFERENCES = ("keras_history", "input_layers", "output_layers")
#: What the referee does not read (``sandbox.inside.allowed``): how it was compiled and built.
UNREAD = ("compile_config", "build_config")


#: Whose name says nothing: layers, models, operations. A data type's name says all there is.
NAMED = ("keras", "keras.layers", "keras.models")
INTERNAL = ("keras.src.models.", "keras.src.ops.")


def nameless(config: Any) -> Any:
    """Return a copy of *config* in which each layer's name is its number, in order of appearance.

    Seeds of a submission's own are left out: the referee takes them out, too. Names stand nowhere else that
    matters: two configurations that become equal describe the same model. ``None`` for a configuration of
    Keras 2, which speaks of layers by name elsewhere, too.
    """
    if _is_old(config):
        return None
    names: dict[str, str] = {}
    _number(config, names)
    return _renamed(config, names)


def _is_old(node: Any) -> bool:
    if isinstance(node, Mapping):
        nodes = node.get("inbound_nodes")
        old = isinstance(nodes, list | tuple) and any(isinstance(each, list | tuple) for each in nodes)
        return old or any(map(_is_old, node.values()))
    return isinstance(node, list | tuple) and any(map(_is_old, node))


def _number(node: Any, names: dict[str, str]) -> None:
    if isinstance(node, Mapping):
        name = _name_of(node)
        if name is not None:
            names.setdefault(name, f"layer_{len(names)}")
        for child in node.values():
            _number(child, names)
    elif isinstance(node, list | tuple):
        for child in node:
            _number(child, names)


def _name_of(node: Mapping[str, Any]) -> str | None:
    config = node.get("config") if "class_name" in node else None
    name = config.get("name") if isinstance(config, Mapping) else None
    return name if isinstance(name, str) and _is_named(node) else None


def _is_named(node: Mapping[str, Any]) -> bool:
    module = str(node.get("module"))
    return node["class_name"] != "DTypePolicy" and (module in NAMED or module.startswith(INTERNAL))


def _renamed(node: Any, names: Mapping[str, str], key: str = "") -> Any:
    if isinstance(node, Mapping):
        kept = [name for name in node if not ("class_name" in node and name in UNREAD)]
        plain = {name: _renamed(node[name], names, str(name)) for name in kept}
        if "class_name" in node and isinstance(plain.get("config"), dict) and _name_of(node) is not None:
            plain["config"]["name"] = names[node["config"]["name"]]
        if "class_name" in node and isinstance(plain.get("config"), dict):
            plain["config"].pop("seed", None)
        if "class_name" in node and isinstance(plain.get("name"), str):
            plain["name"] = names.get(plain["name"], plain["name"])
        return plain
    if isinstance(node, list | tuple):
        return _reference(node, names, key)
    return node


def _reference(node: list[Any] | tuple[Any, ...], names: Mapping[str, str], key: str) -> list[Any]:
    if key in REFERENCES and node and isinstance(node[0], str):
        return [names.get(node[0], node[0]), *(_renamed(each, names) for each in node[1:])]
    return [_renamed(each, names, key) for each in node]
