"""What a student's model configuration may hold besides class names: plain settings of bounded size.

Nothing here needs Keras, and nothing is allocated: sizes are compared as numbers.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

MAX_NODES = 100_000
MAX_DEPTH = 100
#: Keras connects a Sequential anew for each layer: 300 layers take 6 s, 1500 two minutes.
MAX_CHAIN = 200
MAX_LAYERS = 1000
#: No size, seed or count in a model is larger; JSON keeps integers up to here.
MAX_BITS = 53
MAX_TEXT = 1000
#: More numbers than this, in one preprocessing layer or in all settings that weigh what passes through, are
#: data or trained weights, not settings.
MOST_NUMBERS = 64
CARRIERS_OF_DATA = frozenset(
    {"mean", "variance", "scale", "offset", "vocabulary", "bin_boundaries", "weights", "value", "idf_weights"}
)


#: Settings by which a layer or an initialiser puts a number of the submission's own on what passes through.
WEIGHING = CARRIERS_OF_DATA | {"negative_slope", "alpha", "slope", "gain"}
#: Numbers that everybody writes, and that weigh nothing.
NEUTRAL = (0, 1)
#: Data in the connections of a functional model: which tensor, which part of it.
PLAIN = ("__keras_tensor__", "__slice__", "__ellipsis__")


class Refused(Exception):
    """The configuration is not one that the referee rebuilds; the message tells the student why."""


class Node(NamedTuple):
    """A mapping in a configuration, the layer it belongs to in words, and its key there."""

    content: Mapping[str, Any]
    owner: str
    key: str


def shown(value: Any, most: int = 80) -> str:
    """Return a stranger's *value* as text that fits into a message."""
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def nodes(tree: Any) -> Iterator[Node]:
    """Yield every mapping in *tree*, parents first. Not recursive: depth and number are bounded here.

    Raises ``Refused`` where something stands that is no setting.
    """
    waiting, number = [(tree, "the model", "", 0)], 0
    while waiting:
        node, owner, key, depth = waiting.pop()
        number += 1
        if depth > MAX_DEPTH:
            raise Refused("the model's configuration is nested too deeply")
        if number > MAX_NODES * 10:
            raise Refused("the model's configuration is too large")
        if isinstance(node, Mapping):
            owner = _owner(node) or owner
            yield Node(node, owner, key)
            waiting += [(child, owner, str(name), depth + 1) for name, child in node.items()]
        elif isinstance(node, list | tuple):
            waiting += [(child, owner, key, depth + 1) for child in node]
        else:
            _refuse_odd_value(node, owner, key)


def _owner(node: Mapping[str, Any]) -> str:
    """Return ``Dense 'dense_1'`` for the node of a layer; nothing for settings within one."""
    config, kind = node.get("config"), shown(node.get("class_name", ""))
    name = config.get("name") if isinstance(config, Mapping) else None
    if name and kind:
        return f"{kind} {shown(name)!r}"
    return kind if node.get("module") == "keras.layers" else ""


def _refuse_odd_value(value: Any, owner: str, key: str) -> None:
    fault = "" if isinstance(value, bool | np.bool_) or value is None else _fault(value)
    if fault:
        raise Refused(f"{shown(key)} of {owner} {fault}")


def _fault(value: Any) -> str:
    """Return what is wrong with *value* as a setting, or nothing."""
    if isinstance(value, np.ndarray):
        return (
            "carries data, which the grader does not take; expected a number or a name. Let training find it."
        )
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return f"is a text of {len(value):,} characters; expected at most {MAX_TEXT:,}. Shorten it."
    if isinstance(value, int | np.integer) and int(value).bit_length() > MAX_BITS:
        return (
            f"is a number of {int(value).bit_length()} bits; expected at most {MAX_BITS}. Take a smaller one."
        )
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        return f"is {value}; expected a finite number. Leave it out where Keras has a default."
    if isinstance(value, str | int | float | np.integer | np.floating):
        return ""
    return f"is {type(value).__name__}; expected a number, a text, a list or a mapping"


