"""``grader.progress``: the whole notebook, from the names in the kernel."""

from tests.notebook.kernels import Kernel

TWO = "def build_model(): return keras.Sequential([keras.Input((4,)), keras.layers.Dense({})])\n"
WINE = """
def build_wine_model():
    return keras.Sequential([keras.Input((13,)), keras.layers.Dense({}), keras.layers.Dense(3, "softmax")])
"""


def lines(kernel: Kernel) -> dict[str, str]:
    """Return what progress says of each exercise, by id, without its sign."""
    ran = kernel.run("grader.progress()")
    assert not ran.error
    words = (" ".join(line.split()[1:]) for line in ran.text.splitlines() if line[:1] in "✓◐✗—?")
    return dict(line.split(" ", 1) for line in words)


def test_each_exercise_has_its_state_and_points(kernel: Kernel) -> None:
    """Passed, wrong, not yet written."""
    kernel.run("def one(): return 1\ndef twice(x): return [0, 0]")
    told = lines(kernel)

    assert told["one"] == "passed 1 / 1"
    assert told["twice"] == "wrong 0 / 2"
    assert told["hang"] == "not yet written 0 / 1"


def test_the_points_are_added_up(kernel: Kernel) -> None:
    """Those of visible checks; in HTML, too."""
    ran = kernel.run("def one(): return 1\ngrader.progress()")

    assert "Total 1 / 12 points of visible checks" in ran.text
    assert '<td class="n">1 / 12</td>' in ran.html


def test_a_name_for_several_exercises_is_not_guessed(kernel: Kernel) -> None:
    """It is said which call settles it."""
    kernel.run(TWO.format(2))
    ran = kernel.run("grader.progress()")

    assert lines(kernel)["small"] == "not checked 0 / 1"
    assert 'run grader.check("small")' in " ".join(ran.text.split())


def test_an_earlier_exercise_keeps_what_it_earned(kernel: Kernel) -> None:
    """Its name was used again, for the next exercise."""
    kernel.run("%%check small\n" + TWO.format(2))
    kernel.run("%%check large\n" + TWO.format(9) + "def large(): return 1")
    told = lines(kernel)

    assert told["small"] == "passed 1 / 1"
    assert told["large"] == "passed 2 / 2"


def test_what_is_for_another_exercise_is_not_held_against_one(kernel: Kernel) -> None:
    """A model that was checked for the small one is no wrong answer to the large one."""
    kernel.run("def large(): return 1")
    kernel.run("%%check small\n" + TWO.format(2))
    told = lines(kernel)

    assert told["large"] == "partly right 1 / 2"
    assert told["small"] == "passed 1 / 1"


def test_an_answer_that_was_mended_counts_at_once(kernel: Kernel) -> None:
    """Without another check."""
    kernel.run("%%check small\n" + TWO.format(3))
    assert lines(kernel)["small"] == "wrong 0 / 1"

    kernel.run(TWO.format(2))
    assert lines(kernel)["small"] == "passed 1 / 1"


def test_nothing_is_trained(kernel: Kernel) -> None:
    """What would be is said, and nobody calls it passed."""
    kernel.run(WINE.format(16))
    ran = kernel.run("grader.progress()")

    assert lines(kernel)["trained"] == "not checked 1 / 3"
    assert "trains[model] (2 points) runs when your work is graded" in " ".join(ran.text.split())


def test_what_was_trained_stands_until_it_is_changed(kernel: Kernel) -> None:
    """The same model need not be trained again."""
    kernel.run("%%check trained\n" + WINE.format(16))
    assert lines(kernel)["trained"] == "passed 3 / 3"

    kernel.run(WINE.format(17))
    assert lines(kernel)["trained"] == "not checked 1 / 3"


def test_nothing_changes(kernel: Kernel) -> None:
    """As in a check."""
    kernel.run("x = 1\ndef one():\n    global x\n    x = 2\n    return random.random() and 1\nrandom.seed(3)")
    before = kernel.value("repr(random.getstate())")
    kernel.run("grader.progress()")

    assert kernel.value("[x, repr(random.getstate())]") == [1, before]
