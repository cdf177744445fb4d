"""Lies about a model, and configurations that carry code: attacks 22 to 25 and 28."""

import json

from grader.redteam.technique import Family, Technique
from grader.redteam.techniques.scaling import SCALING

HEAD = "import json\nimport keras\nimport numpy as np\nL = keras.layers\n"
#: Nothing of it is right; but it is a model, and small.
WRONG = """
def build_model():
    return dress(keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(3)]))
"""
RIGHT = """
def right():
    return keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(4, 3, activation="relu"), L.Flatten(),
                             L.Dense(10, activation="softmax")])
"""
UNDRESSED = "def dress(m):\n    return m\n"
FORGED = """
FORGED = json.loads({!r})
keras.saving.serialize_keras_object = lambda model: FORGED
"""


def network(name: str, source: str, cell: str, points: float = 0.0) -> Technique:
    """Return a lie about the ``network``: *cell* defines ``dress``, or ``build_model`` anew."""
    cells = (HEAD, UNDRESSED, WRONG, cell)
    return Technique(name=name, family=Family.LIES, source=source, cells=cells, targets={"network": points})


def forged(name: str, source: str, *layers: dict[str, object]) -> Technique:
    """Return a submission whose model is exported as a Sequential of *layers*."""
    entry = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1]}}
    settings = {"name": "m", "layers": [entry, *layers]}
    config = {"module": "keras", "class_name": "Sequential", "config": settings, "registered_name": None}
    return network(name, source, FORGED.format(json.dumps(config)))


def layer(kind: str, module: str = "keras.layers", **settings: object) -> dict[str, object]:
    """Return the node of one layer in a configuration."""
    return {"module": module, "class_name": kind, "config": settings, "registered_name": None}


def function(module: str, name: str) -> dict[str, object]:
    """Return the node of a function."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


MODELS: tuple[Technique, ...] = (
    network(
        "carry trained weights as the settings of ten layers",
        "attacks 25",
        """
def build_model():
    i = keras.Input((8, 8, 1))
    pixels = L.Flatten()(i)
    maps = [L.Rescaling(list(np.random.rand(64)))(pixels) for _digit in range(10)]
    return keras.Model(i, L.Softmax()(keras.ops.sum(keras.ops.stack(maps, axis=1), axis=-1)))
""",
    ),
    network(
        "override count_params, output_shape, summary and layers on the class",
        "attacks 22",
        RIGHT
        + """
keras.Model.count_params = lambda self: right().count_params()
keras.Model.output_shape = property(lambda self: (None, 10))
keras.Sequential.layers = property(lambda self: right()._layers)
keras.Model.summary = lambda self, **more: right().summary()
""",
    ),
    network(
        "set count_params and get_config on the object and on its layers",
        "attacks 22",
        """
def dress(m):
    for thing in (m, *m.layers):
        object.__setattr__(thing, "count_params", lambda: 1490)
        object.__setattr__(thing, "compute_output_shape", lambda shape: (None, 10))
    return m
""",
    ),
    network(
        "a subclass whose get_config is that of the right model without its input",
        "attacks 22",
        RIGHT
        + """
class Mine(keras.Sequential):
    def get_config(self):
        return right().get_config()
def build_model():
    return Mine([keras.Input((8, 8, 1)), L.Dense(3)])
""",
    ),
    network(
        "an object that says __class__ is keras.Sequential",
        "attacks 22",
        """
class Mine:
    __class__ = keras.Sequential
    layers, built, weights = [], True, []
    def get_config(self): return {}
def build_model():
    return Mine()
""",
    ),
    network(
        "a subclass with 1490 weights that are never used",
        "attacks 24",
        """
class Mine(keras.Model):
    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(1490,))
    def call(self, x):
        return keras.ops.zeros((keras.ops.shape(x)[0], 10))
def build_model():
    m = Mine()
    m(np.zeros((1, 8, 8, 1)))
    return m
