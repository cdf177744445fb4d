"""Lies about models, each handed in whole: its score is what the honest part earns, and its finding says so.

A lie that changes nothing that is graded is harmless: the honest model beneath it is graded as it is.
"""

from dataclasses import dataclass, field

import pytest

from grader.grade import Grade
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from grader.verdict import Verdict
from tests.hostile.pipeline import Classroom, findings, open_classroom


@dataclass(frozen=True, kw_only=True, slots=True)
class Lie:
    """A submission; ``lost`` are the checks that it must not pass, each with words of its finding."""

    exercise: str
    source: str
    lost: dict[str, str] = field(default_factory=dict)
    review: bool = False


HEAD = "import keras, numpy as np\nL = keras.layers\n"
COUNTS = """\
def conv_parameters(input_shape, filters, kernel_size):
    return (kernel_size * kernel_size * input_shape[2] + 1) * filters
def unshared_parameters(input_shape, filters, kernel_size):
    return input_shape[0] * input_shape[1] * conv_parameters(input_shape, filters, kernel_size)
"""
CONV = "keras.Sequential([keras.Input((16, 16, 20)), L.Conv2D(1, 3, padding='same')])"
WRONG = "keras.Sequential([keras.Input((16, 16, 20)), L.Conv2D(1, 1, padding='same')])"
DIGITS = """\
keras.Sequential([keras.Input((8, 8, 1)),
    L.Conv2D(16, 3, padding='same', activation='relu'), L.MaxPooling2D(),
    L.Conv2D(32, 3, padding='same', activation='relu'), L.MaxPooling2D(),
    L.Flatten(), L.Dense(10, activation='softmax')])"""
WEAK = """\
keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(1, 3), L.Flatten(),
    L.Dense(10, 'softmax', trainable=False)])"""
SCALER = """\
def scale_features(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation = np.where(deviation == 0, 1.0, deviation)
    return (train - mean) / deviation, (test - mean) / deviation
"""
CLASSIFIER = """\
def build_model(num_features, num_classes):
    return keras.Sequential([keras.Input((num_features,)), L.Dense(16, activation='relu'),
                             L.Dense(num_classes, activation='softmax')])
"""


def shared(body: str, **more: object) -> Lie:
    """Return a lie in ``shared-parameters``: two counts are right, ``build_model`` is *body*."""
    return Lie(exercise="shared-parameters", source=f"{HEAD}{COUNTS}{body}", **more)  # type: ignore[arg-type]


def digits(body: str, **more: object) -> Lie:
    """Return a lie in ``small-cnn``."""
    return Lie(exercise="small-cnn", source=f"{HEAD}{body}", **more)  # type: ignore[arg-type]


def scaling(body: str, **more: object) -> Lie:
    """Return a lie in ``feature-scaling``; what *body* does not define is right."""
    source = f"{HEAD}{SCALER}{CLASSIFIER}{body}"
    return Lie(exercise="feature-scaling", source=source, **more)  # type: ignore[arg-type]


def returning(model: str, before: str = "") -> str:
    """Return ``build_model`` that does *before* to ``m``."""
    lines = "".join(f"    {line}\n" for line in before.splitlines())
    return f"def build_model():\n    m = {model}\n{lines}    return m\n"


PATCHED = "object.__setattr__(m, '{}', {})"
TOTAL = {"parameters[model]": "Found 21 parameters; expected 181", "layers[model]": "kernel_size"}
MARKED = {"parameters[model]": "subclass of keras.Model", "layers[model]": "subclass of keras.Model"}
ADDED = {"layers[model]": "an extra"}
UNTRAINED = {"trains[model]": "test accuracy"}

