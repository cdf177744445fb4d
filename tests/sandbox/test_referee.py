"""The referee: derives layer tables and trainings from configurations, and refuses strangers."""

import copy
from typing import Any

import numpy as np
import pytest

from grader.checks.architecture.activations import named
from grader.checks.architecture.nameless import nameless
from grader.evidence import ExportedModel, Happening, LayerTable, Refusal, Training
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from tests.sandbox.running import asks, run

LAYERS = "keras.layers"


def export(worker: Worker, body: str) -> ExportedModel:
    """Return the model that *body* builds, as it crosses the wall."""
    lines = "\n    ".join(body.splitlines())
    source = f"import keras, tensorflow as tf\nL = keras.layers\ndef answer():\n    {lines}\n"
    # Time enough on a busy machine: what is built here is honest.
    observed = run(worker, [source], asks("answer", seconds=30.0))
    (outcome,) = observed.evidence["exercise", "answer"].outcomes
    assert isinstance(outcome.value, ExportedModel), outcome
    return outcome.value


@pytest.fixture(scope="module")
def cnn(worker: Worker) -> ExportedModel:
    """A small CNN with BatchNormalization and Dropout."""
    return export(
        worker,
        "return keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(4, 3, activation='relu'),"
        " L.BatchNormalization(),"
        " L.MaxPooling2D(), L.Flatten(), L.Dropout(0.2), L.Dense(10, activation='softmax')])",
    )


def table_of(referee: Referee, model: ExportedModel) -> LayerTable:
    """Return *model*'s layer table, which must be derivable."""
    table = referee.layer_table(model)
    assert isinstance(table, LayerTable), table
    return table