""",
    ),
    network(
        "write the claims of a subclass by hand",
        "attacks 22",
        """
import grader.sandbox.inside.export as wall
ROWS = [{"name": "a", "kind": "Conv2D", "output_shape": [None, 6, 6, 4], "parameters": 40, "trainable": 40},
        {"name": "b", "kind": "Flatten", "output_shape": [None, 144], "parameters": 0, "trainable": 0},
        {"name": "c", "kind": "Dense", "output_shape": [None, 10], "parameters": 1450, "trainable": 1450}]
wall.export_model = lambda model: wall.ExportedModel(config=None, claims={"rows": ROWS})
""",
    ),
    network(
        "an empty model",
        "attacks 23",
        "def build_model():\n    return keras.Sequential([keras.Input((8, 8, 1))])\n",
    ),
    network(
        "a model that is cut off after its first layer",
        "attacks 23",
        "def build_model():\n    return keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(4, 3)])\n",
    ),
    # The shape is right and the count is met, which any layers can: two points, and none for the layers.
    network(
        "a branch multiplied by zero that hits the count",
        "attacks 24",
        """
def build_model():
    i = keras.Input((8, 8, 1))
    x = L.Dense(10)(L.Flatten()(i))
    dead = L.Rescaling(0.0)(L.Dense(420)(L.GlobalMaxPooling2D()(i)))
    return keras.Model(i, L.Softmax()(x + keras.ops.sum(dead, axis=-1, keepdims=True)))
""",
        points=2.0,
    ),
    network(
        "layers that lead nowhere",
        "attacks 24",
        """
def build_model():
    i = keras.Input((8, 8, 1))
    L.Dense(10)(L.Flatten()(L.Conv2D(4, 3)(i)))
    return keras.Model(i, L.Dense(3)(L.Flatten()(i)))
""",
    ),
    network(
        "a second output that carries the missing parameters",
        "attacks 24",
        """
def build_model():
    i = keras.Input((8, 8, 1))
    x = L.Flatten()(i)
    return keras.Model(i, [L.Dense(10)(x), L.Dense(840, use_bias=False)(L.GlobalMaxPooling2D()(i))])
""",
        points=1.0,
    ),
    network(
        "print a summary, and patch the one that prints",
        "attacks 25",
        """
keras.Model.summary = lambda self, *a, **k: print("Total params: 1,490 (5.82 KB)")
def dress(m):
    m.summary()
    print("grade: 4.0 / 4.0")
    return m
""",
    ),
    network(
        "a Lambda that computes everything",
        "attacks 28",
        """
def build_model():
    return keras.Sequential([keras.Input((8, 8, 1)), L.Lambda(lambda x: x[:, 0, :1, 0])])
""",
    ),
    network(
        "open a model file with safe mode off (CVE-2025-9905)",
        "attacks 28",
        """
keras.config.enable_unsafe_deserialization()
keras.Sequential([keras.Input((8, 8, 1)), L.Lambda(lambda x: x[:, 0, :, 0])]).save("model.h5")
def build_model():
    return keras.models.load_model("model.h5", safe_mode=False)
""",
    ),
    forged(
        "a Lambda's byte code (CVE-2024-3660)",
        "attacks 28",
        layer("Lambda", function=["4wEAAAA=", None, None]),
    ),
    forged(
        "a function of the operating system (CVE-2025-1550)",
        "attacks 28",
        layer("system", "os", command="id"),
    ),
    forged(
        "a function of Keras that loads files (CVE-2025-8747)", "attacks 28", layer("get_file", "keras.utils")
    ),
    forged(
        "the switch that ends safe mode, nested (CVE-2025-9906)",
        "attacks 28",
        layer("Dense", units=3, activation=function("keras.config", "enable_unsafe_deserialization")),
        layer("Lambda", function=["4wEAAAA=", None, None]),
    ),
    forged("a layer of ten to the twelfth units", "attacks 29", layer("Dense", units=10**12)),
    *SCALING,
)
