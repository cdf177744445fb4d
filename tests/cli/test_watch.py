"""``grader watch``, as a student types it, and what it does between two saves."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.cli import watch
from grader.submission import Submission
from tests.cli.commands import COURSE, GOOD, ONE, ROOT, WRONG, grader, start

END = "Ctrl-C stops."
EXERCISES = COURSE[:2]


def submission(unreadable: str = "") -> Submission:
    """Return what was read."""
    return Submission(student="me", path="me.ipynb", sha256="", cells=(), unreadable=unreadable)


def notebook(*sources: str) -> str:
    """Return a notebook's file."""
    cells = [
        {
            "cell_type": "code",
            "id": str(n),
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": text,
        }
        for n, text in enumerate(sources)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


class TestSaves:
    """When a file counts as saved."""

    @pytest.fixture(autouse=True)
    def steps(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What happens to the file while nothing is done: one text for each look at it."""
        waiting: list[str] = []

        def sleep(_seconds: float) -> None:
            text = waiting.pop(0)  # a look too many is an error, not an endless loop
            if text != "-":
                self.write(text)

        monkeypatch.setattr(watch.time, "sleep", sleep)
        return waiting

    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path) -> Path:
        """The file that is watched."""
        self.path, self.clock = tmp_path / "me.py", 0
        return self.path

    def write(self, text: str) -> None:
        """Write the file at a moment of its own; file systems' clocks are coarse."""
        self.path.write_text(text)
        self.clock += 1
        os.utime(self.path, (self.clock, self.clock))

    def seen(self, count: int) -> list[str]:
        """Return the file's texts at its next saves."""
        saves = watch.saves(self.path)
        return [self.path.read_text() for _number, _save in zip(range(count), saves, strict=False)]

    def test_the_file_that_is_there_is_the_first(self, steps: list[str]) -> None:
        """Nobody has to save once more for it."""
        self.write("first")
        steps += ["-", "-", "second", "-"]

        assert self.seen(2) == ["first", "second"]

    def test_a_file_that_still_changes_is_not_read(self, steps: list[str]) -> None:
        """Only what holds still for two looks is a save."""
        steps += ["-", "ha", "half", "half a notebook", "-"]

        assert self.seen(1) == ["half a notebook"]

    def test_a_file_that_goes_away_may_come_back(self, steps: list[str], file: Path) -> None:
        """Editors write another file and rename it."""
        self.write("first")
        steps += ["-"]
        saves = watch.saves(file)
        next(saves)
        file.unlink()
        steps += ["-", "-", "second", "-"]
        next(saves)

        assert file.read_text() == "second"


class TestWhole:
    """What cannot be read may be half of what is being written."""

    def test_it_is_read_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Until it can."""
        monkeypatch.setattr(watch, "LOOKING_SECONDS", 0.0)
        answers = iter([submission("broken JSON"), submission("broken JSON"), submission()])

        assert not watch.whole(lambda: next(answers)).unreadable

    def test_it_is_told_when_it_stays_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """After a while it is the notebook that is broken."""
        monkeypatch.setattr(watch, "WRITING_SECONDS", 0.0)
        monkeypatch.setattr(watch, "LOOKING_SECONDS", 0.0)

        assert watch.whole(lambda: submission("broken JSON")).unreadable == "broken JSON"


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """``grader watch me.ipynb``, ended in any case."""
    process = start(tmp_path, "watch", "me.ipynb", *EXERCISES, *ONE)
    yield process
    process.kill()
    process.communicate()


def heard(process: subprocess.Popen[str], until: str) -> str:
    """Return what *process* says up to and with the line that holds *until*."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if until in line:
            return "".join(lines)
    pytest.fail(f"it ended without {until!r}: {''.join(lines)}")


def test_each_save_is_checked_until_ctrl_c(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    """Wrong, right, half-written and whole again; a broken file is told, and watching goes on."""
    heard(watching, "waiting for it")
    file = tmp_path / "me.ipynb"
    file.write_text(notebook(WRONG))
    first = heard(watching, END)
    file.write_text(notebook(GOOD))
    second = heard(watching, END)
    file.write_text(notebook(GOOD)[:200])
    broken = heard(watching, "next save")
    file.write_text(notebook(WRONG, "1 / 0"))
    third = heard(watching, END)
    watching.send_signal(signal.SIGINT)

    assert "found 75; expected 76" in first
    assert "equals[one_filter]  now passes, was failed" in second
    assert "Total 3 / 3" in second
    assert "broken JSON" in broken
    assert "equals[one_filter]  failed, was passed" in third
    assert "ZeroDivisionError" in third
    last = heard(watching, "stopped watching")
    assert watching.wait() == 0
    assert "Traceback" not in last


def test_the_status_stays_until_tensorflow_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first start takes a dozen seconds; without a word it looks as if it hung."""
    heard: list[str] = []

    class Told:
        print = staticmethod(lambda *_texts, **_how: None)

        @contextmanager
        def status(self, text: str) -> Iterator[None]:
            heard.append(text)
            yield
            heard.append("taken away")

    class Slow:
        def start(self) -> None:
            heard.append("warm")

        def __enter__(self) -> None:
            self.start()
            raise KeyboardInterrupt

        def __exit__(self, *_error: object) -> None:
            """Nothing was started."""

    monkeypatch.setattr(watch, "Console", Told)
    monkeypatch.setattr(watch, "own_worker", lambda *_asked: Slow())

    assert watch.run_watch(Path("me.py"), ONE[1:], ROOT / "exercises", None, "auto") == 0
    assert heard[:3] == ["starting TensorFlow …", "warm", "taken away"]


def test_a_folder_is_not_watched(tmp_path: Path) -> None:
    """One notebook at a time."""
    done = grader(tmp_path, "watch", str(tmp_path), *EXERCISES)

    assert done.returncode == 2
    assert "give the notebook (.ipynb) or script (.py) itself" in " ".join(done.stderr.split())