class TestLayerTable:
    """The table that ``model.summary()`` shows."""

    def test_rows_shapes_and_counts(self, referee: Referee, cnn: ExportedModel) -> None:
        """Each layer has its kind, output shape and parameters; moving statistics are not trainable."""
        table = table_of(referee, cnn)

        assert [(row.kind, row.output_shape, row.parameters) for row in table.rows] == [
            ("InputLayer", (None, 8, 8, 1), 0),
            ("Conv2D", (None, 6, 6, 4), 40),
            ("BatchNormalization", (None, 6, 6, 4), 16),
            ("MaxPooling2D", (None, 3, 3, 4), 0),
            ("Flatten", (None, 36), 0),
            ("Dropout", (None, 36), 0),
            ("Dense", (None, 10), 370),
        ]
        assert (table.parameters, table.trainable, table.non_trainable) == (426, 418, 8)
        assert (table.input_shape, table.output_shape) == ((None, 8, 8, 1), (None, 10))

    @pytest.mark.parametrize("overridden", ["count_params", "summary"])
    def test_what_a_model_says_of_itself_does_not_matter(
        self, worker: Worker, referee: Referee, overridden: str
    ) -> None:
        """A method patched on the object does not reach the referee."""
        model = export(
            worker,
            "m = keras.Sequential([keras.Input((2,)), L.Dense(3)])\n"
            f"object.__setattr__(m, {overridden!r}, lambda *a, **k: 1)\nreturn m",
        )

        assert table_of(referee, model).parameters == 9

    def test_a_functional_model_with_branches_has_its_connections(
        self, worker: Worker, referee: Referee
    ) -> None:
        """Rows name the rows that feed them."""
        model = export(
            worker,
            "i = keras.Input((4,), name='i')\na = L.Dense(4, name='a')(i)\nb = L.Dense(4, name='b')(i)\n"
            "return keras.Model(i, L.Add(name='sum')([a, b]))",
        )
        inputs = {row.name: row.inputs for row in table_of(referee, model).rows}

        assert inputs == {"i": (), "a": ("i",), "b": ("i",), "sum": ("a", "b")}

    def test_nested_models_are_laid_open(self, worker: Worker, referee: Referee) -> None:
        """A Sequential inside a Sequential shows its layers."""
        model = export(
            worker,
            "inner = keras.Sequential([keras.Input((4,)), L.Dense(3, name='in1'), L.Dense(2, name='in2')])\n"
            "return keras.Sequential([keras.Input((4,)), inner, L.Dense(1, name='out')])",
        )
        table = table_of(referee, model)

        assert [row.name for row in table.rows if row.kind == "Dense"] == ["in1", "in2", "out"]
        assert table.rows[-1].inputs == ("in2",)
        assert table.parameters == 15 + 8 + 3

    def test_operations_are_rows_too(self, worker: Worker, referee: Referee) -> None:
        """``keras.ops`` in a functional model is not lost."""
        model = export(
            worker,
            "i = keras.Input((4, 4, 1))\nreturn keras.Model(i, keras.ops.relu(L.Conv2D(2, 3)(i)))",
        )

        assert [row.kind for row in table_of(referee, model).rows] == ["InputLayer", "Conv2D", "Relu"]

    @pytest.mark.parametrize(
        ("written", "known"),
        [
            ("tf.nn.softmax", "softmax"),
            ("tf.nn.log_softmax", "log_softmax"),
            ("tf.nn.relu", "relu"),
            ("tf.nn.leaky_relu", "leaky_relu"),
            ("tf.nn.swish", "silu"),
            ("tf.identity", "linear"),
        ],
    )
    @pytest.mark.parametrize("layer", ["L.Dense(3, activation={})", "L.Activation({})"])
    def test_the_functions_of_tensorflow_are_keras_s(
        self, worker: Worker, referee: Referee, written: str, known: str, layer: str
    ) -> None:
        """The official tutorials write ``activation=tf.nn.softmax``, which calls itself ``softmax_v2``."""
        model = export(worker, f"return keras.Sequential([keras.Input((3,)), {layer.format(written)}])")

        assert named(table_of(referee, model).rows[-1].settings["activation"])["function"] == known

    @pytest.mark.parametrize("part", ["x[:, 0]", "x[:, -1, :]", "x[..., 0, :]"])
    def test_parts_of_tensors_are_rebuilt(self, worker: Worker, referee: Referee, part: str) -> None:
        """As in the last step of a sequence."""
        model = export(worker, f"i = keras.Input((4, 6))\nx = L.Dense(3)(i)\nreturn keras.Model(i, {part})")

        assert table_of(referee, model).output_shape == (None, 3)

    def test_other_functions_are_code(self, worker: Worker, referee: Referee) -> None:
        """What Keras has no function for is not rebuilt."""
        body = "return keras.Sequential([keras.Input((3,)), L.Dense(3, activation=tf.nn.crelu)])"
        refusal = referee.layer_table(export(worker, body))

        assert isinstance(refusal, Refusal)
        assert "carries code" in refusal.reason

    def test_a_layer_of_a_billion_units_is_counted_not_allocated(
        self, referee: Referee, cnn: ExportedModel
    ) -> None:
        """The count comes from shapes."""
        huge = copy.deepcopy(cnn)
        assert huge.config is not None
        huge.config["config"]["layers"][-1]["config"]["units"] = 10**9

        assert table_of(referee, huge).parameters > 36 * 10**9

    def test_a_model_without_input_shape_says_so(self, worker: Worker, referee: Referee) -> None:
        """An unbuilt model has no shapes to check."""
        refusal = referee.layer_table(export(worker, "return keras.Sequential([L.Dense(3)])"))

        assert isinstance(refusal, Refusal)
        assert "keras.Input" in refusal.reason

    def test_a_subclass_is_taken_at_its_word_and_marked(self, worker: Worker, referee: Referee) -> None:
        """What cannot be derived is self-reported."""
        body = (
            "class Mine(keras.Model):\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.dense = L.Dense(3)\n"
            "    def call(self, x):\n"
            "        return self.dense(x)\n"
            "m = Mine()\nm(keras.ops.zeros((1, 2)))\nreturn m"
        )
        table = table_of(referee, export(worker, body))

        assert table.self_reported
        assert table.parameters == 9


