"""What honest students of the class hand in: right and wrong answers to three shipped exercises."""

EXERCISES = ("conv-parameters", "max-pooling", "pointwise-bottleneck")
#: Hostile submissions answer these honestly; what they do happens in the third.
HONEST_PART = EXERCISES[:2]

_PARAMETERS = """\
def parameters_per_filter(kernel_size, in_channels):
    height, width = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    return height * width * in_channels + 1

def total_parameters(kernel_size, in_channels, filters):
    return parameters_per_filter(kernel_size, in_channels) * filters
"""
_SQUARES_ONLY = """\
def parameters_per_filter(kernel_size, in_channels):
    return kernel_size ** 2 * in_channels + 1

def total_parameters(kernel_size, in_channels, filters):
    print("asked for", filters)
    return parameters_per_filter(kernel_size, in_channels) * filters
"""
_STARTER = """\
def parameters_per_filter(kernel_size, in_channels):
    raise NotImplementedError

def total_parameters(kernel_size, in_channels, filters):
    raise NotImplementedError
"""
_POOLING = """\
import keras
import numpy as np

def max_pool(x, pool_size, strides):
    windows = np.lib.stride_tricks.sliding_window_view(x, (pool_size, pool_size), axis=(0, 1))
    return windows[::strides, ::strides].max(axis=(-2, -1))

def build_model():
    return keras.Sequential([keras.Input((26, 26, 1)), keras.layers.MaxPooling2D(2)])
"""
_LOOPS = """\
import keras
import numpy as np

def max_pool(x, pool_size, strides):
    rows = (x.shape[0] - pool_size) // strides + 1
    columns = (x.shape[1] - pool_size) // strides + 1
    out = np.zeros((rows, columns, *x.shape[2:]), x.dtype)
    for i in range(rows):
        for j in range(columns):
            top, left = i * strides, j * strides
            out[i, j] = x[top : top + pool_size, left : left + pool_size].max(axis=(0, 1))
    return out

def build_model():
    given = keras.Input((26, 26, 1))
    return keras.Model(given, keras.layers.MaxPooling2D(2)(given))
"""
_MEAN = _POOLING.replace(".max(axis=(-2, -1))", ".mean(axis=(-2, -1)).astype(x.dtype)").replace(
    "MaxPooling2D", "AveragePooling2D"
)
_BOTTLENECK = """\
import keras

def multiplications(input_shape, filters, kernel_size):
    height, width, depth = input_shape
    return height * width * filters * kernel_size * kernel_size * depth

def build_model():
    return keras.Sequential([
        keras.Input((28, 28, 192)),
        keras.layers.Conv2D(16, 1, padding="same", activation="relu"),
        keras.layers.Conv2D(32, 5, padding="same", activation="relu"),
    ])
"""
_LEFT_OUT = "\n".join(line for line in _BOTTLENECK.splitlines() if "Conv2D(16" not in line)
_NO_PADDING = _BOTTLENECK.replace(', padding="same"', "")
_UNFINISHED = "def multiplications(input_shape, filters, kernel_size)\n    return 0\n"

#: By name: one answer for each exercise.
VARIANTS: dict[str, tuple[str, str, str]] = {
    "all right": (_PARAMETERS, _POOLING, _BOTTLENECK),
    "right in other words": (_PARAMETERS, _LOOPS, _BOTTLENECK),
    "forgets the bias": (_PARAMETERS.replace(" + 1", ""), _POOLING, _BOTTLENECK),
    "takes the mean": (_PARAMETERS, _MEAN, _BOTTLENECK),
    "leaves the bottleneck out": (_SQUARES_ONLY, _LOOPS, _LEFT_OUT),
    "forgets the padding": (_STARTER, _POOLING, _NO_PADDING),
    "does not parse": (_PARAMETERS, _POOLING, _UNFINISHED),
    "nothing but one answer": (_PARAMETERS, "", ""),
}
