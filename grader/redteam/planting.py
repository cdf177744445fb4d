"""Secrets where graders have been known to leave them: environment, argv, files, gradebook, shared memory."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self

from grader.grade import Grade
from grader.gradebook import open_gradebook
from grader.redteam.canaries import Canaries
from grader.redteam.course import Ground

VARIABLE = "GRADER_REDTEAM_SECRET"
#: Where techniques try to reach the machine; another red team on it may have taken them already.
PORT, ABSTRACT = 47391, "\0grader-redteam"
SIBLING = "sibling"
NAME = ".grader-redteam-"


@contextmanager
def planted(ground: Ground) -> Iterator["Listener"]:
    """Plant everything for the length of the block; nothing of it stays."""
    canaries = ground.canaries
    _hand_in_sibling(ground)
    _record_sibling(ground)
    with ExitStack() as stack:
        for place, folder in (("home", Path.home()), ("working folder", Path.cwd())):
            stack.enter_context(_file(folder, canaries.secret(f"a file in the grader's {place}")))
        stack.enter_context(_file(Path("/dev/shm"), canaries.secret("shared memory of the machine")))  # noqa: S108
        stack.enter_context(_variable(canaries.secret("the grader's environment")))
        stack.enter_context(_process(canaries))
        yield stack.enter_context(Listener())


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
def _file(folder: Path, canary: str) -> Iterator[None]:
    path = folder / f"{NAME}{os.getpid()}"
    with suppress(OSError):
        _remove_stale(folder)
        path.write_text(canary)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def _remove_stale(folder: Path) -> None:
    """Remove files of red teams that were killed before they could."""
    for path in folder.glob(f"{NAME}*"):
        if not Path(f"/proc/{path.name.removeprefix(NAME)}").exists():
            path.unlink()


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


class Listener:
    """Sockets of the machine that no submission may reach. The kernel takes calls; nobody answers them."""

    def __init__(self) -> None:
        """Listen where nothing else does."""
        self._ends: dict[str, socket.socket] = {}
        for place, family, address in (
            ("a port of the machine", socket.AF_INET, ("0.0.0.0", PORT)),  # noqa: S104 - reached by nobody
            ("a socket of the machine", socket.AF_UNIX, ABSTRACT),
        ):
            end = socket.socket(family, socket.SOCK_STREAM)
            try:
                end.bind(address)
                end.listen(8)
                end.setblocking(False)
            except OSError:
                end.close()
            else:
                self._ends[place] = end

    def __enter__(self) -> Self:
        """Listen."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Listen no more."""
        for end in self._ends.values():
            end.close()

    def reached(self) -> list[str]:
        """Return the places that were called since the last look."""
        return [place for place, end in self._ends.items() if _called(end)]


def _called(end: socket.socket) -> bool:
    called = False
    with suppress(BlockingIOError):
        while True:
            end.accept()[0].close()
            called = True
    return called
