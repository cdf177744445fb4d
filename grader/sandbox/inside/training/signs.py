"""What hidden units do with the training rows: how many are saturated, how many never answer."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Sign = dict[str, Any]
ROWS = 512
#: Where the derivative is below a hundredth (sigmoid) or a twentieth (tanh) of a unit step.
SATURATED: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda out: ((out < 0.01) | (out > 0.99)).mean(),
    "tanh": lambda out: (np.abs(out) > 0.975).mean(),
    "relu": lambda out: (out <= 0).reshape(-1, out.shape[-1]).all(axis=0).mean(),
}


def signs_of(model: keras.Model, inputs: Any) -> list[Sign]:
    """Return for each hidden sigmoid, tanh or relu layer the share of answers that carry no gradient.

    For ``sigmoid`` and ``tanh`` the saturated answers, for ``relu`` the units that give 0 for every row.
    """
    # The nodes of this very graph: a layer may have more, from when Sequential was put together.
    graph = getattr(model, "_functional", None) or model
    last = {id(tensor) for tensor in model.outputs}
    hidden = [
        (node.operation, name, node.outputs[0])
        for depth in sorted(graph._nodes_by_depth, reverse=True)  # noqa: SLF001 - Keras has no public way to ask
        for node in graph._nodes_by_depth[depth]  # noqa: SLF001 - see above
        if (name := _activation(node.operation)) in SATURATED and id(node.outputs[0]) not in last
    ]
    if not hidden:
        return []
    probe = keras.Model(model.inputs, [output for _, _, output in hidden])
    outputs = probe(np.asarray(inputs[:ROWS]), training=False)
    return [
        {
            "layer": f"{type(layer).__name__} {number}",
            "activation": name,
            "share": float(np.nan_to_num(SATURATED[name](np.asarray(out, "float32")))),
        }
        for number, ((layer, name, _), out) in enumerate(zip(hidden, _listed(outputs), strict=True), 1)
    ]


def _listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _activation(layer: Any) -> str:
    if type(layer).__name__ == "ReLU":
        return "relu"
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))
