"""Classroom 50's ``autograder.py``: grades NOTEBOOK and writes ``result.json``. What to set up: docs/ci.md.

It stands in the assignment's bundle, beside a folder ``course`` with a copy of the course's repository.
Whoever has the bundle's address can fetch it, and each student has: nothing in it is hidden from them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NOTEBOOK = "homework.ipynb"
ASSIGNMENT = "convolution"
COURSE = Path(os.environ.get("CLASSROOM50_BUNDLE_DIR") or Path(__file__).parent).resolve() / "course"
# Isolated: this runs in the student's folder, which may hold a pip.py or a grader.py.
PYTHON = (sys.executable, "-I", "-m")


def install() -> None:
    """Install the grader, and let bubblewrap make namespaces on this machine, which is thrown away."""
    subprocess.run(
        [*PYTHON, "pip", "install", "--quiet", "-c", COURSE / "constraints.txt", COURSE], check=True
    )
    subprocess.run(
        ["sudo", "sysctl", "-q", "-w", "kernel.apparmor_restrict_unprivileged_userns=0"], check=False
    )


def clear() -> None:
    """Remove results that were handed in: whatever fails from here on, they must not be taken for ours."""
    for path in map(Path, ("result.json", "release-body.md")):
        # A link goes alone: what it leads to is not ours to remove.
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def grade() -> int:
    """Grade; a wrong answer is no failure of this program, but work that is left ungraded is."""
    COURSE.joinpath("solutions").chmod(0o700)
    command = [
        *(*PYTHON, "grader", "ci", NOTEBOOK, "--assignment", ASSIGNMENT, "--fail-below", "0"),
        *("--exercises", COURSE / "exercises", "--solutions", COURSE / "solutions"),
        *("--datasets", COURSE / "datasets", "--result", "result.json", "--summary", "release-body.md"),
    ]
    # The runner shows release-body.md as the step's summary. Python has its own path.
    unset = {"GITHUB_STEP_SUMMARY", "PYTHONPATH"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    clear()
    install()
    sys.exit(grade())
