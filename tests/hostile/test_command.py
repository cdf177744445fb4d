"""``grader redteam``: what it takes, what it prints, how it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.cli import redteam
from grader.redteam.technique import Result, Technique
from tests.cli.commands import grader


class FakeSiege:
    """Says of every technique that it broke a promise, if it is about the gradebook."""

    missing = ("shared memory of the machine: there is none",)

    def run(self, technique: Technique) -> Result:
        """Return a made-up result."""
        breaches = ("read the gradebook",) if "gradebook" in technique.name else ()
        return Result(technique=technique, breaches=breaches, seconds=1.0)


@contextmanager
def fake_siege(_isolation: object) -> Iterator[FakeSiege]:
    """Stand in for a course under attack."""
    yield FakeSiege()


class TestRedteam:
    """The command."""

    def test_techniques_are_listed(self, tmp_path: Path) -> None:
        """Without trying any."""
        done = grader(tmp_path, "redteam", "--list", "--family", "lies")

        assert done.returncode == 0
        assert "lies about a model" in done.stdout
        assert "reads answers" not in done.stdout

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--only", "no such thing"], ["no technique has no such thing", "--list"]),
            (["--isolation", "process"], ["very machine", "bubblewrap"]),
        ],
    )
    def test_what_cannot_be_done_is_said(self, tmp_path: Path, options: list[str], words: list[str]) -> None:
        """Above all, that nothing is run without a wall."""
        done = grader(tmp_path, "redteam", *options)

        assert done.returncode == 2
        assert all(word in " ".join(done.stderr.split()) for word in words)

    def test_help_has_an_example(self, tmp_path: Path) -> None:
        """Like every command's."""
        assert "Example:" in grader(tmp_path, "redteam", "--help").stdout

    def test_a_course_runs_it_on_its_own_machine(self, tmp_path: Path) -> None:
        """A few techniques, for real: the table fits 80 columns, and all is held."""
        done = grader(tmp_path, "redteam", "--only", "gradebook", "--only", "walk up the stack")

        assert done.returncode == 0, done.stdout + done.stderr
        assert max(map(len, done.stdout.splitlines())) <= 80
        assert "BREACHED" not in done.stdout
        assert "held, in" in done.stdout
        assert list(tmp_path.iterdir()) == []

    def test_a_breach_is_an_exit_status_and_a_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It says what was breached."""
        monkeypatch.setattr(redteam, "besieged", fake_siege)

        status = redteam.run_redteam(["gradebook"], None, "bubblewrap", list_only=False)

        printed = capsys.readouterr()
        assert status == 1
        assert "BREACHED" in printed.out
        assert "read the gradebook" in printed.out
        assert "could not be planted" in printed.err

    def test_help_says_what_it_leaves_for_a_while(self, tmp_path: Path) -> None:
        """Files in folders of the user's own are said beforehand."""
        told = " ".join(grader(tmp_path, "redteam", "--help").stdout.split())

        assert ".grader-redteam-" in told
