"""Equal architectures have equal configurations once names are left out; others never have."""

import copy
from typing import Any

import pytest

from grader.checks.architecture.nameless import nameless


def layer(name: str, **config: Any) -> dict[str, Any]:
    """Return the configuration of a layer, as Keras writes it."""
    return {"class_name": "Dense", "module": "keras.layers", "config": {"name": name, **config}}


def sequential(*layers: dict[str, Any], name: str = "sequential") -> dict[str, Any]:
    """Return the configuration of a Sequential model."""
    return {"class_name": "Sequential", "module": "keras", "config": {"name": name, "layers": list(layers)}}


def functional(first: str, second: str, last: str) -> dict[str, Any]:
    """Return two layers of which the second is fed by *first* and *last* is the output."""
    history = {"class_name": "__keras_tensor__", "config": {"keras_history": [first, 0, 0]}}
    return {
        "class_name": "Functional",
        "module": "keras",
        "config": {
            "name": "functional",
            "layers": [
                {**layer(first), "name": first, "inbound_nodes": []},
                {**layer(second), "name": second, "inbound_nodes": [{"args": [history], "kwargs": {}}]},
            ],
            "input_layers": [[first, 0, 0]],
            "output_layers": [[last, 0, 0]],
        },
    }


def test_names_do_not_matter() -> None:
    """Keras counts them through a session: the tenth model's Dense is dense_17."""
    one = sequential(layer("dense", units=3), layer("dense_1", units=2))
    other = sequential(layer("dense_17", units=3), layer("mine", units=2), name="sequential_9")

    assert nameless(one) == nameless(other)


def test_settings_matter() -> None:
    """Also one that is called like a layer."""
    relu = sequential(layer("relu", units=3, activation="relu"))
    tanh = sequential(layer("tanh", units=3, activation="tanh"))

    assert nameless(relu) != nameless(tanh)
    assert nameless(relu) == nameless(sequential(layer("first", units=3, activation="relu")))


def test_connections_matter() -> None:
    """Which layer feeds which, and which is the output, whatever they are called."""
    assert nameless(functional("a", "b", last="b")) == nameless(functional("x", "y", last="y"))
    assert nameless(functional("a", "b", last="b")) != nameless(functional("a", "b", last="a"))


def test_one_name_for_two_layers_is_another_model() -> None:
    """Shared weights are not equal weights."""
    history = {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}}
    twice = functional("a", "b", last="b")
    twice["config"]["layers"][1]["inbound_nodes"].append({"args": [history], "kwargs": {}})

    assert nameless(twice) != nameless(functional("a", "b", last="b"))


@pytest.mark.parametrize("other", ["float16", "mixed_float16", "bfloat16", "float64"])
def test_data_types_matter(other: str) -> None:
    """They are told by a name, too: one student's float16 must not be another's float32."""

    def typed(name: str) -> Any:
        policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": name}}
        return nameless(sequential(layer("dense", units=3, dtype=policy)))

    assert typed(other) != typed("float32")


def test_an_older_form_is_not_told_apart() -> None:
    """Keras 2 speaks of layers by name in other places: such a model is trained by itself."""
    old = functional("a", "b", last="b")
    old["config"]["layers"][1]["inbound_nodes"] = [[["a", 0, 0, {}]]]

    assert nameless(old) is None


def test_a_seed_of_its_own_does_not_matter() -> None:
    """The referee trains with its own."""
    seeded = sequential(layer("a", kernel={"class_name": "HeNormal", "config": {"seed": 7}}))
    plain = sequential(layer("a", kernel={"class_name": "HeNormal", "config": {"seed": None}}))

    assert nameless(seeded) == nameless(plain)


def test_how_it_was_compiled_does_not_matter() -> None:
    """The referee compiles it as the exercise says."""
    plain = sequential(layer("dense", units=3))
    compiled = {**sequential(layer("dense", units=3)), "compile_config": {"optimizer": "adam"}}

    assert nameless(plain) == nameless(compiled)


def test_the_configuration_itself_is_left_alone() -> None:
    """It is trained from afterwards."""
    config = functional("a", "b", last="b")
    before = copy.deepcopy(config)

    nameless(config)

    assert config == before
