"""``%%check``: the cell runs, then it is checked."""

import subprocess
import sys

from tests.notebook.kernels import ROOT, Kernel


def test_the_cell_runs_first(kernel: Kernel) -> None:
    """Its names and its last value are there, and then the findings."""
    ran = kernel.run("%%check one\ndef one(): return 1\n'the last value'")

    assert ran.shown[0]["text/plain"] == "'the last value'"
    assert "✓ equals[o]" in ran.shown[1]["text/plain"]
    assert kernel.value("one()") == 1


def test_a_cell_that_stops_is_not_checked(kernel: Kernel) -> None:
    """Its own error is shown, and what to do."""
    ran = kernel.run("%%check one\ndef one(): return 1\n1 / 0")

    assert ran.error == "ZeroDivisionError"
    assert "Not checked: the cell stopped with ZeroDivisionError" in ran.text
    assert "equals[o]" not in ran.text


def test_a_cell_that_awaits_is_not_run(kernel: Kernel) -> None:
    """The kernel's event loop is busy with the magic; what to do is said."""
    ran = kernel.run("%%check one\nimport asyncio\nbegun = 1\nawait asyncio.sleep(0)\ndef one(): return 1")
    text = " ".join(ran.text.split())

    assert not ran.error
    assert "Not run: this cell uses await at its top level" in text
    assert 'Put the await in a cell of its own, then grader.check("one").' in text
    assert kernel.value("['begun' in globals(), 'one' in globals()]") == [False, False]


def test_a_cell_that_defines_what_awaits_is_run(kernel: Kernel) -> None:
    """Only the top level matters."""
    ran = kernel.run("%%check one\nasync def later(): await later()\ndef one(): return 1")

    assert "✓ equals[o]" in ran.text


def test_a_cell_that_is_no_python(kernel: Kernel) -> None:
    """Is told of as Jupyter does."""
    ran = kernel.run("%%check one\ndef one() return 1")

    assert "SyntaxError" in ran.error + ran.text


def test_quotes_do_no_harm(kernel: Kernel) -> None:
    """As in ``grader.check``; a cell magic may follow, too."""
    assert "✓ equals[o]" in kernel.run("%%check 'one'\n%%capture\ndef one(): return 1").text


def test_without_an_id(kernel: Kernel) -> None:
    """What is there is checked."""
    assert "✓ equals[o]" in kernel.run("%%check\ndef one(): return 1").text


def test_the_extension_can_be_loaded_by_name(kernel: Kernel) -> None:
    """``%load_ext grader``, as often as one likes."""
    ran = kernel.run("%load_ext grader\n%reload_ext grader")

    assert not ran.error
    assert "✓ equals[o]" in kernel.run("%%check one\ndef one(): return 1").text


def test_importing_grader_in_ipython_stays_light() -> None:
    """The magic is there; what it needs is imported when it is used."""
    code = (
        "import sys, IPython\nshell = IPython.InteractiveShell.instance()\nbefore = set(sys.modules)\n"
        "import grader\nassert shell.find_cell_magic('check')\nprint(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.strip() == "['grader', 'grader.notebook', 'grader.notebook.kernel']"


def test_importing_grader_stays_light() -> None:
    """Neither IPython nor anything else is imported by it."""
    code = (
        "import sys\nbefore = set(sys.modules)\nimport grader\n"
        "assert callable(grader.check) and callable(grader.progress)\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.strip() == "['grader']"
