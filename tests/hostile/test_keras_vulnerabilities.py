"""Configurations that have run code in other people's processes: each is refused, and leaves nothing behind.

Each is tried twice: on the referee's own code, where a test can look at what is global afterwards, and as a
whole submission that patches Keras in its own process, so that its model is exported as that configuration.
"""

import base64
import json
import marshal
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.grade import Grade
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from grader.verdict import Verdict
from tests.hostile.pipeline import ROOT, Classroom, findings, open_classroom

Json = dict[str, Any]
Ask = Callable[[Json], Json]
CODE = base64.b64encode(marshal.dumps(compile("open('pwned', 'w')", "x", "eval"))).decode()


def node(module: str | None, name: str, config: Any = None, **more: Any) -> Json:
    """Return a node of a configuration."""
    return {"module": module, "class_name": name, "config": config or {}, "registered_name": None, **more}


def model(*layers: Json, shape: tuple[int, ...] = (4,)) -> Json:
    """Return the configuration of a Sequential of *layers*."""
    entry = {"batch_shape": [None, *shape], "dtype": "float32", "name": "entry"}
    inside = [node("keras.layers", "InputLayer", entry), *layers]
    return node("keras", "Sequential", {"name": "mine", "layers": inside})


def dense(**settings: Any) -> Json:
    """Return the node of a Dense layer with three units."""
    return node("keras.layers", "Dense", {"units": 3, **settings})


def function(module: str, name: str) -> Json:
    """Return the node of a function, as Keras writes an activation that it does not know."""
    return node(module, "function", name, registered_name=name)


def wrapped(inside: Any) -> Json:
    """Return a harmless layer with *inside* in its settings."""
    return model(dense(kernel_regularizer=inside))


