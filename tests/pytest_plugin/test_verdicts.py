"""What becomes of each verdict: pytest's own words, exit status, texts, points."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from grader.errors import IsolationError, WorkerDied
from grader.pipeline import Answers
from grader.pytest_plugin import desk
from grader.redteam.canaries import Canaries
from tests.pytest_plugin.conftest import Lent, Run
from tests.pytest_plugin.course import (
    ENDLESS,
    EXITING,
    HUNGRY,
    RAISING,
    STARTER,
    TWICE,
    VISIBLE_RIGHT,
    WRONG,
    hand_in,
    right,
)

VAULT = ("-k", "vault")


def elements(path: Path, name: str) -> list[ET.Element]:
    """Return the elements called *name* of the JUnit file in *path*."""
    return list(ET.parse(path).iter(name))  # noqa: S314 - pytest wrote it


def summary(result: pytest.RunResult) -> str:
    """Return what was printed, as one line."""
    return " ".join(result.stdout.str().split())


class TestVerdicts:
    """One submission, one verdict."""

    def test_a_right_answer_is_green(self, run: Run, tmp_path: Path) -> None:
        """Visible checks pass, the exit status is 0, the points are all there."""
        folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT)

        result = run(f"--submission={folder / 'ada.py'}", *VAULT, solutions=False)

        result.assert_outcomes(passed=2, deselected=1)
        assert result.ret == pytest.ExitCode.OK
        result.stdout.fnmatch_lines(["exercises/vault.yaml ..*", "ada: 3 of 4 points, 1 check deselected"])

    def test_a_wrong_answer_fails_with_difference_and_hint(self, run: Run, tmp_path: Path) -> None:
        """The failure shows what came out, what should have, and the mistake behind it; no traceback."""
        folder = hand_in(tmp_path / "in", ada=WRONG)

        result = run(f"--submission={folder / 'ada.py'}", *VAULT, "-rA")

        result.assert_outcomes(failed=3, skipped=2, deselected=2)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(
            [
                "*_ vault equals[[]shown[]] _*",
                "0 of 2 points, failed",
                "reply('ping'): *ping!*",
                "Hint: Say more than the word.",
                "ada: 0 of 8.5 points, 2 checks deselected",
                "FAILED exercises/vault.yaml::equals[[]shown[]] - WrongAnswer: *",
            ]
        )
        assert "Traceback" not in result.stdout.str()
        assert ".py:" not in result.stdout.str()

    @pytest.mark.parametrize(
        ("source", "word", "said"),
        [
            (RAISING, "Broken", "I was asked ping"),
            (EXITING, "Broken", "ended the Python process"),
            (ENDLESS, "TimedOut", "did not finish in time"),
            (HUNGRY, "OutOfMemory", "ran out of memory"),
        ],
        ids=["raises", "exits", "hangs", "eats"],
    )
    def test_what_could_not_be_judged_is_an_error_that_says_why(
        self, run: Run, tmp_path: Path, source: str, word: str, said: str
    ) -> None:
        """It is no failure, in pytest's counts and in JUnit's; each cause has its own word."""
        folder = hand_in(tmp_path / "in", ada=source)

        result = run(
            f"--submission={folder / 'ada.py'}", "--assignment=short", f"--junitxml={tmp_path / 'j.xml'}"
        )

        result.assert_outcomes(errors=3, skipped=2)
        assert said in summary(result)
        [suite] = elements(tmp_path / "j.xml", "testsuite")
        assert (suite.get("errors"), suite.get("failures")) == ("3", "0")
        messages = [error.get("message", "") for error in suite.iter("error")]
        assert all(f'failed on setup with "{word}: ' in message for message in messages)
        assert "pytest_plugin" not in result.stdout.str()

    def test_what_was_not_attempted_is_skipped_but_not_green(self, run: Run, tmp_path: Path) -> None:
        """A run in which everything was skipped does not pass."""
        folder = hand_in(tmp_path / "in", ada=STARTER)

        result = run(f"--submission={folder / 'ada.py'}", *VAULT)

        result.assert_outcomes(skipped=5, deselected=2)
        assert result.ret == pytest.ExitCode.TESTS_FAILED

    def test_an_empty_notebook_is_skipped_but_not_green(self, run: Run, tmp_path: Path) -> None:
        """There is no code, and so nothing that failed; the exit status says that it did not pass."""
        folder = hand_in(tmp_path / "in")
        empty = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
        (folder / "ada.ipynb").write_text(empty)

        result = run(f"--submission={folder / 'ada.ipynb'}")

        result.assert_outcomes(skipped=7)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(["ada: 0 of 8.5 points, 8.5 not attempted"])

    def test_a_broken_file_is_an_error(self, run: Run, tmp_path: Path) -> None:
        """The student learns why it could not be read."""
        folder = hand_in(tmp_path / "in")
        (folder / "ada.ipynb").write_text('{"cells": [')

        result = run(f"--submission={folder / 'ada.ipynb'}", *VAULT)

        result.assert_outcomes(errors=5, deselected=2)
        assert "the notebook is broken JSON" in summary(result)


class TestFaultsOfOurs:
    """Nobody's zero, and told apart."""

    def test_a_lost_worker_leaves_checks_ungraded(
        self, run: Run, tmp_path: Path, lent: Lent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They are errors without points, named below the score; the submission is tried twice."""
        folder = hand_in(tmp_path / "in", ada=WRONG)
        tries: list[str] = []

        def die(role: str, _memory_mib: int) -> None:
            tries.append(role)
            raise WorkerDied("the machine is on fire")

        monkeypatch.setattr(lent, "fork", die)

        result = run(f"--submission={folder / 'ada.py'}", "-k", "twice", f"--junitxml={tmp_path / 'j.xml'}")

        result.assert_outcomes(errors=2, deselected=5)
        assert tries == ["student"] * 2
        result.stdout.fnmatch_lines(
            [
                "*not the student's fault: the machine is on fire*",
                "ada: 0 of 8.5 points, 1.5 not graded yet, 5 checks deselected",
                "not graded yet, never counted as 0: exercises/twice.yaml::equals[[]two[]], *",
            ]
        )
        names = [one.get("name") for one in elements(tmp_path / "j.xml", "property")]
        assert "grader.max_points" in names
        assert "grader.points" not in names

    def test_cells_are_heard_the_first_time_only(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What they say when a submission is run again may be what it was asked the first time."""
        source = "def twice(x):\n    return x\n# %%\nraise ValueError('hear me')\n"
        given = (f"--submission={hand_in(tmp_path / 'in', ada=source) / 'ada.py'}", "-k", "twice and two")
        really, losses = desk.ask, [WorkerDied("lost")]

        def ask(*arguments: Any) -> Answers:
            answers = really(*arguments)
            if losses:
                raise losses.pop()
            return answers

        heard = run(*given)
        monkeypatch.setattr(desk, "ask", ask)
        again = run(*given)

        assert "note: cell 2 stopped with ValueError: hear me" in heard.outlines
        again.assert_outcomes(failed=1, deselected=6)
        assert "hear me" not in again.stdout.str()

    def test_what_a_cell_says_is_told_once(self, run: Run, tmp_path: Path) -> None:
        """At the first check that fails, not at every one."""
        source = f"{WRONG}\n# %%\nraise ValueError('hear me')\n"

        result = run(f"--submission={hand_in(tmp_path / 'in', ada=source) / 'ada.py'}", *VAULT)

        result.assert_outcomes(failed=3, skipped=2, deselected=2)
        assert result.stdout.str().count("note: cell 2 stopped with ValueError: hear me") == 1

    def test_a_machine_that_cannot_isolate_is_said_once_for_all(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is run, and no way out is offered that runs it unprotected."""
        folder = hand_in(tmp_path / "in", ada=WRONG)
        asked: list[str] = []

        def refuse(wanted: str) -> None:
            asked.append(wanted)
            raise IsolationError(f"no sandbox here; {desk.UNPROTECTED}")

        monkeypatch.setattr(desk, "choose_isolation", refuse)

        result = run(f"--submission={folder / 'ada.py'}", *VAULT)

        result.assert_outcomes(errors=5, deselected=2)
        assert asked == ["auto"]
        assert "no sandbox here" in summary(result)
        assert "unprotected" not in result.stdout.str()

    def test_a_reference_that_breaks_is_the_authors(
        self, run: Run, tmp_path: Path, pytester: pytest.Pytester
    ) -> None:
        """The student reads whose fault it is, and nothing of the solution."""
        path = pytester.path / "solutions" / "twice.yaml"
        path.write_text(TWICE.replace("return 2 * x", "raise ValueError('the-secret-way')"))
        folder = hand_in(tmp_path / "in", ada="def twice(x):\n    return 2 * x\n")

        result = run(f"--submission={folder / 'ada.py'}", "-k", "twice")

        result.assert_outcomes(errors=2, deselected=5)
        assert "1 mistake in exercise files: solutions/twice.yaml:2" in summary(result)
        assert "the-secret-way" not in result.stdout.str()


class TestAuthorsMistakes:
    """Found while pytest collects."""

    def test_mistakes_have_file_and_line(self, run: Run, tmp_path: Path, pytester: pytest.Pytester) -> None:
        """All of a file's at once, without a traceback; nothing is graded, and nothing private was read."""
        path = pytester.path / "exercises" / "twice.yaml"
        path.write_text(path.read_text().replace("title", "titel"))
        folder = hand_in(tmp_path / "in", ada=WRONG)

        result = run(f"--submission={folder / 'ada.py'}", solutions=False)

        assert result.ret == pytest.ExitCode.INTERRUPTED
        result.stdout.fnmatch_lines(
            ["*twice.yaml:2: *titel*title*", "*because of the mistakes in exercise files*"]
        )
        assert "Traceback" not in result.stdout.str()

    @pytest.mark.parametrize("more", [(), ("--full-trace",)], ids=["usual", "full trace"])
    def test_of_a_private_file_only_the_place_is_told(
        self, run: Run, tmp_path: Path, pytester: pytest.Pytester, more: tuple[str, ...]
    ) -> None:
        """What stands there could be an answer."""
        path = pytester.path / "solutions" / "twice.yaml"
        path.write_text(TWICE.replace("points: 0.5", "points: the-secret-value"))
        folder = hand_in(tmp_path / "in", ada=WRONG)

        result = run(f"--submission={folder / 'ada.py'}", *more)

        assert result.ret == pytest.ExitCode.INTERRUPTED
        result.stdout.fnmatch_lines(
            ["*solutions/twice.yaml:*", "What is wrong there may be hidden*'grader prove' tells its author"]
        )
        assert "the-secret-value" not in result.stdout.str()


def test_points_are_properties(run: Run, tmp_path: Path, canaries: Canaries) -> None:
    """JUnit files hold exercise, student, check, verdict and points of every check, skipped ones too."""
    folder = hand_in(tmp_path / "in", ada=right(canaries))

    result = run(f"--submission={folder / 'ada.py'}", *VAULT, f"--junitxml={tmp_path / 'j.xml'}")

    result.assert_outcomes(passed=5, deselected=2)
    cases = elements(tmp_path / "j.xml", "testcase")
    told = [{one.get("name"): one.get("value") for one in case.iter("property")} for case in cases]
    assert [case.get("classname") for case in cases] == ["exercises.vault.yaml"] * 5
    assert {case.get("time") for case in cases} == {"0.000"}
    assert told[2] == {
        "grader.exercise": "vault",
        "grader.student": "ada",
        "grader.check": "equals[secret]",
        "grader.visible": "false",
        "grader.verdict": "passed",
        "grader.max_points": "3.0",
        "grader.points": "3.0",
    }
    result.stdout.fnmatch_lines(["ada: 7 of 8.5 points, 2 checks deselected"])
