"""Helpers for tests that run the real command."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GOOD = """\
# exercise: conv-parameters
def parameters_per_filter(kernel_size, in_channels):
    height, width = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    return height * width * in_channels + 1

def total_parameters(kernel_size, in_channels, filters):
    return filters * parameters_per_filter(kernel_size, in_channels)
"""
WRONG = GOOD.replace(" + 1", "")
COURSE = ("--exercises", str(ROOT / "exercises"), "--solutions", str(ROOT / "solutions"))
ONE = ("--only", "conv-parameters")


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which output has 80 columns and no colour."""
    return {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **more}


def grader(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``grader`` in *folder* and wait for it."""
    command = [sys.executable, "-m", "grader", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment(PYTHONPATH=str(ROOT)),
        timeout=600,
        check=False,
    )


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start ``grader`` in *folder*."""
    command = [sys.executable, "-m", "grader", *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(PYTHONPATH=str(ROOT)),
    )


def hand_in(folder: Path, **scripts: str) -> Path:
    """Write scripts, named by student, into a folder of submissions."""
    class_folder = folder / "class"
    class_folder.mkdir(exist_ok=True)
    for student, source in scripts.items():
        (class_folder / f"{student}.py").write_text(source)
    return class_folder
