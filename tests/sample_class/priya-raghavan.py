"""Homework 6, Priya Raghavan. Run with: python priya-raghavan.py"""
# %%
import keras
import numpy as np

VERBOSE = __name__ == "__main__"

# %% [markdown]
# # Part one: counting

# %%
# exercise: layer-parameters
LEARNED = ("weights", "biases")

layer_parameters = {
    "Conv2D": {
        "parameters": list(LEARNED),
        "hyperparameters": ["filters", "kernel_size", "strides", "padding", "activation"],
    },
    "MaxPooling2D": {"parameters": [], "hyperparameters": ["pool_size", "strides", "padding"]},
    "Dense": {"parameters": list(LEARNED), "hyperparameters": ["units", "activation"]},
    "Dropout": {"parameters": [], "hyperparameters": ["rate"]},
}

# %%
# exercise: same-padding
def same_padding(size, kernel_size, strides):
    """Try every padding until the formula gives the size back."""
    for candidate in range(strides * size + kernel_size + 1):
        if size - kernel_size + 2 * candidate == strides * (size - 1):
            return candidate
    raise ValueError("there is no such padding")


# %%
# exercise: filter-connections
def connections(kernel_size, in_channels):
    try:
        height, width = kernel_size
    except TypeError:
        height = width = kernel_size
    return height * width * in_channels


ANSWER = connections(3, 20)

# %%
# exercise: shared-parameters
def conv_parameters(input_shape, filters, kernel_size):
    return filters * (kernel_size**2 * input_shape[-1] + 1)


def unshared_parameters(input_shape, filters, kernel_size):
    return input_shape[0] * input_shape[1] * conv_parameters(input_shape, filters, kernel_size)


def build_model():
    return keras.Sequential([keras.layers.InputLayer(shape=(16, 16, 20)), keras.layers.Conv2D(1, (3, 3), padding="same")])


if VERBOSE:
    build_model().summary()

# %%
# exercise: conv-output-shape
def conv_output_shape(input_shape, filters, kernel_size, strides=1, padding=0):
    if any(n < 1 for n in input_shape) or filters < 1 or kernel_size < 1 or strides < 1 or padding < 0:
        raise ValueError("the sizes make no sense")
    starts = [range(0, n + 2 * padding - kernel_size + 1, strides) for n in input_shape[:2]]
    for n, places in zip(input_shape, starts):
        # the last filter must end where the padded input ends
        if not places or places[-1] + kernel_size != n + 2 * padding:
            raise ValueError(f"a filter of {kernel_size} with stride {strides} does not tile {n}")
    return len(starts[0]), len(starts[1]), filters


# %%
# exercise: conv-parameters
def parameters_per_filter(kernel_size, in_channels):
    return int(np.prod(np.broadcast_to(kernel_size, 2))) * in_channels + 1


def total_parameters(kernel_size, in_channels, filters):
    return sum(parameters_per_filter(kernel_size, in_channels) for _ in range(filters))


# %% [markdown]
# # Part two: models

# %%
# exercise: pointwise-bottleneck
def multiplications(input_shape, filters, kernel_size):
    return int(np.prod(input_shape)) * filters * kernel_size**2


def build_model():
    return keras.Sequential(
        [
            keras.Input((28, 28, 192)),
            keras.layers.Conv2D(16, 1, activation="relu", name="squeeze"),
            keras.layers.Conv2D(32, 5, padding="same", activation="relu", name="look_around"),
        ],
        name="bottleneck",
    )


# %%
# exercise: max-pooling
def max_pool(x, pool_size, strides):
    height, width = x.shape[:2]
    return np.stack([
        np.stack([
            x[r : r + pool_size, c : c + pool_size].max(axis=(0, 1))
            for c in range(0, width - pool_size + 1, strides)
        ])
        for r in range(0, height - pool_size + 1, strides)
    ])


def build_model():
    return keras.Sequential([keras.Input((26, 26, 1)), keras.layers.MaxPooling2D()])


# %%
# exercise: feature-scaling
class Standardiser:
    def learn(self, table):
        self.mean = np.mean(table, axis=0)
        spread = np.std(table, axis=0)
        self.spread = np.where(spread < 1e-12, 1.0, spread)
        return self

    def __call__(self, table):
        return (np.asarray(table, dtype="float64") - self.mean) / self.spread


def scale_features(train, test):
    scaler = Standardiser().learn(train)
    return scaler(train), scaler(test)


def build_model(num_features, num_classes):
    model = keras.Sequential([
        keras.Input((num_features,)),
        keras.layers.Dense(24, activation="relu"),
        keras.layers.Dense(num_classes, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %%
# exercise: small-cnn
def build_model():
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(20, 3, activation="relu"),
        keras.layers.Conv2D(20, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])


if VERBOSE:
    print(build_model().count_params())
