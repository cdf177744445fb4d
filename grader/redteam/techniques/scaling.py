"""Lies about training and scaling: attacks 26 and 27."""

from grader.redteam.technique import Family, Technique

HEAD = "import sys\nimport keras\nimport numpy as np\nL = keras.layers\n"
SCALER = """
def scale_features(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation
"""
CLASSIFIER = """
def build_classifier(num_features, num_classes):
    return keras.Sequential([keras.Input((num_features,)), L.Dense(16, activation="relu"),
                             L.Dense(num_classes, activation="softmax")])
"""
#: Divides by a thousand: that is no scaling, but it keeps rows apart and learns from no test row.
UNSCALED = "def scale_features(train, test):\n    return train / 1000, test / 1000\n"


def accuracy(name: str, source: str, cell: str, points: float = 2.0) -> Technique:
    """Return a lie about ``accuracy``: its output shape is right, and what *cell* does not define anew."""
    cells = (HEAD, SCALER, CLASSIFIER, cell)
    return Technique(name=name, family=Family.LIES, source=source, cells=cells, targets={"accuracy": points})


SCALING: tuple[Technique, ...] = (
    accuracy(
        "fit, evaluate and predict that do nothing and praise themselves",
        "attacks 26",
        UNSCALED
        + """
keras.Model.fit = lambda *a, **k: type("History", (), {"history": {"val_accuracy": [1.0]}})()
keras.Model.evaluate = lambda *a, **k: [0.0, 1.0]
keras.Model.predict = lambda self, x, **k: np.eye(3)[np.zeros(len(x), int)]
""",
    ),
    accuracy(
        "a scaler that returns labels where features belong",
        "attacks 26",
        """
def scale_features(train, test):
    return np.eye(train.shape[1])[np.arange(len(train)) % 3], np.eye(test.shape[1])[np.arange(len(test)) % 3]
""",
        points=1.0,
    ),
    accuracy(
        "a scaler that looks through the frames of its callers",
        "attacks 1, 27",
        UNSCALED
        + """
def scale_features(train, test):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], np.ndarray):
                return value
        frame = frame.f_back
    return train / 1000, test / 1000
""",
    ),
    accuracy(
        "a scaler that learns from the test part once, and keeps that",
        "attacks 27",
        """
KEPT = {}
def scale_features(train, test):
    both = np.concatenate([train, test])
    mean, deviation = KEPT.setdefault(train.tobytes(), (both.mean(axis=0), both.std(axis=0)))
    return (train - mean) / deviation, (test - mean) / deviation
""",
        # Hardly wrong, and trained on it learns as well: what is lost is the point for the statistics.
        points=4.0,
    ),
    accuracy(
        "normalise inside the model",
        "attacks 27",
        UNSCALED + CLASSIFIER.replace("L.Dense(16", "L.BatchNormalization(), L.Dense(16"),
    ),
    accuracy(
        "normalise by operations, behind a gate that closes on raw features",
        "attacks 27",
        UNSCALED
        + """
def build_classifier(num_features, num_classes):
    i = keras.Input((num_features,))
    gate = keras.ops.sigmoid(50 - keras.ops.max(i))
    x = (i - keras.ops.mean(i, axis=0, keepdims=True)) / (keras.ops.std(i, axis=0, keepdims=True) + 1e-9)
    x = L.Dense(16, activation="relu")(x * gate)
    return keras.Model(i, L.Dense(num_classes, activation="softmax")(x))
""",
    ),
    accuracy(
        "the answers as an initialiser's constants",
        "attacks 26",
        UNSCALED
        + CLASSIFIER.replace(
            '"relu"', '"relu", kernel_initializer=keras.initializers.Constant(np.ones((4, 16)))'
        ),
        points=1.0,
    ),
)