def changed(model: ExportedModel, **settings: Any) -> ExportedModel:
    """Return *model* with its last layer's node changed."""
    forged = copy.deepcopy(model)
    assert forged.config is not None
    forged.config["config"]["layers"][-1].update(settings)
    return forged


class TestData:
    """Weights that were trained elsewhere do not come in through the configuration."""

    @pytest.mark.parametrize(
        "layer",
        [
            "L.Dense(3, kernel_initializer=keras.initializers.Constant([[1.0] * 3] * 4))",
            "L.Dense(3, bias_initializer=keras.initializers.Constant([1.0, 2.0, 3.0]))",
            "L.Discretization(bin_boundaries=[float(i) for i in range(1000)])",
        ],
    )
    def test_carriers_of_data_are_refused(self, worker: Worker, referee: Referee, layer: str) -> None:
        """A list where a number belongs holds an answer, not a setting."""
        model = export(worker, f"return keras.Sequential([keras.Input((4,)), {layer}])")

        refusal = referee.layer_table(model)

        assert isinstance(refusal, Refusal)
        assert "carries data" in refusal.reason

    def test_a_constant_number_is_a_setting(self, worker: Worker, referee: Referee) -> None:
        """A bias that starts at 0.1 is ordinary."""
        layer = "L.Dense(3, bias_initializer=keras.initializers.Constant(0.1))"

        assert table_of(referee, export(worker, f"return keras.Sequential([keras.Input((4,)), {layer}])"))


class TestWork:
    """What training would cost is known before there is a model, and whose fault it is when it fails."""

    @pytest.mark.parametrize(
        ("layers", "said"),
        [
            ("x = L.GlobalAveragePooling2D()(L.UpSampling2D(2000)(i))", "numbers for each example, too many"),
            (
                "x = L.Flatten()(L.ZeroPadding2D(10**6)(i))\nx = x[:, :4]",
                "numbers for each example, too many",
            ),
            ("x = L.RepeatVector(10**9)(L.Flatten()(i))\nx = x[:, 0]", "numbers for each example, too many"),
            (
                (
                    "x = L.UpSampling2D(64)(i)\nfor _ in range(6): x = L.Conv2D(8, 9, padding='same')(x)\n"
                    "x = L.GlobalAveragePooling2D()(x)"
                ),
                "too many to train with",
            ),
            (
                "x = L.Dropout(0.5, noise_shape=(7, 64))(L.Flatten()(i))",
                "cannot run the model on inputs of shape",
            ),
            (
                "x = L.RepeatVector(20000)(L.Dense(8)(L.Flatten()(i)))\nx = L.SimpleRNN(8)(x)",
                "recurrent layers take 20,000 time steps, too many to train with; expected at most",
            ),
            ("d = L.Dense(3, trainable=False)\nx = d(L.Flatten()(i))", "nothing in the model learns"),
        ],
    )
    def test_has_a_reason(self, worker: Worker, referee: Referee, layers: str, said: str) -> None:
        """In words, at once, and not ours."""
        last = "L.Dense(3, trainable=False)" if "learns" in said else "L.Dense(3)"
        model = export(worker, f"i = keras.Input((8, 8, 1))\n{layers}\nreturn keras.Model(i, {last}(x))")
        refusal = referee.training(model, settings(parameters_at_most=10**6))

        assert isinstance(refusal, Refusal), refusal
        assert said in refusal.reason
        assert not refusal.ours

    def test_a_fault_in_our_own_steps_is_ours(self, referee: Referee, cnn: ExportedModel) -> None:
        """Here: a recipe that nobody could follow. The model is not blamed."""
        refusal = referee.training(cnn, settings(recipe={"optimizer": "none"}))

        assert isinstance(refusal, Refusal)
        assert refusal.ours

    def test_a_layer_that_is_called_twice_is_fed_twice(self, worker: Worker, referee: Referee) -> None:
        """Else it would look like a layer that is called once."""
        body = "i = keras.Input((4,), name='i')\nd = L.Dense(4, name='d')\nreturn keras.Model(i, d(d(i)))"

        assert table_of(referee, export(worker, body)).rows[-1].inputs == ("i", "d")

    def test_every_output_is_told(self, worker: Worker, referee: Referee) -> None:
        """Not only the first."""
        body = "i = keras.Input((4,))\nreturn keras.Model(i, [L.Dense(2)(i), L.Dense(3)(i)])"
        table = table_of(referee, export(worker, body))

        assert (table.output_shape, table.other_outputs) == ((None, 2), ((None, 3),))

    def test_an_array_in_a_setting_is_data(self, referee: Referee, cnn: ExportedModel) -> None:
        """An initialiser adds a mean of any shape to its noise."""
        init = {"module": "keras.initializers", "class_name": "RandomNormal", "registered_name": None}
        init["config"] = {"mean": np.ones((36, 10)), "stddev": 0.0}
        forged = copy.deepcopy(cnn)
        assert forged.config is not None
        forged.config["config"]["layers"][-1]["config"]["kernel_initializer"] = init
        refusal = referee.layer_table(forged)

        assert isinstance(refusal, Refusal)
        assert "carries data" in refusal.reason