CONFIGS: dict[str, Json] = {
    # A Lambda's byte code; Keras before 2.13 ran it without asking.
    "CVE-2024-3660 Lambda": model(
        node(
            "keras.layers",
            "Lambda",
            {"function": node("builtins", "__lambda__", {"code": CODE, "defaults": None})},
        )
    ),
    "CVE-2024-3660 Lambda, old form": model(
        node("keras.layers", "Lambda", {"function": [CODE, None, None], "function_type": "lambda"})
    ),
    "CVE-2024-3660 lambda as activation": model(dense(activation={"value": [CODE, None, None]})),
    "CVE-2024-3660 lambda as initialiser": model(
        dense(kernel_initializer={"class_name": "__lambda__", "config": {"value": [CODE, None, None]}})
    ),
    "CVE-2024-3660 below a harmless layer": wrapped(
        [{"deep": [{"class_name": "__lambda__", "config": {"value": CODE}}]}]
    ),
    # Module and name were imported, whatever they were.
    "CVE-2025-1550 os.system": model(node("os", "system", "touch pwned")),
    "CVE-2025-1550 subprocess": model(dense(activation=function("subprocess", "run"))),
    "CVE-2025-1550 run": node("subprocess", "Popen", {"args": ["touch", "pwned"]}),
    "CVE-2025-1550 import": model(node("antigravity", "geohash")),
    "CVE-2025-1550 inbound": model(dense(kernel_constraint=function("builtins", "exec"))),
    "CVE-2025-1550 model": node(
        "keras.src.models.functional", "Functional", {"layers": [node("ftplib", "FTP")]}
    ),
    # Within Keras's own modules: functions that write files, and standard modules that these import.
    "CVE-2025-8747 get_file": model(
        node("keras.utils", "get_file", {"fname": "pwned", "origin": "file:///etc/passwd", "cache_dir": "."})
    ),
    "CVE-2025-8747 get_file, deep path": model(
        node("keras.src.utils.file_utils", "get_file", {"fname": "pwned", "origin": "http://127.0.0.1/"})
    ),
    "CVE-2025-8747 as activation": model(dense(activation=function("keras.utils", "get_file"))),
    "CVE-2025-8747 load_model": model(node("keras.saving", "load_model", {"filepath": "pwned.keras"})),
    "CVE-2025-8747 import through keras": model(node("keras.src.utils.file_utils.subprocess", "Popen")),
    "CVE-2025-8747 dotted name": model(node("keras", "utils.get_file")),
    # The switch itself, named in a configuration.
    "CVE-2025-9906 at the top": node("keras.config", "enable_unsafe_deserialization"),
    "CVE-2025-9906 nested": model(
        dense(activation=function("keras.config", "enable_unsafe_deserialization")),
        node("keras.layers", "Lambda", {"function": {"class_name": "__lambda__", "config": {"value": CODE}}}),
    ),
    "CVE-2025-9906 in a setting": wrapped([node("keras.config", "enable_unsafe_deserialization")]),
    "CVE-2025-9906 deep path": wrapped(
        node("keras.src.saving.serialization_lib", "enable_unsafe_deserialization")
    ),
    "CVE-2025-9906 in a compiled submodel's layer": model(
        node(
            "keras",
            "Sequential",
            {"layers": [dense(activation=function("keras.config", "enable_unsafe_deserialization"))]},
        )
    ),
    # Read a file, or an address, as the words of a vocabulary.
    "CVE-2025-12058 StringLookup": model(
        node("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}), shape=(1,)
    ),
    # Not numbered: a registered name, a saved TensorFlow model, a tensor, a type.
    "a registered name": model(dense() | {"registered_name": "mine>Dense"}),
    "another's registered name": model(dense() | {"registered_name": "Lambda"}),
    "a saved model": model(node("keras.layers", "TFSMLayer", {"filepath": "http://127.0.0.1/"})),
    "a tensor": wrapped({"class_name": "__tensor__", "config": {"value": [1], "dtype": "float32"}}),
    "a type": wrapped(
        {
            "class_name": "__typespec__",
            "spec_name": "x",
            "module": "os",
            "config": [],
            "registered_name": None,
        }
    ),
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Ask the referee's code, in a process and a folder of its own; the reply and the traces come back."""
    folder = tmp_path_factory.mktemp("bare")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, str(ROOT / "tests" / "hostile" / "bare_referee.py")]
    with (folder.parent / "bare.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=environment,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    untouched = json.loads(process.stdout.readline())

    def ask(config: Json, **message: Any) -> Json:
        process.stdin.write(json.dumps({"do": "table", "config": config, **message}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, f"the referee's process ended: {(folder.parent / 'bare.log').read_text()[-2000:]}"
        answer: Json = json.loads(line)
        assert answer["traces"] == untouched
        return answer["reply"]  # type: ignore[no-any-return]

    yield ask
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


@pytest.mark.parametrize("name", CONFIGS)
def test_a_configuration_is_refused_and_leaves_nothing(bare: Ask, name: str) -> None:
    """No file, no import, no registered object; safe mode is as it was (``bare`` compares)."""
    reply = bare(CONFIGS[name])

    assert reply["refused"] == "returned", reply
    assert len(reply["reason"]) < 500
    assert str(Path(__file__).parents[2]) not in reply["reason"]


@pytest.mark.parametrize("name", CONFIGS)
def test_nothing_of_it_counts_for_the_next(bare: Ask, name: str) -> None:
    """A Lambda is refused after the switch was named, and an honest model is counted."""
    bare(CONFIGS[name])

    assert bare(CONFIGS["CVE-2024-3660 Lambda"])["refused"] == "returned"
    assert bare(model(dense()))["value"]["parameters"] == 15


HONEST = """\
import keras
def build_model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
"""
FORGING = """\
import json, keras
FORGED = json.loads({text!r})
keras.saving.serialize_keras_object = lambda model: FORGED
from keras.src.saving import serialization_lib
serialization_lib.serialize_keras_object = keras.saving.serialize_keras_object
"""
NUMBERED = [name for name in CONFIGS if name.startswith("CVE")]


@pytest.fixture(scope="module")
def classroom(worker: Worker, referee: Referee) -> Classroom:
    """The shipped course."""
    return open_classroom(worker, referee)


def earned(grade: Grade, check: str) -> float | None:
    """Return the points of one check."""
    return findings(grade)[check].score


@pytest.mark.parametrize("name", NUMBERED)
def test_a_whole_submission_earns_nothing_by_it(classroom: Classroom, name: str) -> None:
    """Its model is wrong, with the reason; the run goes on and nobody's fault is ours."""
    grade = classroom.grade("small-cnn", HONEST, FORGING.format(text=json.dumps(CONFIGS[name])))
    found = findings(grade)

    assert grade.score == 0.0
    assert not grade.needs_review
    assert found["output_shape[model]"].finding.verdict is Verdict.FAILED
    assert found["output_shape[model]"].finding.message
    assert classroom.grade("small-cnn", HONEST).score == 0.0  # 4 inputs, 3 outputs: honest, and wrong


H5 = """\
import h5py, keras, numpy as np
inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(),
                          keras.layers.Lambda(lambda x: x[:, :10])])
inner.save("model.h5")
inner.save("build_model.keras")
def build_model():
    return keras.models.load_model("model.h5", safe_mode=False)
"""


def test_a_file_is_opened_by_its_own_process_alone(classroom: Classroom) -> None:
    """CVE-2025-9905, ``.h5`` ignores safe mode: students may open one; the grader refuses its Lambda."""
    grade = classroom.grade("small-cnn", H5)
    finding = findings(grade)["output_shape[model]"].finding

    assert finding.verdict is Verdict.FAILED
    assert "Lambda carries code" in finding.message


def test_the_grader_never_opens_a_model_file() -> None:
    """No module of the grader names a function of Keras that reads one; the red team's cells are data."""
    readers = (
        "load_model",
        "load_weights",
        "model_from_json",
        "safe_mode=False",
        "unsafe_deserialization",
        "h5py",
    )
    sources = [path for path in (ROOT / "grader").rglob("*.py") if "redteam" not in path.parts]

    assert len(sources) > 80
    assert [
        path.name for path in sources if any(word in path.read_text(encoding="utf-8") for word in readers)
    ] == []


HUGE = 10**9
SIZES: dict[str, tuple[Json, int | None]] = {
    "a Dense of 10^9 units": (model(dense(units=HUGE)), 5 * HUGE),
    "two of 10^12": (model(dense(units=10**12), dense(units=10**12)), None),
    "a kernel of 10^9 by 10^9": (
        model(
            node("keras.layers", "Conv2D", {"filters": 1, "kernel_size": [HUGE] * 2, "padding": "same"}),
            shape=(8, 8, 1),
        ),
        HUGE**2 + 1,
    ),
    "10^9 filters": (
        model(node("keras.layers", "Conv2D", {"filters": HUGE, "kernel_size": 3}), shape=(8, 8, 1)),
        10 * HUGE,
    ),
    "an Embedding of 10^12": (
        model(node("keras.layers", "Embedding", {"input_dim": 10**12, "output_dim": 64})),
        64 * 10**12,
    ),
    "an input of 10^18 numbers": (
        model(node("keras.layers", "Flatten"), dense(units=1), shape=(HUGE, HUGE)),
        HUGE**2 + 1,
    ),
    "repeated 10^9 times": (model(node("keras.layers", "RepeatVector", {"n": HUGE})), 0),
    "10^6 times as large": (model(node("keras.layers", "UpSampling2D", {"size": 10**6}), shape=(8, 8, 1)), 0),
    "padded with 10^9 zeros": (
        model(node("keras.layers", "ZeroPadding2D", {"padding": HUGE}), shape=(8, 8, 1)),
        0,
    ),
    "resized": (
        model(node("keras.layers", "Resizing", {"height": 10**6, "width": 10**6}), shape=(8, 8, 1)),
        0,
    ),
    "one-hot": (
        model(node("keras.layers", "CategoryEncoding", {"num_tokens": HUGE, "output_mode": "multi_hot"})),
        0,
    ),
    "an LSTM of 10^9": (model(node("keras.layers", "LSTM", {"units": HUGE}), shape=(4, 4)), None),
    "twenty cells of 10^9": (
        model(
            node(
                "keras.layers",
                "RNN",
                {
                    "cell": node(
                        "keras.layers",
                        "StackedRNNCells",
                        {"cells": [node("keras.layers", "GRUCell", {"units": HUGE})] * 20},
                    )
                },
            ),
            shape=(4, 4),
        ),
        None,
    ),
    "an adapter of rank 10^9": (model(dense(lora_rank=HUGE)), None),
}
LABELS = {"train": [0, 1, 2] * 10, "test": [0, 1, 2]}


@pytest.mark.parametrize("name", SIZES)
def test_huge_sizes_are_counted_and_not_allocated(bare: Ask, name: str) -> None:
    """The answer comes at once, from shapes."""
    config, parameters = SIZES[name]
    value = bare(config)["value"]

    assert value["parameters"] == parameters or (parameters is None and value["parameters"] > HUGE)


ODD: dict[str, Any] = {
    "negative units": dense(units=-3),
    "no units": dense(units=0),
    "half a unit": dense(units=3.5),
    "units as text": dense(units="3"),
    "units that are no number": dense(units=float("nan")),
    "units beyond all bounds": dense(units=10**40),
    "a list of units": dense(units=[3]),
    "a name of a million letters": dense(name="x" * 10**6),
    "a number for a name": dense(name=7),
    "a slash in a name": dense(name="a/b"),
    "an infinite regulariser": dense(
        kernel_regularizer=node("keras.regularizers", "L2", {"l2": float("inf")})
    ),
    "an unknown activation": dense(activation="wobble"),
    "an unknown data type": dense(dtype="float1024"),
    "an unknown setting": dense(wobble=1),
    "two layers of one name": [dense(name="twin"), dense(name="twin")],
    "a chain of 300": [dense()] * 300,
    "100,000 layers": [dense()] * 100_000,
    "a reshape that cannot be": node("keras.layers", "Reshape", {"target_shape": [HUGE, -1]}),
    "groups that do not fit": node("keras.layers", "GroupNormalization", {"groups": HUGE}),
    "weights in an initialiser": dense(
        kernel_initializer=node("keras.initializers", "RandomNormal", {"mean": [[1.0] * 3] * 4})
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_settings_have_a_reason(bare: Ask, name: str) -> None:
    """The student's doing, said in words; never ours, never a crash."""
    layers = ODD[name] if isinstance(ODD[name], list) else [ODD[name]]
    reply = bare(model(*layers))

    assert reply["refused"] in ("returned", "raised"), reply
    assert "expected" in reply["reason"] or "Keras" in reply["reason"] or "layers" in reply["reason"]
    assert len(reply["reason"]) < 700


@pytest.mark.parametrize("name", ["<b>bold</b>", "Lớp một 漢字", "';--", "a\u202eb"])
def test_odd_names_are_names(bare: Ask, name: str) -> None:
    """Who shows them takes care of them."""
    reply = bare(model(dense(name=name.replace("/", ""))))

    assert reply["value"]["rows"][1]["name"] == name.replace("/", "")


WORDS = ["Dense", "keras.layers", "function", "__lambda__", "keras.config", "keras", "Lambda"]
KEYS = [
    "class_name",
    "module",
    "config",
    "registered_name",
    "layers",
    "units",
    "value",
    "name",
    "build_config",
]
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
PLACES = [
    "module",
    "class_name",
    "config",
    "registered_name",
    "build_config",
    "units",
    "activation",
    "name",
    "kernel_initializer",
    "dtype",
    "shared_object_id",
    "layers",
    "inbound_nodes",
    "trainable",
]


@settings(max_examples=300, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(place=st.sampled_from(PLACES), where=st.sampled_from(["layer", "settings", "model"]), value=values)
def test_whatever_stands_in_a_configuration(bare: Ask, place: str, where: str, value: Any) -> None:
    """A table or a reason that is the student's; nothing that we would have to answer for is left behind."""
    layer = dense()
    config = model(layer)
    target = {"layer": layer, "settings": layer["config"], "model": config["config"]}[where]
    target[place] = value
    reply = bare(config)

    assert "value" in reply or reply["refused"] in ("returned", "raised", "out_of_memory"), reply
