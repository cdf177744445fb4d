"""``grader.check``: what a student is shown, whatever their function does."""

import pytest

from tests.notebook.kernels import Kernel

MODEL = "def build_model(): return keras.Sequential([keras.Input((4,)), keras.layers.Dense({})])\n"
#: Goes on after its time is up, twice.
SWALLOWS = """
import time
swallowed = []
def hang():
    while len(swallowed) < 2:
        try:
            while True: time.sleep(0.01)
        except BaseException as error:
            swallowed.append(type(error).__name__)
    return 1
"""


class TestAnswers:
    """Right and wrong ones."""

    def test_a_right_answer_passes(self, kernel: Kernel) -> None:
        """With its points, and a word on hidden checks."""
        ran = kernel.run("def one(): return 1\ngrader.check('one')")

        assert "✓ equals[o]  1 / 1" in ran.text
        assert "Hidden ones are run when your work is graded" in ran.text
        assert kernel.value("grader.check('one').passed") is True

    def test_a_wrong_answer_shows_found_and_expected(self, kernel: Kernel) -> None:
        """As text, and as HTML with the table."""
        ran = kernel.run("def one(): return 7\ngrader.check('one')")

        assert "✗ equals[o]  0 / 1" in ran.text
        assert "found" in ran.text
        assert 'class="finding v-failed"' in ran.html
        assert "<code>7</code>" in ran.html
        assert kernel.value("grader.check('one').passed") is False

    def test_arrays_stand_side_by_side_at_the_worst_place(self, kernel: Kernel) -> None:
        """The place is marked."""
        ran = kernel.run("def twice(x): return [2 * i for i in x[:1]] + [9]\ngrader.check('twice')")

        assert 'class="worst"' in ran.html

    def test_a_model_is_derived_by_the_referee(self, kernel: Kernel) -> None:
        """Its shape is that of the layers, not what the student says."""
        ran = kernel.run(
            "def build_model():\n"
            "    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\n"
            "    model.summary = lambda *a, **k: print('(None, 2)')\n"
            "    return model\n"
            "grader.check('small')"
        )

        assert "Found output shape (None, 3); expected (None, 2)" in " ".join(ran.text.split())

    def test_a_checks_second_run_takes_less_than_a_second(self, kernel: Kernel) -> None:
        """TensorFlow is the student's own: nothing is imported again, and no process is started."""
        kernel.run("def one(): return 1\ngrader.check('one')")
        new = kernel.value(
            "import sys\nbefore = set(sys.modules)\ngrader.check('one')\nsorted(set(sys.modules) - before)"
        )

        assert new == []


