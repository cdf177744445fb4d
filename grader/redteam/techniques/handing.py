"""Ways to hand something in: each returns a function that puts it at a path, as a student's upload would."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Hand = Callable[[Path], None]
DOUBLE = "def double(x):\n    return 2 * x\n"


def cell(source: Any, **more: Any) -> dict[str, Any]:
    """Return a code cell; *more* overrides its keys."""
    told: dict[str, Any] = {
        "cell_type": "code",
        "id": "one",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
    }
    return {**told, "source": source, **more}


def text(source: str, **more: Any) -> dict[str, Any]:
    """Return a text cell."""
    return {"cell_type": "markdown", "id": "two", "metadata": {}, "source": source, **more}


def as_notebook(*cells: Mapping[str, Any], **more: Any) -> Hand:
    """Hand in a notebook of *cells* after the honest one; *more* overrides the notebook's keys."""

    def hand_in(path: Path) -> None:
        told: dict[str, Any] = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [cell(DOUBLE, id="zero"), *cells],
        }
        path.write_text(json.dumps({**told, **more}))

    return hand_in


def as_bytes(make: Callable[[], bytes], suffix: str = ".ipynb") -> Hand:
    """Hand in what *make* returns."""
    return lambda path: _write(path.with_suffix(suffix), make())


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def as_script(source: str) -> Hand:
    """Hand in a script."""
    return as_bytes(source.encode, ".py")


def as_named(name: str, source: str = DOUBLE) -> Hand:
    """Hand in a script under *name*; a file system that refuses the name takes none."""

    def hand_in(path: Path) -> None:
        try:
            _write(path.parent / f"{name}.py", source.encode())
        except (OSError, ValueError):
            _write(path.with_suffix(".py"), source.encode())

    return hand_in


def as_fifo(path: Path) -> None:
    """Hand in a FIFO, which a reader waits for."""
    os.mkfifo(path)


def as_link(target: str) -> Hand:
    """Hand in a symbolic link to *target*, seen from the folder of submissions."""
    return lambda path: path.symlink_to(target)


def as_folder(*names: str) -> Hand:
    """Hand in a folder with links of these *names* in it, each to the sibling's submission."""

    def hand_in(path: Path) -> None:
        folder = path.with_suffix("")
        folder.mkdir()
        for name in names:
            (folder / name).symlink_to("../sibling.ipynb")

    return hand_in
