"""Secrets where graders have been known to leave them: environment, argv, files, gradebook, shared memory."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.grade import Grade
from grader.gradebook import open_gradebook
from grader.redteam import abandoned
from grader.redteam.canaries import Canaries
from grader.redteam.course import Ground
from grader.redteam.listening import Listener

VARIABLE = "GRADER_REDTEAM_SECRET"
SIBLING = "sibling"
NAME = ".grader-redteam-"


def _shared_memory() -> Path:
    return Path("/dev/shm")  # noqa: S108 - the machine's own


#: In a technique's cells, the folder that everybody may write in.
COMMONS = "@commons@"
#: Folders of the machine in which a file is left while the red team is at work.
FOLDERS = {
    "a file in the grader's home": Path.home,
    "a file in the grader's working folder": Path.cwd,
    "shared memory of the machine": _shared_memory,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Planted:
    """What waits for techniques, and in ``missing``, in words, what this machine did not let be planted."""

    listener: Listener
    commons: Path
    missing: tuple[str, ...]

    def fill(self, source: str) -> str:
        """Return a cell's *source* with the places it asks for."""
        return self.listener.fill(source.replace(COMMONS, str(self.commons)))


@contextmanager
def planted(ground: Ground) -> Iterator[Planted]:
    """Plant everything for the length of the block; nothing of it stays."""
    canaries = ground.canaries
    _hand_in_sibling(ground)
    _record_sibling(ground)
    _open_commons(ground)
    with ExitStack() as stack:
        missing = []
        for place, folder in FOLDERS.items():
            try:
                stack.enter_context(abandoned.file(folder(), NAME, canaries.secret(place)))
            except OSError as error:
                missing.append(f"{place}: {error}")
        stack.enter_context(_variable(canaries.secret("the grader's environment")))
        stack.enter_context(_process(canaries))
        listener = stack.enter_context(Listener(ground.commons))
        yield Planted(listener=listener, commons=ground.commons, missing=(*missing, *listener.missing))


def _open_commons(ground: Ground) -> None:
    """Make a file that every user of the machine may write, so that only the wall can keep it as it is."""
    ground.commons.mkdir()
    path = ground.commons / "minutes"
    path.write_text(ground.canaries.secret("a file that all users may read"))
    path.chmod(0o666)
    ground.commons.chmod(0o777)
    ground.folder.chmod(0o755)


def _hand_in_sibling(ground: Ground) -> None:
    source = f"# {ground.canaries.secret('a sibling submission')}\ndef double(x):\n    return x + x\n"
    write_notebook(ground.submissions / f"{SIBLING}.ipynb", [source])


def write_notebook(path: Path, sources: list[str]) -> None:
    """Write a notebook of code cells as Jupyter does."""
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"cell-{n}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": s,
        }
        for n, s in enumerate(sources)
    ]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))


def _record_sibling(ground: Ground) -> None:
    grade = Grade(
        student=SIBLING,
        submission=str(ground.submissions / f"{SIBLING}.ipynb"),
        sha256="0" * 64,
        exercise="vault",
        score=2.0,
        max_score=2.0,
        needs_review=False,
        seconds=1.0,
        findings=(),
        notes=(ground.canaries.secret("the gradebook"),),
    )
    with open_gradebook(ground.folder / "gradebook.db") as book:
        book.record(book.begin({"isolation": "none"}), [grade], {"vault": "0"})


@contextmanager
def _variable(canary: str) -> Iterator[None]:
    os.environ[VARIABLE] = canary
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)


@contextmanager
def _process(canaries: Canaries) -> Iterator[None]:
    """Run a process with secrets in its arguments and environment until the block ends."""
    words = [sys.executable, "-I", "-c", "input()", canaries.secret("another process's arguments")]
    environment = {VARIABLE: canaries.secret("another process's environment")}
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.kill()
