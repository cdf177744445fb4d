"""It works without what only Linux has, without IPython, and outside the main thread."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebook.kernels import ROOT, Kernel, exercise, write
from tests.notebook.test_check import SWALLOWS

#: As on Windows: none of these modules, no fork, no SIGALRM, and no bubblewrap.
ELSEWHERE = """
import sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix_ipc"):
    sys.modules[name] = None
import os, signal
for name in ("fork", "forkpty", "geteuid", "waitid", "setsid", "killpg"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGALRM", "SIGKILL", "SIGCHLD", "setitimer", "getitimer", "ITIMER_REAL", "alarm"):
    delattr(signal, name)
os.environ["PATH"] = ""
import grader
"""
MODELS = """
import keras
def build_model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
print(grader.check("small"))
"""
PLAIN = """
import time
def one(): return 1
def hang():
    while True: time.sleep(0.01)
print(grader.check("one"))
print(grader.check("hang"))
print(grader.progress())
print([name for name in ("keras", "tensorflow") if name in sys.modules])
"""


def run(folder: Path, source: str) -> str:
    """Run *source* as a program in *folder*; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_what_only_linux_has(course: Path) -> None:
    """Functions are checked, one that hangs is stopped, and Keras is not imported for that."""
    printed = run(course, ELSEWHERE + PLAIN)

    assert "✓ equals[o]  1 / 1" in printed
    assert "timed out" in printed
    assert "passed" in printed
    assert printed.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_models_without_what_only_linux_has(course: Path) -> None:
    """Models are derived again there, too."""
    assert "✓ output_shape[model]" in run(course, ELSEWHERE + MODELS)


def test_without_signals_it_is_told_again(course: Path) -> None:
    """A function that swallows the end of its time hears of it once more, and nothing comes late."""
    printed = run(course, f"{ELSEWHERE}{SWALLOWS}print(grader.check('hang'))\nprint(swallowed)")

    assert "✓ equals[o]" in printed
    assert printed.splitlines()[-1] == "['TimeIsUp', 'TimeIsUp']"


@pytest.mark.parametrize("call", ["grader.check('one')", "grader.progress()"])
def test_in_a_thread_nothing_is_touched(kernel: Kernel, call: str) -> None:
    """What to do is printed: the main thread's names and output are changing meanwhile."""
    ran = kernel.run(
        "import threading\ncalled, found = [], []\ndef one(): called.append(1); return 1\n"
        f"thread = threading.Thread(target=lambda: found.append({call}))\n"
        "thread.start(); made = 1; thread.join(); print('seen')"
    )

    assert "Not checked: run this in a cell of its own, not in a thread." in ran.printed
    assert "seen" in ran.printed
    assert kernel.value("[made, called, found[0].passed]") == [1, [], False]


def test_in_a_thread_of_a_program(course: Path) -> None:
    """Its names are no safer there."""
    source = (
        "import grader, threading\ndef one(): return 1\n"
        "thread = threading.Thread(target=lambda: grader.check('one'))\nthread.start(); thread.join()"
    )

    assert run(course, source).strip() == "Not checked: run this in a cell of its own, not in a thread."


GONE = """
import os, shutil, sys
import grader
home = os.getcwd()
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
def one(): return 1
print(grader.check("one"))
os.environ["GRADER_EXERCISES"] = home + "/exercises"
print(grader.check("one"))
"""
DELETES = """
import os, sys
import grader
os.mkdir("deleted"); os.environ["GRADER_EXERCISES"] = os.getcwd() + "/exercises"; os.chdir("deleted")
def one():
    os.rmdir(os.getcwd()); os.chdir("/"); os.environ["MADE"] = "1"
    return 1
print(grader.check("one"))
print("MADE" in os.environ)
"""


def test_from_a_folder_that_was_deleted(course: Path) -> None:
    """It is said, with what to do; where the exercises are named, they are checked."""
    printed = " ".join(run(course, GONE).split())

    assert "The working folder is no longer there" in printed
    assert "restart the kernel there" in printed
    assert "GRADER_EXERCISES" in printed
    assert "✓ equals[o]" in printed


def test_a_function_that_deletes_the_working_folder(course: Path) -> None:
    """There is none to go back to; all else is put back."""
    printed = run(course, DELETES)

    assert "✓ equals[o]" in printed
    assert printed.splitlines()[-1] == "False"


def test_beside_the_notebook_or_above_it(kernel: Kernel, tmp_path: Path) -> None:
    """Whatever folder the notebook stands in, the nearest exercises count."""
    write(tmp_path, exercise("one", "o: {call: one}", "- equals: {of: o, points: 5, expect: 1}"))
    (tmp_path / "week" / "one").mkdir(parents=True)
    ran = kernel.run(
        f"import os\nhome = os.getcwd()\ndef one(): return 1\nos.chdir({str(tmp_path / 'week' / 'one')!r})\n"
        "view = grader.check('one')\nos.chdir(home)\nview"
    )

    assert "equals[o]  5 / 5" in ran.text