def refuse_code(node: Node) -> None:
    """Raise ``Refused`` for the byte code of a Python lambda, which Keras writes into a configuration."""
    content = node.content
    code = content.get("value")
    is_triple = set(content) == {"value"} and isinstance(code, list | tuple) and len(code) == 3
    if content.get("class_name") == "__lambda__" or is_triple:
        raise Refused(own_function(node, "a Python lambda"))


def own_function(node: Node, what: str) -> str:
    """Return the sentence that refuses a function of the student's own."""
    name = "activation='relu'" if "activation" in node.key else f"{shown(node.key)}='...'"
    return (
        f"{node.owner} has {what} as its {shown(node.key) or 'function'}, which carries code, and the grader "
        f"runs none of it; expected one of Keras's own functions. Name it, as in {name}."
    )


def refuse_data(node: Node, *, learned: bool) -> None:
    """Raise ``Refused`` for numbers that were learned elsewhere: the grader trains models from nothing.

    *learned*: the node is an initialiser, in which any list is data.
    """
    config = node.content.get("config")
    for key, value in config.items() if isinstance(config, Mapping) else ():
        if not (learned or key in CARRIERS_OF_DATA):
            continue
        if isinstance(value, list | tuple) and _leaves(value) > (0 if learned else MOST_NUMBERS):
            raise Refused(
                f"{shown(node.content['class_name'])}'s {shown(key)} carries data, which the grader does not "
                "take; expected a number or a name. Let training find it."
            )
        if key in ("vocabulary", "idf_weights") and isinstance(value, str):
            raise Refused(
                f"{node.owner} reads its {key} from a file; expected a list. The grader opens none."
            )


def refuse_smuggling(carried: int, node: Node) -> None:
    """Raise ``Refused`` when all weighing numbers up to *node* are too many to be settings."""
    if carried > MOST_NUMBERS:
        raise Refused(
            f"the model's settings carry more than {MOST_NUMBERS} numbers that weigh what passes through "
            f"(such as those of {node.owner}): those are data or trained weights, which the grader does not "
            "take. Let training find them."
        )


def weighing_numbers(node: Node) -> int:
    """Return how many numbers *node* puts on what passes through, in its settings or as it is called.

    The spread of a random start is none: it says nothing of a single weight.
    """
    config, calls = node.content.get("config"), node.content.get("inbound_nodes")
    settings = config if isinstance(config, Mapping) else {}
    start = node.content.get("module") == "keras.initializers"
    weighing = WEIGHING - {"scale"} if start else WEIGHING
    found = sum(_numbers(value) for key, value in settings.items() if key in weighing)
    low, high = settings.get("minval", 0), settings.get("maxval", 0)
    lopsided = _numbers([low, high]) > 0 and low != -high
    return found + 2 * (start and lopsided) + _numbers(calls)


def _numbers(value: Any) -> int:
    """Return how many numbers *value* holds, but for neutral ones and choices of a part of a tensor."""
    if isinstance(value, Mapping):
        is_place = value.get("class_name") in PLAIN
        return 0 if is_place else sum(map(_numbers, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_numbers, value))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(is_number and value not in NEUTRAL)


def _leaves(value: Any) -> int:
    return sum(map(_leaves, value)) if isinstance(value, list | tuple) else 1


def bound_layers(found: int, node: Node) -> None:
    """Raise ``Refused`` when *found* layers in all, or those of a Sequential at *node*, are too many."""
    config = node.content.get("config")
    chain = config.get("layers") if isinstance(config, Mapping) else None
    if found > MAX_LAYERS:
        raise Refused(f"the model has more than {MAX_LAYERS:,} layers, more than the grader rebuilds")
    length = len(chain) if isinstance(chain, list | tuple) else 0
    if node.content.get("class_name") == "Sequential" and length > MAX_CHAIN:
        raise Refused(f"a Sequential has {length:,} layers; expected at most {MAX_CHAIN}")