class TestTrouble:
    """At two in the morning."""

    def test_a_function_that_was_never_defined(self, kernel: Kernel) -> None:
        """Is not attempted; its name is told."""
        assert "one was not found. Define it" in kernel.run("grader.check('one')").text

    def test_a_name_that_is_nearly_right(self, kernel: Kernel) -> None:
        """Is asked about."""
        ran = kernel.run("def twyce(x): pass\ngrader.check('twice')")
        kernel.run("del twyce")

        assert "There is a twyce: is that it?" in " ".join(ran.text.split())

    def test_a_function_that_raises(self, kernel: Kernel) -> None:
        """With the line of the student's own cell, and none of ours."""
        ran = kernel.run("def one():\n    return {}['missing']\ngrader.check('one')")

        assert "raised KeyError: 'missing'" in ran.text
        assert "line 2, in one: return {}['missing']" in " ".join(ran.text.split())
        assert "Cell In[" in ran.text
        assert "attempt" not in ran.text.replace("not attempted", "")

    def test_a_starter_is_not_attempted(self, kernel: Kernel) -> None:
        """``raise NotImplementedError`` is no crash."""
        ran = kernel.run("def one(): raise NotImplementedError\ngrader.check('one')")
        dots = kernel.run("def one(): ...\ngrader.check('one')")

        assert "not attempted" in ran.text
        assert "not attempted" in dots.text

    def test_a_function_that_loops_for_ever(self, kernel: Kernel) -> None:
        """It is stopped when its time is up."""
        ran = kernel.run("def hang():\n    while True: pass\ngrader.check('hang')")

        assert "timed out" in ran.text

    def test_a_function_that_swallows_the_end_of_its_time(self, kernel: Kernel) -> None:
        """It is told again."""
        ran = kernel.run(f"{SWALLOWS}view = grader.check('hang')\nview")

        assert "✓ equals[o]" in ran.text
        assert kernel.value("swallowed") == ["TimeIsUp", "TimeIsUp"]

    def test_a_function_that_prints_a_lot(self, kernel: Kernel) -> None:
        """What it prints does not flood the notebook."""
        ran = kernel.run("def one():\n    print('noise ' * 100_000)\n    return 1\ngrader.check('one')")

        assert "✓ equals[o]" in ran.text
        assert "noise" not in ran.printed + ran.text

    def test_a_function_that_asks(self, kernel: Kernel) -> None:
        """``input()`` does not wait for anybody."""
        ran = kernel.run("def one():\n    return 1 if input('?') == '' else 2\ngrader.check('one')")

        assert "✓ equals[o]" in ran.text

    def test_a_function_that_returns_nothing(self, kernel: Kernel) -> None:
        """It is told that a return may be missing."""
        ran = kernel.run("def one(): pass\ngrader.check('one')")

        assert "found None (is a return missing?)" in ran.text

    def test_a_name_that_is_no_function(self, kernel: Kernel) -> None:
        """It is told what was found."""
        assert "a function was expected, found int" in kernel.run("one = 1\ngrader.check('one')").text

    def test_inputs_are_copies(self, kernel: Kernel) -> None:
        """A function that works in place does not change the next call's inputs."""
        ran = kernel.run(
            "def twice(x):\n    for i in range(len(x)): x[i] *= 2\n    return x\ngrader.check('twice')"
        )

        assert "Total 2 / 2" in ran.text

    def test_what_a_student_wrote_is_no_html(self, kernel: Kernel) -> None:
        """Not in a message either."""
        ran = kernel.run("def one(): raise ValueError('<script>alert(1)</script>')\ngrader.check('one')")

        assert "<script>" not in ran.html
        assert "&lt;script&gt;" in ran.html


