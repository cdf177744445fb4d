"""Visible checks that train: in the kernel, by the same trainer, while somebody waits."""

from tests.notebook.kernels import Kernel

MODEL = (
    "def build_wine_model():\n"
    "    return keras.Sequential([keras.Input((13,)), keras.layers.Dense({}, activation='relu'),\n"
    "                             keras.layers.Dense(3, activation='softmax')])\n"
)


def test_the_model_is_trained_here(kernel: Kernel) -> None:
    """How long it takes is said before, and that the figures may differ afterwards; with the curves."""
    ran = kernel.run(MODEL.format(16) + "grader.check('trained')")

    assert "Training your model takes about" in ran.printed
    assert "interrupt the kernel" in ran.printed
    assert "✓ trains[model]" in ran.text
    assert "the figures may differ a little" in " ".join(ran.text.split())
    assert ran.html.count("<svg") == 2


def test_what_takes_too_long_is_left_to_grading(kernel: Kernel) -> None:
    """The other checks are judged, and nobody waits."""
    ran = kernel.run(
        MODEL.format(15) + "from grader.notebook.patience import Patience\n"
        "usual = Patience.__init__.__defaults__\n"
        "try:\n    Patience.__init__.__defaults__ = (1.0,)\n    view = grader.check('trained')\n"
        "finally:\n    Patience.__init__.__defaults__ = usual\nview"
    )

    assert "Training" not in ran.printed
    assert "trains[model] (2 points) runs when your work is graded" in " ".join(ran.text.split())
    assert "Total 1 / 1" in ran.text


def test_what_the_referee_refuses_is_not_waited_for(kernel: Kernel) -> None:
    """It says why at once."""
    ran = kernel.run(MODEL.format(100_000) + "grader.check('trained')")

    assert "Training" not in ran.printed
    assert "parameters; at most 200,000 are trained" in " ".join(ran.text.split())
    assert "may differ" not in ran.text


def test_ctrl_c_stops_a_training(kernel: Kernel) -> None:
    """And everything is as it was."""
    kernel.run("random.seed(7); keras.utils.set_random_seed(7)")
    before = kernel.value("repr(random.getstate())")
    request = kernel.begin(MODEL.format(13).replace("wine", "long") + "grader.check('long')")
    kernel.interrupt_after("Training your model")
    ran = kernel.wait(request)

    assert ran.error == "KeyboardInterrupt"
    assert kernel.value("repr(random.getstate())") == before
    assert not kernel.run("def one(): return 1\ngrader.check('one')").error


def test_training_changes_nothing_of_the_process(kernel: Kernel) -> None:
    """No random state, and no switch that only a new process could turn back."""
    look = (
        "[repr(random.getstate()), tensorflow.config.threading.get_intra_op_parallelism_threads(),"
        " switches.is_op_determinism_enabled()]"
    )
    kernel.run("random.seed(7)\nfrom tensorflow.python.framework import config as switches")
    before = kernel.value(look)
    kernel.run(MODEL.format(14) + "grader.check('trained')")

    assert kernel.value(look) == before
    assert before[2] is False