class TestStrangers:
    """A configuration is data from a stranger."""

    @pytest.mark.parametrize(
        ("module", "name"),
        [
            (LAYERS, "Lambda"),
            (LAYERS, "TFSMLayer"),
            ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
            ("keras.config", "enable_unsafe_deserialization"),
            ("os", "system"),
            ("builtins", "eval"),
            ("keras.utils", "get_file"),
            ("keras.src.utils.file_utils", "get_file"),
            ("subprocess", "Popen"),
            (None, "Mine"),
            # Keras joins module and name with a dot, and takes functions too.
            ("keras", "config.set_floatx"),
            ("keras", "layers.Lambda"),
            ("keras", "saving.get_custom_objects"),
            ("keras.layers", "deserialize"),
            ("keras.activations", "get"),
            ("keras.src.ops.core", "Switch"),
            ("keras.initializers", "get"),
            # The base classes: what Keras makes of them it cannot describe.
            (LAYERS, "Layer"),
            ("keras.initializers", "Initializer"),
        ],
    )
    def test_are_refused(self, referee: Referee, cnn: ExportedModel, module: str | None, name: str) -> None:
        """Only Keras's own public classes are rebuilt."""
        forged = changed(cnn, module=module, class_name=name, registered_name=name)

        refusal = referee.layer_table(forged)

        assert isinstance(refusal, Refusal)
        assert name in refusal.reason

    def test_deep_nesting_is_refused(self, referee: Referee, cnn: ExportedModel) -> None:
        """Depth has an end (here the codec's, before the referee's)."""
        deep: Any = {}
        for _ in range(40):
            deep = {"config": deep}

        refusal = referee.layer_table(changed(cnn, config=deep))

        assert isinstance(refusal, Refusal)

    def test_the_referee_serves_on_after_a_refusal(self, referee: Referee, cnn: ExportedModel) -> None:
        """One stranger does not cost the next student anything."""
        referee.layer_table(changed(cnn, class_name="Lambda"))

        assert table_of(referee, cnn).parameters == 426


#: Each holds a linear classifier of 8 x 8 pixels that was fitted elsewhere.
SMUGGLED = {
    "in many layers": "maps = [L.Rescaling([0.5] * 64)(f) for _ in range(10)]\no = L.Concatenate()(maps)",
    "in calls": "maps = [keras.ops.multiply(f[:, n:n + 1], 0.37) for n in range(65)]\n"
    "o = L.Concatenate()(maps)",
    "in whole numbers": "maps = [keras.ops.multiply(f[:, n:n + 1], 37) for n in range(65)]\n"
    "o = L.Concatenate()(maps)",
    "in constant starts": "I = keras.initializers\nmaps = [L.Dense(1, kernel_initializer=I.Constant(0.37))(f)"
    " for _ in range(65)]\no = L.Concatenate()(maps)",
    "in starts without a spread": "I = keras.initializers\nmaps = [L.Dense(1, kernel_initializer="
    "I.RandomUniform(0.37, 0.370001))(f) for _ in range(33)]\no = L.Concatenate()(maps)",
    "in slopes": "maps = [L.LeakyReLU(0.37)(f[:, n:n + 1]) for n in range(65)]\no = L.Concatenate()(maps)",
}


