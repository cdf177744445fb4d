"""Nothing in the kernel changes: each thing that is put back is seen to change when it is not."""

import json

import pytest

from tests.notebook.kernels import Kernel

NUMBERS_OF_NAMES = "dict(held('object_name_uids') or {})"
HEARD = """
shown, publisher = [], get_ipython().display_pub
publisher.publish = lambda *_, **__: shown.append(1)
def clean(): del publisher.publish
"""
#: For each keeper: what is done before, what the student's function does (or our own steps do), what is
#: looked at.
CHANGES: dict[str, list[tuple[str, str, str]]] = {
    "names": [
        ("x = 1; keep = 0", "global x; x = 2", "x"),
        ("", "global made; made = 3", "'made' in globals()"),
        ("keep = 0", "globals().pop('keep')", "'keep' in globals()"),
    ],
    "randomness": [
        ("random.seed(7)", "pass", "repr(random.getstate())"),
        ("numpy.random.seed(7)", "pass", "repr(numpy.random.get_state())"),
    ],
    "numpy_settings": [
        ("", "numpy.seterr(all='raise')", "numpy.geterr()"),
        ("", "numpy.set_printoptions(precision=2)", "numpy.get_printoptions()['precision']"),
    ],
    "warning_filters": [("import warnings", "warnings.simplefilter('error')", "repr(warnings.filters)")],
    "python_settings": [
        ("import decimal", "decimal.getcontext().prec = 3", "decimal.getcontext().prec"),
        ("import logging", "logging.getLogger().setLevel(7)", "logging.getLogger().level"),
        ("import logging", "logging.disable(50)", "logging.root.manager.disable"),
        ("import gc", "gc.disable()", "gc.isenabled()"),
        ("import sys", "sys.setswitchinterval(0.25)", "sys.getswitchinterval()"),
    ],
    "surroundings": [
        ("import os", "os.chdir('/')", "os.getcwd()"),
        ("import os", "os.environ['MADE'] = '1'", "sorted(os.environ)"),
        ("import sys", "sys.path.insert(0, '/made')", "list(sys.path)"),
        ("import sys", "sys.argv.append('made')", "list(sys.argv)"),
        ("import sys", "sys.setrecursionlimit(4321)", "sys.getrecursionlimit()"),
    ],
    "signal_handlers": [
        (
            "import signal; signal.signal(signal.SIGUSR1, signal.SIG_DFL)",
            "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
            "repr(signal.getsignal(signal.SIGUSR1))",
        )
    ],
    "output": [
        (
            HEARD,
            "display(1)",
            "len(shown)",
        )
    ],
    "figures": [
        ("plt = matplotlib.pyplot", "plt.figure()", "plt.get_fignums()"),
        ("", "matplotlib.rcParams['lines.linewidth'] = 9", "matplotlib.rcParams['lines.linewidth']"),
    ],
    "kept_keras.settings": [
        ("", "keras.config.set_floatx('float64')", "keras.config.floatx()"),
        ("", "keras.config.set_epsilon(0.5)", "keras.config.epsilon()"),
        (
            "def own(): pass",
            "keras.saving.register_keras_serializable()(own)",
            "sorted(keras.saving.get_custom_objects())",
        ),
        ("", "keras.config.set_image_data_format('channels_first')", "keras.config.image_data_format()"),
    ],
    "kept_keras.state": [
        ("", "keras.config.set_dtype_policy('float16')", "keras.config.dtype_policy().name"),
        ("keras.layers.Dense(1)", "keras.layers.Dense(1)", NUMBERS_OF_NAMES),
        ("keras.layers.Dense(1)", "keras.utils.clear_session()", NUMBERS_OF_NAMES),
        ("keras.utils.set_random_seed(5)", "pass", "held('global_random_seed')"),
        ("keras.random.uniform((1,))", "keras.random.uniform((1,))", "id(held('global_seed_generator'))"),
    ],
    "kept_keras.tensorflow_state": [
        ("tensorflow.random.set_seed(3)", "pass", "repr(eager.context()._rng.getstate())"),
        ("tensorflow.random.set_seed(3)", "pass", "eager.global_seed()"),
        (
            "",
            "tensorflow.config.run_functions_eagerly(True)",
            "tensorflow.config.functions_run_eagerly()",
        ),
        (
            "from tensorflow.python.data.ops import debug_mode",
            "tensorflow.data.experimental.enable_debug_mode()",
            "debug_mode.DEBUG_MODE",
        ),
        (
            "tensorflow.random.get_global_generator().reset_from_seed(1)",
            "tensorflow.random.get_global_generator().normal([])",
            "tensorflow.random.get_global_generator().state.numpy().tolist()",
        ),
        (
            "graph = tensorflow.compat.v1.get_default_graph()",
            "keras.utils.clear_session()",
            "tensorflow.compat.v1.get_default_graph() is graph",
        ),
    ],
}
CASES = [(keeper, *case) for keeper, cases in CHANGES.items() for case in cases]
#: Looks, checks, looks again, with all keepers and without one. The larger circle puts back what the smaller
#: did not, but for what it would keep from the smaller one at once.
SCRIPT = """
import contextlib
import grader.notebook.front
from grader.notebook import kept, kept_keras
from grader.notebook.kernel import running_kernel
from keras.src.backend.common import global_state
from tensorflow.python.eager import context as eager
held = global_state.get_global_attribute
{before}
def one():
    {change}
    return 1
def _look(): return {look}
_all, _found = kept.KEPT, []
kept.KEPT = tuple(each for each in _all if each not in (kept_keras.tensorflow_state, kept.output))
with kept.kept(running_kernel()):
    for _keepers in (_all, tuple(each for each in _all if each is not kept.{keeper})):
        kept.KEPT = _keepers
        try:
            _before = _look()
            grader.check("one")
            _found.append(_look() == _before)
        finally:
            kept.KEPT = _all
del globals()["one"]
globals().get("clean", lambda: None)()
_found
"""