LIES: dict[str, Lie] = {
    # Overridden, on the object or on the class.
    "count_params on the object": shared(
        returning(WRONG, PATCHED.format("count_params", "lambda: 181")), lost=TOTAL
    ),
    "count_params on the layer": shared(
        returning(WRONG, "object.__setattr__(m.layers[0], 'count_params', lambda: 181)"), lost=TOTAL
    ),
    "count_params on the class": shared(
        "keras.Model.count_params = lambda self: 181\n" + returning(WRONG), lost=TOTAL
    ),
    "layers of another": shared(
        f"keras.Sequential.layers = property(lambda self: {CONV}._layers)\n" + returning(WRONG),
        lost={"parameters[model]": "expected 181", "layers[model]": "difference"},
    ),
    "output_shape on the class": Lie(
        exercise="max-pooling",
        source=f"{HEAD}keras.Model.output_shape = property(lambda self: (None, 13, 13, 1))\n"
        + returning("keras.Sequential([keras.Input((26, 26, 1)), L.MaxPooling2D(3)])"),
        lost={
            "output_shape[model]": "Found output shape (None, 8, 8, 1)",
            "layers[model]": "difference",
            "equals[kinds_of_number]": "needs close[by_hand]",  # another function's, not written here
        },
    ),
    "rows of a summary on the class": Lie(
        exercise="pointwise-bottleneck",
        source=f"{HEAD}L.Conv2D.count_params = lambda self: 3088 if self.filters == 16 else 12832\n"
        + returning(
            "keras.Sequential([keras.Input((28, 28, 192)),"
            " L.Conv2D(16, 1, use_bias=False), L.Conv2D(32, 5, padding='same')])"
        ),
        lost={"summary[model]": "it has 3,072 parameters, expected 3,088", "layers[model]": "difference"},
    ),
    "summary on the class": shared(
        "keras.Model.summary = lambda self, **more: print('Total params: 181')\n"
        + returning(WRONG, "m.summary()"),
        lost=TOTAL,
    ),
    "a printed summary": shared(returning(WRONG, "print('Total params: 181 (724.00 B)')"), lost=TOTAL),
    "__class__ of a number": shared(
        "class Mine(int):\n    __class__ = keras.Sequential\ndef build_model():\n    return Mine(181)\n",
        lost={"parameters[model]": "expected a Keras model", "layers[model]": "expected a Keras model"},
    ),
    "get_config of another, in a subclass": shared(
        "class Mine(keras.Sequential):\n    def get_config(self):\n"
        "        return {'name': 'm', 'layers': []}\n" + returning(WRONG.replace("keras.Sequential", "Mine")),
        lost=MARKED,
        review=True,
    ),
    "a subclass that counts as it likes": shared(
        "class Mine(keras.Model):\n    def count_params(self): return 181\n"
        "    layers = property(lambda self: [])\n" + returning("Mine()"),
        lost=MARKED,
        review=True,
    ),
    "weights that are never used": shared(
        "class Mine(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.w = self.add_weight(shape=(181,))\n    def call(self, x): return x\n"
        + returning("Mine()", "m(np.zeros((1, 16, 16, 20)))"),
        lost=MARKED,
        review=True,
    ),
    "claims written by hand": shared(
        "import grader.sandbox.inside.export as e\n"
        "shape = [None, 16, 16, 1]\n"
        "row = {'name': 'a', 'kind': 'Conv2D', 'output_shape': shape, 'parameters': 181, 'trainable': 181}\n"
        "e.export_model = lambda m: e.ExportedModel(config=None, claims={'rows': [row]})\n"
        + returning(WRONG),
        lost={"parameters[model]": "By its own word: 181", "layers[model]": "subclass of keras.Model"},
        review=True,
    ),
    "a layer of one's own with weights": shared(
        "class Mine(L.Layer):\n    def build(self, shape): self.w = self.add_weight(shape=(160,))\n"
        "    def call(self, x): return x\n" + returning(WRONG.replace("L.Conv2D", "Mine(), L.Conv2D")),
        lost={"parameters[model]": "Mine is a class of the submission's own", "layers[model]": "Mine"},
    ),
    # Its configuration is the right answer, whatever its class does elsewhere.
    "a layer that calls itself Keras's": shared(
        "class Conv2D(L.Conv2D):\n    def call(self, x): return x\nConv2D.__module__ = 'keras.layers'\n"
        + returning(CONV.replace("L.Conv2D", "Conv2D"))
    ),
    # Branches.
    "a dead branch that hits the count": shared(
        "def build_model():\n    i = keras.Input((16, 16, 20))\n    x = L.Conv2D(1, 1)(i)\n"
        "    dead = L.Conv2D(1, 1, kernel_initializer='zeros')(L.Conv2D(6, 1, name='dead')(i))\n"
        "    dead = L.Dense(1)(L.Rescaling(0.0)(dead))\n    return keras.Model(i, L.Add()([x, dead]))\n",
        lost={"parameters[model]": "expected 181", "layers[model]": "difference"},
    ),
    "a branch multiplied by zero": shared(
        "def build_model():\n    i = keras.Input((16, 16, 20))\n    x = L.Conv2D(1, 1)(i)\n"
        "    dead = L.Rescaling(0.0)(L.Conv2D(1, (1, 8), use_bias=False, padding='same')(i))\n"
        "    return keras.Model(i, L.Add()([x, dead]))\n",
        lost={"layers[model]": "difference"},
    ),
    "a branch that leads nowhere": shared(
        "def build_model():\n    i = keras.Input((16, 16, 20))\n    x = L.Conv2D(1, 1)(i)\n"
        "    L.Conv2D(1, (1, 8), use_bias=False)(i)\n    return keras.Model(i, x)\n",
        lost=TOTAL,
    ),
    "an output beside the one asked for": Lie(
        exercise="pointwise-bottleneck",
        source=f"{HEAD}def build_model():\n    i = keras.Input((28, 28, 192))\n"
        "    x = L.Conv2D(16, 1, padding='same', activation='relu')(i)\n"
        "    y = L.Conv2D(32, 5, padding='same', activation='relu')(x)\n    return keras.Model(i, [y, x])\n",
        lost={"summary[model]": "found 2 outputs", "layers[model]": "2 outputs of shapes"},
    ),
    "a layer called twice": Lie(
        exercise="pointwise-bottleneck",
        source=f"{HEAD}def build_model():\n    i = keras.Input((28, 28, 192))\n"
        "    x = L.Conv2D(16, 1, padding='same', activation='relu')(i)\n"
        "    d = L.Conv2D(32, 5, padding='same', activation='relu')\n    y = d(x)\n"
        "    e = L.Conv2D(16, 1, padding='same', activation='relu')\n"
        "    return keras.Model(i, d(e(y)))\n",
        lost={"summary[model]": "difference", "layers[model]": "difference"},
    ),
    # Training.
    "fit that does nothing": digits(
        "class History:\n    history = {'accuracy': [1.0], 'val_accuracy': [1.0]}\n"
        "keras.Model.fit = lambda *a, **k: History()\nkeras.Model.evaluate = lambda *a, **k: [0.0, 1.0]\n"
        "keras.Model.predict = lambda self, x, **k: np.eye(10)[np.zeros(len(x), int)]\n" + returning(WEAK),
        lost=UNTRAINED,
    ),
    "a metric called accuracy": digits(
        "def accuracy(truth, guess): return 1.0\n"
        + returning(WEAK, "m.compile('adam', 'sparse_categorical_crossentropy', metrics=[accuracy])"),
        lost=UNTRAINED,
    ),
    "weights that were trained before": digits(
        returning(WEAK, "for v in m.weights: v.assign(np.ones(v.shape))"), lost=UNTRAINED
    ),
    "weights in an initialiser": digits(
        returning(
            WEAK.replace(
                "trainable=False", "kernel_initializer=keras.initializers.Constant(np.ones((36, 10)))"
            )
        ),
        lost={"output_shape[model]": "constant", "budget[model]": "constant", "trains[model]": "needs"},
    ),
    "a lambda for an activation": digits(
        returning(DIGITS.replace("'softmax'", "lambda x: x")),
        lost={
            "output_shape[model]": "has a Python lambda as its activation, which carries code",
            "budget[model]": "Name it, as in activation='relu'",
            "trains[model]": "needs",
        },
    ),
    "nothing that learns": digits(
        returning(DIGITS, "m.trainable = False"), lost={"trains[model]": "nothing in the model learns"}
    ),
    "it fails only while it trains": digits(
        returning(DIGITS.replace("L.Flatten()", "L.Flatten(), L.Dropout(0.5, noise_shape=(7, 128))")),
        lost={"trains[model]": "Keras cannot run the model on inputs of shape (32, 8, 8, 1)"},
    ),
    "more than can be trained": digits(
        "def build_model():\n    i = keras.Input((8, 8, 1))\n    x = L.UpSampling2D(1000)(i)\n"
        "    x = L.GlobalAveragePooling2D()(L.Conv2D(4, 3)(x))\n"
        "    return keras.Model(i, L.Dense(10, activation='softmax')(x))\n",
        lost={"trains[model]": "too many to train with"},
    ),
    "patched, and honest beneath": digits(
        "keras.Model.summary = lambda self: None\nkeras.Model.count_params = lambda self: 1\n"
        + returning(DIGITS)
    ),
    # Scaling.
    "normalisation in the model": scaling(
        CLASSIFIER.replace("L.Dense(16", "L.BatchNormalization(), L.Dense(16"),
        lost={"budget[model]": "found BatchNormalization, expected only Dense", "trains[model]": "needs"},
    ),
    "normalisation by operations": scaling(
        "def build_model(n, c):\n    i = keras.Input((n,))\n"
        "    x = i - keras.ops.mean(i, axis=0, keepdims=True)\n"
        "    x = x / (keras.ops.std(i, axis=0, keepdims=True) + 1e-3)\n"
        "    return keras.Model(i, L.Dense(c, activation='softmax')(L.Dense(16, activation='relu')(x)))\n",
        lost={"budget[model]": "expected only Dense", "trains[model]": "needs"},
    ),
    "an arm that saturates": scaling(
        CLASSIFIER.replace("activation='relu'", "activation='tanh'"),
        lost={
            "budget[model]": "found the activation tanh, expected only linear, relu",
            "trains[model]": "needs",
        },
    ),
    "an arm that is clipped": scaling(
        CLASSIFIER.replace("activation='relu')", "activation=None), L.ReLU(max_value=4.0)"),
        lost={"budget[model]": "the activation relu(max_value", "trains[model]": "needs"},
    ),
    "an arm that is made to explode": scaling(
        CLASSIFIER.replace(
            "'relu'", "'relu', kernel_initializer=keras.initializers.RandomNormal(stddev=1e3)"
        ),
        lost={"budget[model]": "Dense with kernel_initializer (RandomNormal)", "trains[model]": "needs"},
    ),
    "an arm that is punished": scaling(
        CLASSIFIER.replace("'relu'", "'relu', activity_regularizer=keras.regularizers.L2(10.0)"),
        lost={"budget[model]": "activity_regularizer (L2)", "trains[model]": "needs"},
    ),
    "an arm that is constrained": scaling(
        CLASSIFIER.replace("'relu'", "'relu', kernel_constraint='unit_norm'"),
        lost={"budget[model]": "kernel_constraint (UnitNorm)", "trains[model]": "needs"},
    ),
    "an arm of half precision": scaling(
        CLASSIFIER.replace("'relu'", "'relu', dtype='float16'"),
        lost={"budget[model]": "dtype='float16'", "trains[model]": "needs"},
    ),
    "an arm that is frozen": scaling(
        CLASSIFIER.replace("'relu'", "'relu', trainable=False"),
        lost={"budget[model]": "trainable=False", "trains[model]": "needs"},
    ),
    "an initialiser by name is honest": scaling(
        CLASSIFIER.replace("'relu'", "'relu', kernel_initializer='he_normal'")
    ),
    "a scaler that keeps its first statistics": scaling(
        "KEPT = {}\ndef scale_features(train, test):\n    both = np.concatenate([train, test])\n"
        "    m, d = KEPT.setdefault(train.tobytes(), (both.mean(axis=0), both.std(axis=0)))\n"
        "    d = np.where(d == 0, 1.0, d)\n    return (train - m) / d, (test - m) / d\n",
        lost={
            "train_statistics_only[fruit]": "keep nothing from another",
            "train_statistics_only[wine]": "keep nothing from another",
        },
    ),
    "a scaler that looks at its caller": scaling(
        "import sys\ndef scale_features(train, test):\n    found = [f for f in iter_frames()]\n"
        "    labels = [v for f in found for n, v in f.f_locals.items() if 'label' in n or 'expected' in n]\n"
        "    if labels:\n        return labels[0], labels[0]\n"
        "    m, d = train.mean(axis=0), train.std(axis=0)\n    d[d == 0] = 1\n"
        "    return (train - m) / d, (test - m) / d\n"
        "def iter_frames():\n    f = sys._getframe()\n    while f:\n        yield f\n        f = f.f_back\n",
    ),
    "a scaler that returns labels": scaling(
        "def scale_features(train, test):\n    m, d = train.mean(axis=0), train.std(axis=0)\n"
        "    d = np.where(d == 0, 1.0, d)\n"
        "    a, b = (train - m) / d, (test - m) / d\n"
        "    if len(train) > 50:\n"
        "        a[:, 0], b[:, 0] = np.arange(len(a)) % 3, np.arange(len(b)) % 3\n    return a, b\n",
        lost={"train_statistics_only[wine]": "", "trains[scaling]": "Column 0 of the scaled training part"},
    ),
    "a scaler that returns text": scaling(
        "old = scale_features\ndef scale_features(train, test):\n"
        "    return tuple(a.astype(str) for a in old(train, test))\n",
        lost={
            "train_statistics_only[fruit]": "expected an array of floats",
            "train_statistics_only[wine]": "expected an array of floats",
            "close[constant]": "",
            "trains[scaling]": "where the scaler should return two arrays",
        },
    ),
    "no scaling at all": scaling(
        "def scale_features(train, test):\n    return train / 1000, test / 1000\n",
        lost={"close[constant]": "", "trains[scaling]": "met by 0 of 3 seeds"},
    ),
}


@pytest.fixture(scope="module")
def classroom(worker: Worker, referee: Referee) -> Classroom:
    """The shipped course."""
    return open_classroom(worker, referee)


def passed(grade: Grade) -> set[str]:
    """Return the checks that passed."""
    return {each.check for each in grade.findings if each.finding.verdict is Verdict.PASSED}


def asked(grade: Grade) -> set[str]:
    """Return the checks of the functions that a lie's submission defines at all."""
    return {each.check for each in grade.findings if each.finding.verdict is not Verdict.NOT_ATTEMPTED}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_earns_what_the_honest_part_earns(classroom: Classroom, name: str) -> None:
    """Every check that it lies about is lost, every other is kept, and nothing is ours to answer for."""
    lie = LIES[name]
    grade = classroom.grade(lie.exercise, lie.source)
    found = findings(grade)

    assert asked(grade) - passed(grade) == set(lie.lost), {c: f.finding.message for c, f in found.items()}
    for check, words in lie.lost.items():
        finding = found[check].finding
        assert words in finding.message, (check, finding.message)
        assert finding.credit < 1
    assert grade.score is not None
    assert grade.needs_review == lie.review