@pytest.mark.parametrize("body", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_weights_are_not_smuggled_in_small_pieces(worker: Worker, referee: Referee, body: str) -> None:
    """Each list is short enough for a setting; together they are a trained model."""
    whole = f"i = keras.Input((66,))\nf = L.Identity()(i)\n{body}\nreturn keras.Model(i, L.Dense(10)(o))"
    whole = whole.replace("keras.Input((66,))", "keras.Input((64,))") if "Rescaling" in body else whole

    refusal = referee.layer_table(export(worker, whole))

    assert isinstance(refusal, Refusal)
    assert (refusal.happening, refusal.ours) == (Happening.RETURNED, False)
    assert "numbers that weigh what passes through" in refusal.reason


def test_settings_of_honest_models_are_no_data(worker: Worker, referee: Referee) -> None:
    """Deep models with written starts, slopes and a normalisation of thirteen columns."""
    model = export(
        worker,
        "I = keras.initializers\nx = i = keras.Input((13,))\n"
        "x = L.Normalization(mean=[0.5] * 13, variance=[2.5] * 13)(x)\nx = L.Rescaling(1 / 255)(x)\n"
        "for _ in range(20):\n"
        "    x = L.Dense(8, kernel_initializer=I.VarianceScaling(2.0), bias_initializer=I.Constant(0.1))(x)\n"
        "    x = L.BatchNormalization(momentum=0.9)(x)\n    x = L.Dropout(0.3)(x)\n"
        "for _ in range(40):\n"
        "    x = L.Dense(8, kernel_initializer=I.RandomUniform(-0.05, 0.05), kernel_regularizer='l2')(x)\n"
        "for n in range(8):\n    x = L.LeakyReLU(0.2)(x)\n    x = keras.ops.multiply(x[:, 0:8], 1)\n"
        "return keras.Model(i, L.Dense(3)(keras.ops.reshape(x, (-1, 2, 4))[:, 0]))",
    )

    assert table_of(referee, model).parameters > 0


def test_a_model_has_its_processor_time_and_no_more(
    worker: Worker, cnn: ExportedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that takes longer is timed out; the next model is served as before."""
    monkeypatch.setattr("grader.sandbox.referee.TRAINING_SECONDS", 0.2)
    monkeypatch.setattr("grader.sandbox.referee.PATIENCE", 200.0)
    referee = Referee(worker)
    try:
        refusal = referee.training(cnn, settings())

        assert isinstance(refusal, Refusal)
        assert (refusal.happening, refusal.ours) == (Happening.TIMED_OUT, False)
        assert table_of(referee, cnn).parameters == 426
    finally:
        referee.close()


def settings(**changes: Any) -> dict[str, Any]:
    """Return a small training, separable by the first pixel."""
    inputs = np.zeros((64, 8, 8, 1), "float32")
    labels = np.arange(64) % 2
    inputs[:, 0:3, 0:3, 0] = labels[:, None, None]
    usual = {
        "arms": {"raw": {"train": inputs, "test": inputs}, "scaled": {"train": inputs, "test": inputs}},
        "labels": {"train": labels, "test": labels},
        "seeds": [1, 2],
        "recipe": {
            "optimizer": "adam",
            "learning_rate": 0.01,
            "momentum": 0.0,
            "epochs": 3,
            "batch_size": 16,
        },
        "parameters_at_most": 1000,
        "input_shape": [8, 8, 1],
        "architecture": "",
        "signs": False,
    }
    return {**usual, **changes}


#: A classifier without convolution; what it returns is given. ``x``, ``d`` and ``p`` are there to end with.
ENDING = """\
i = keras.Input((8, 8, 1))
x = L.Flatten()(L.MaxPooling2D(3, strides=1)(i))
d = L.Dense(10)
p = L.Softmax()(d(x))
return keras.Model(i, {})"""


class TestTraining:
    """Training by the referee, under fixed seeds."""

    @pytest.mark.parametrize(
        "ending",
        [
            "keras.ops.reshape(L.Dense(20)(x), (-1, 10))",
            "keras.ops.repeat(p, 2, axis=0)",
            "keras.ops.mean(p, axis=0, keepdims=True)",
        ],
    )
    def test_a_model_that_mixes_examples_is_a_wrong_answer(
        self, worker: Worker, referee: Referee, ending: str
    ) -> None:
        """It runs, and only the loss fails: the student's doing, not ours."""
        refusal = referee.training(export(worker, ENDING.format(ending)), settings())

        assert isinstance(refusal, Refusal)
        assert (refusal.happening, refusal.ours) == (Happening.RETURNED, False)
        assert "expected one for each" in refusal.reason

    @pytest.mark.parametrize("name", ["hidden layer", "lớp ẩn", "0"])
    def test_names_decide_nothing(self, worker: Worker, referee: Referee, name: str) -> None:
        """TensorFlow takes not every name into a graph; Keras takes them all."""
        layers = "keras.Input((8, 8, 1)), L.Flatten(), L.Dense(8, name={!r}), L.Dense(10)"
        body = f"return keras.Sequential([{layers}])"
        odd, plain = (export(worker, body.format(each)) for each in (name, "hidden"))
        trained = [
            referee.training(model, settings(plain=nameless(model.config), seeds=[1]))
            for model in (odd, plain)
        ]

        assert isinstance(trained[0], Training), trained[0]
        assert trained[0] == trained[1]

    def test_what_keras_cannot_train_is_broken(self, worker: Worker, referee: Referee) -> None:
        """Where a name cannot be replaced, what fails here fails in model.fit, too."""
        body = (
            "return keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(10, name='hidden layer')])"
        )
        refusal = referee.training(export(worker, body), settings())

        assert isinstance(refusal, Refusal)
        assert (refusal.happening, refusal.ours) == (Happening.RAISED, False)
        assert "Keras cannot train the model" in refusal.reason

    def test_arms_with_equal_inputs_are_equal(self, referee: Referee, cnn: ExportedModel) -> None:
        """Both arms of a seed start from the same weights and see the same batches, Dropout's masks too."""
        done = referee.training(cnn, settings())

        assert isinstance(done, Training)
        assert [(run.arm, run.seed) for run in done.runs] == [
            ("raw", 1),
            ("scaled", 1),
            ("raw", 2),
            ("scaled", 2),
        ]
        assert done.runs[0].losses == done.runs[1].losses
        assert done.runs[0].losses != done.runs[2].losses

    def test_the_same_training_gives_the_same_curves(
        self, worker: Worker, referee: Referee, cnn: ExportedModel
    ) -> None:
        """Also from another referee, and after other models."""
        first = referee.training(cnn, settings())
        other = Referee(worker)
        second = other.training(cnn, settings())
        other.close()

        assert first == second == referee.training(cnn, settings())

    def test_it_learns(self, referee: Referee, cnn: ExportedModel) -> None:
        """The loss falls."""
        done = referee.training(cnn, settings())

        assert isinstance(done, Training)
        assert all(run.losses[-1] < run.losses[0] for run in done.runs)

    def test_a_model_over_its_budget_is_not_trained(self, referee: Referee, cnn: ExportedModel) -> None:
        """The count comes first."""
        refusal = referee.training(cnn, settings(parameters_at_most=100))

        assert isinstance(refusal, Refusal)
        assert "426 parameters" in refusal.reason

    def test_a_functional_model_is_trained(self, worker: Worker, referee: Referee) -> None:
        """Keras takes its configuration apart while reading it; it is read for every seed."""
        body = "i = keras.Input((8, 8, 1))\nreturn keras.Model(i, L.Dense(2)(L.Flatten()(i)))"

        assert isinstance(referee.training(export(worker, body), settings()), Training)

    @pytest.mark.parametrize(
        "end",
        [
            "L.Reshape((10,))(p)",
            "L.Flatten()(p)",
            "L.Dropout(0.0)(p)",
            "L.Identity()(L.Activation('linear')(p))",
            "keras.ops.reshape(p, (-1, 10))",
            "keras.Sequential([keras.Input((10,)), L.Reshape((10,))])(p)",
            "keras.Sequential([keras.Input((36,)), d, L.Softmax(), L.Flatten()])(x)",
            "L.Softmax()(d(x))",
            "keras.ops.softmax(d(x))",
            "L.Activation(tf.nn.softmax)(d(x))",
        ],
    )
    def test_layers_after_a_softmax_do_not_change_the_loss(
        self, worker: Worker, referee: Referee, end: str
    ) -> None:
        """What only moves or keeps probabilities leaves them probabilities: the same training."""
        plain, other = (
            referee.training(export(worker, ENDING.format(each)), settings(seeds=[1])) for each in ("p", end)
        )

        assert isinstance(plain, Training)
        assert isinstance(other, Training)
        assert other.runs[0].losses == pytest.approx(plain.runs[0].losses, rel=1e-4)

    def test_what_ends_in_scores_is_trained_on_scores(self, worker: Worker, referee: Referee) -> None:
        """Without a softmax at its end, another in the middle does not count."""
        plain, other = (
            referee.training(export(worker, ENDING.format(each)), settings(seeds=[1]))
            for each in ("p", "L.Flatten()(d(x))")
        )
        middle = referee.training(export(worker, ENDING.format("L.Dense(10)(p)")), settings(seeds=[1]))

        # A softmax within the loss is the same function as one before it.
        assert isinstance(plain, Training)
        assert isinstance(other, Training)
        assert isinstance(middle, Training)
        assert other.runs[0].losses == pytest.approx(plain.runs[0].losses, rel=1e-4)
        assert middle.runs[0].losses[0] != pytest.approx(plain.runs[0].losses[0], rel=1e-4)

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ("return keras.Model(i, L.Dense(1)(x))", "found one output of shape (None, 1)"),
            ("return keras.Model(i, L.Conv2D(2, 3)(i))", "found one output of shape (None, 6, 6, 2)"),
            ("return keras.Model(i, keras.ops.argmax(x, axis=-1))", "found one output of shape (None,)"),
            ("return keras.Model(i, [p, x])", "found 2 outputs of shapes (None, 10), (None, 36)"),
            ("j = keras.Input((10,))\nreturn keras.Model([i, j], L.Add()([p, j]))", "2 inputs, expected one"),
        ],
    )
    def test_what_is_no_classifier_is_told_so(
        self, worker: Worker, referee: Referee, body: str, found: str
    ) -> None:
        """In words, not as a traceback of the loss."""
        refusal = referee.training(export(worker, ENDING.rpartition("\n")[0] + f"\n{body}"), settings())

        assert isinstance(refusal, Refusal)
        assert refusal.happening is Happening.RETURNED
        assert found in refusal.reason
        assert "input" in refusal.reason or "expected one output of shape (None, 2)" in refusal.reason

    def test_a_loss_that_is_no_number_is_a_result(self, referee: Referee, cnn: ExportedModel) -> None:
        """Divergence is evidence, not a crash."""
        recipe = {"optimizer": "sgd", "learning_rate": 1e30, "momentum": 0.0, "epochs": 3, "batch_size": 16}

        done = referee.training(cnn, settings(recipe=recipe, seeds=[1]))

        assert isinstance(done, Training)
        assert all(0 <= run.accuracy <= 1 for run in done.runs)

    def test_a_subclass_is_not_trained(self, referee: Referee) -> None:
        """There is no configuration to rebuild it from."""
        refusal = referee.training(ExportedModel(config=None, type="__main__.Mine"), settings())

        assert isinstance(refusal, Refusal)
        assert refusal.happening is Happening.RETURNED
