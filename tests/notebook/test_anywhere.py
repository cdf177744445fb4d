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


def test_outside_the_main_thread(kernel: Kernel) -> None:
    """There are no signals; a thread stops what hangs."""
    ran = kernel.run(
        "import threading, time\nfound = []\n"
        "def hang():\n    while True: time.sleep(0.01)\n"
        "thread = threading.Thread(target=lambda: found.append(grader.check('hang')))\n"
        "thread.start(); thread.join(); found[0]"
    )

    assert "timed out" in ran.text


def test_outside_the_main_thread_it_is_told_again(kernel: Kernel) -> None:
    """A function that swallows the end of its time hears of it once more, and nothing comes late."""
    ran = kernel.run(
        f"{SWALLOWS}import threading\nfound = []\n"
        "thread = threading.Thread(target=lambda: found.append(grader.check('hang')))\n"
        "thread.start(); thread.join(); found[0]"
    )

    assert "✓ equals[o]" in ran.text
    assert kernel.value("swallowed") == ["TimeIsUp", "TimeIsUp"]


def test_beside_the_notebook_or_above_it(kernel: Kernel, tmp_path: Path) -> None:
    """Whatever folder the notebook stands in, the nearest exercises count."""
    write(tmp_path, exercise("one", "o: {call: one}", "- equals: {of: o, points: 5, expect: 1}"))
    (tmp_path / "week" / "one").mkdir(parents=True)
    ran = kernel.run(
        f"import os\nhome = os.getcwd()\ndef one(): return 1\nos.chdir({str(tmp_path / 'week' / 'one')!r})\n"
        "view = grader.check('one')\nos.chdir(home)\nview"
    )

    assert "equals[o]  5 / 5" in ran.text