@pytest.mark.parametrize(("keeper", "before", "change", "look"), CASES)
def test_it_is_put_back(kernel: Kernel, keeper: str, before: str, change: str, look: str) -> None:
    """And would be changed otherwise."""
    script = SCRIPT.format(keeper=keeper, before=before, change=change, look=look)

    assert kernel.value(script) == [True, False]


def test_operations_with_a_seed_go_on_counting(kernel: Kernel) -> None:
    """``tf.random.uniform`` with a seed of its own does not begin anew after a check."""
    numbers = kernel.value(
        "def one(): return 1\n"
        "def draw(): return float(tensorflow.random.uniform((), seed=1))\n"
        "tensorflow.random.set_seed(3)\nplain = [draw(), draw()]\n"
        "tensorflow.random.set_seed(3)\nchecked = [draw()]\ngrader.check('one')\nchecked.append(draw())\n"
        "[plain, checked]"
    )

    assert numbers[0] == numbers[1]


def test_a_living_model_goes_on_living(kernel: Kernel) -> None:
    """It trains, predicts and can be saved after other models were checked."""
    told = kernel.value(
        "own = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "own.compile(loss='mse', optimizer='sgd')\nx = numpy.ones((8, 4))\n"
        "before = own.predict(x, verbose=0)\n"
        "def build_model(): return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "right = grader.check('small').passed\n"
        "same = bool((own.predict(x, verbose=0) == before).all())\n"
        "own.fit(x, numpy.ones((8, 2)), verbose=0)\n"
        "[right, same, keras.models.model_from_json(own.to_json()).count_params()]"
    )

    assert told == [True, True, 10]


def test_the_cells_are_counted_as_ever(kernel: Kernel) -> None:
    """``In``, ``Out`` and ``_`` change as they do for any cell, with the magic, too."""
    kernel.run("def one(): return 1\n'marker'")
    before = kernel.value("[len(In), len(Out), _]")
    kernel.run("view = grader.check('one')")
    kernel.run("%%check one\ndef one(): return 1")
    after = kernel.value("[len(In), len(Out), _]")

    assert after == [before[0] + 3, before[1], "marker"]


def test_a_timer_of_the_students_own_goes_on(kernel: Kernel) -> None:
    """The limit takes SIGALRM for a while, and gives it back."""
    told = kernel.value(
        "import signal\ndef mine(*_): pass\ndef one(): return 1\n"
        "signal.signal(signal.SIGALRM, mine); signal.setitimer(signal.ITIMER_REAL, 500)\n"
        "grader.check('one')\n"
        "told = [signal.getsignal(signal.SIGALRM) is mine, signal.getitimer(signal.ITIMER_REAL)[0] > 400]\n"
        "signal.setitimer(signal.ITIMER_REAL, 0); signal.signal(signal.SIGALRM, signal.SIG_DFL)\n"
        "told"
    )

    assert told == [True, True]


def test_ctrl_c_puts_back_too(kernel: Kernel) -> None:
    """It stops the check, not only one call, and everything is as it was."""
    kernel.run("import time\nx = 1\nkeras.layers.Dense(1)\nrandom.seed(7)")
    kernel.run("from keras.src.backend.common import global_state\nplt = matplotlib.pyplot")
    counters = "dict(global_state.get_global_attribute('object_name_uids'))"
    look = f"[x, repr(random.getstate()), {counters}, list(plt.get_fignums())]"
    before = kernel.value(look)
    request = kernel.begin(
        "def twice(_):\n    global x\n    x = 2; keras.layers.Dense(1); plt.figure()\n"
        "    open('begun', 'w').close()\n    time.sleep(60)\ngrader.check('twice')"
    )
    kernel.interrupt_when("begun")
    ran = kernel.wait(request)

    assert ran.error == "KeyboardInterrupt"
    assert "nothing in your notebook was changed" in ran.message
    assert kernel.value(look) == json.loads(json.dumps(before))