class TestWhich:
    """What can be given."""

    @pytest.mark.parametrize("given", ["'hangg'", "'The hang exercises'"])
    def test_the_nearest_id_is_suggested(self, kernel: Kernel, given: str) -> None:
        """For an id and for a title; there is no traceback."""
        ran = kernel.run(f"def hang(): return 1\ngrader.check({given})")

        assert not ran.error
        assert 'Did you mean grader.check("hang")?' in " ".join(ran.text.split())

    @pytest.mark.parametrize("given", ["'HANG '", "'The hang exercise'", "' the HANG exercise'"])
    def test_capitals_and_spaces_do_not_matter(self, kernel: Kernel, given: str) -> None:
        """An id is taken, and so is a title."""
        assert "✓ equals[o]" in kernel.run(f"def hang(): return 1\ngrader.check({given})").text

    def test_an_id_like_none(self, kernel: Kernel) -> None:
        """All there are, are listed."""
        assert "There are: hang, large, long, one" in kernel.run("grader.check('zzzzzz')").text

    def test_a_function_is_no_id(self, kernel: Kernel) -> None:
        """The exercise that asks for it is named."""
        text = " ".join(kernel.run("def one(): return 1\ngrader.check(one)").text.split())

        assert "takes an exercise's id, a text; found the function one." in text
        assert 'Did you mean grader.check("one")?' in text

    @pytest.mark.parametrize(
        ("given", "found"), [("zzzzzz", "the function zzzzzz"), ("7", "int"), ("numpy.ones(3)", "ndarray")]
    )
    def test_what_belongs_to_no_exercise(self, kernel: Kernel, given: str, found: str) -> None:
        """It is told what is taken, and all there are."""
        ran = kernel.run(f"def zzzzzz(): return 1\ngrader.check({given})")
        text = " ".join(ran.text.split())

        assert f"takes an exercise's id, a text; found {found}. There are: hang, large, long, one" in text

    def test_without_an_id_what_is_there_is_checked(self, kernel: Kernel) -> None:
        """Names that one exercise alone asks for tell which."""
        ran = kernel.run("def one(): return 1\ngrader.check()")

        assert "The one exercise" in ran.text
        assert "The hang exercise" not in ran.text

    def test_without_an_id_and_with_nothing_there(self, kernel: Kernel) -> None:
        """What to give is said."""
        ran = kernel.run("grader.check()")

        assert "none of the exercises is here yet" in ran.text
        assert 'grader.check("one")' in ran.text

    def test_a_name_that_several_ask_for_tells_nothing(self, kernel: Kernel) -> None:
        """Those are named."""
        ran = " ".join(kernel.run("def build_model(): return 1\ngrader.check()").text.split())

        assert "what is here could be for several exercises" in ran
        assert 'grader.check("small")' in ran

    def test_a_name_of_another_exercise_is_told(self, kernel: Kernel) -> None:
        """Who has not run the cell of this exercise yet is not sent looking for a mistake in the other."""
        kernel.run("%%check small\ndef build_model(): return keras.Sequential([keras.Input((4,))])")
        for _again in range(2):
            ran = kernel.run("grader.check('large')")

            said = (
                "build_model is now the one that you checked for small; run the cell with the one for large"
            )
            assert said in " ".join(ran.text.split())

    def test_without_an_id_an_earlier_exercise_stands_as_it_was_checked(self, kernel: Kernel) -> None:
        """As grader.progress says; its model is not the one that has the name now."""
        kernel.run("%%check large\n" + MODEL.format(9) + "def large(): return 1")
        kernel.run("%%check small\n" + MODEL.format(2))
        ran = " ".join(kernel.run("grader.check()").text.split())
        kernel.run("grader.check('large')")

        assert "The large exercise 2 / 2" in ran
        assert "note: as you last checked it; other code has its names now" in ran
        assert "was not found" not in ran
        assert "large passed 2 / 2" in " ".join(kernel.run("grader.progress()").text.split())

    def test_without_an_id_what_is_not_yet_written_is_told_with_whose_name_it_is(
        self, kernel: Kernel
    ) -> None:
        """Nothing was checked that could stand instead."""
        kernel.run("%%check small\n" + MODEL.format(2) + "def large(): return 1")
        ran = " ".join(kernel.run("grader.check()").text.split())

        assert "The large exercise 1 / 2" in ran
        assert "build_model is now the one that you checked for small" in ran

    def test_a_name_that_was_defined_again_and_is_worse(self, kernel: Kernel) -> None:
        """It is judged, since it may be meant; and that it may not be is told, once."""
        kernel.run("%%check large\n" + MODEL.format(9) + "def large(): return 1")
        kernel.run(MODEL.format(2))
        said = "build_model is another one than when you last checked large, and that was better"

        assert said in " ".join(kernel.run("grader.check('large')").text.split())
        assert said not in " ".join(kernel.run("grader.check('large')").text.split())


class TestFault:
    """Ours, and the course's."""

    def test_a_fault_of_ours_says_nothing_about_the_work(self, kernel: Kernel) -> None:
        """It is a message."""
        ran = kernel.run(
            "import grader.notebook.front as front\nreal = front.read_all\n"
            "def broken(): raise RuntimeError('lost')\n"
            "try:\n    front.read_all = broken\n    view = grader.check('one')\n"
            "finally:\n    front.read_all = real\nview"
        )

        assert not ran.error
        assert "The grader itself failed (RuntimeError: lost)" in ran.text

    def test_a_folder_without_exercises(self, kernel: Kernel) -> None:
        """The variable that names another is told."""
        ran = kernel.run(
            "import os\nos.environ['GRADER_EXERCISES'] = '/nowhere'\nview = grader.check('one')\n"
            "del os.environ['GRADER_EXERCISES']\nview"
        )

        assert "GRADER_EXERCISES is '/nowhere'" in ran.text
