"""Which settings of a layer are as Keras has them, so that nothing but its size and kind is the student's."""

from collections.abc import Iterator, Mapping
from typing import Any

from grader.checks.architecture.activations import activation_of, named
from grader.checks.wording import cut, short
from grader.evidence import LayerRow

#: Keras's initialisers with their defaults; a seed makes no difference, since the referee takes it out.
INITIALIZERS: Mapping[str, Mapping[str, Any]] = {
    "GlorotNormal": {},
    "GlorotUniform": {},
    "HeNormal": {},
    "HeUniform": {},
    "LecunNormal": {},
    "LecunUniform": {},
    "Ones": {},
    "Orthogonal": {"gain": 1.0},
    "RandomNormal": {"mean": 0.0, "stddev": 0.05},
    "RandomUniform": {"minval": -0.05, "maxval": 0.05},
    "TruncatedNormal": {"mean": 0.0, "stddev": 0.05},
    "VarianceScaling": {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"},
    "Zeros": {},
}
#: Of Keras's own, but in no initialiser's call.
UNSAID = frozenset({"seed", "input_axes", "output_axes"})
EMPTY = ("_regularizer", "_constraint", "lora_rank", "lora_alpha", "quantization_config")


def unusual(row: LayerRow) -> Iterator[str]:
    """Yield in words each setting of *row* that is not Keras's own default."""
    for name, value in row.settings.items():
        usual = _is_usual(value) if name.endswith("_initializer") else value is None
        if name.endswith((*EMPTY, "_initializer")) and not usual:
            yield f"{name} ({_kind(value)})"
    if row.settings.get("trainable") is False:
        yield "trainable=False"
    if "dtype" in row.settings:
        yield f"dtype={short(row.settings['dtype'])}"


def _is_usual(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return value is None
    config = value.get("config")
    said = {key: item for key, item in (config or {}).items() if key not in UNSAID}
    return INITIALIZERS.get(str(value.get("class_name"))) == said


def _kind(value: Any) -> str:
    return (
        cut(str(value["class_name"]))
        if isinstance(value, Mapping) and "class_name" in value
        else short(value)
    )


def functions(row: LayerRow) -> Iterator[str]:
    """Yield the activation functions of *row*, by Keras's names; settings that change one are said."""
    for function in (activation_of(row.kind, row.settings), _setting(row)):
        if function is not None:
            said = {key: item for key, item in function.items() if key != "function"}
            rest = ", ".join(
                f"{key}={short(item)}" for key, item in said.items() if (key, item) != ("axis", -1)
            )
            yield cut(f"{function['function']}({rest})" if rest else str(function["function"]))


def _setting(row: LayerRow) -> Mapping[str, Any] | None:
    given = row.settings.get("activation") if row.kind != "Activation" else None
    return None if given is None else named(given)
