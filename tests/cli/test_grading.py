"""``grader grade`` and ``grader check`` on real submissions, with interruptions. Each starts a worker."""

import csv
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import COURSE, GOOD, ONE, ROOT, WRONG, environment, grader, hand_in, start

STUDENTS = {f"student-{number}": GOOD + "\nimport time\ntime.sleep(1.5)\n" for number in range(6)}


def attempts(book: Path) -> list[tuple[str, int]]:
    """Return (student, id) of every attempt in the gradebook."""
    if not book.exists():
        return []
    with sqlite3.connect(f"file:{book}?mode=ro", uri=True, timeout=10) as connection:
        try:
            return list(connection.execute("select student, id from attempts order by id"))
        except sqlite3.OperationalError:
            return []


def wait_for(condition: object, process: subprocess.Popen[str], seconds: float = 120.0) -> None:
    """Wait until *condition* holds; fail when *process* ends first."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestAClass:
    """A folder with broken files among good ones."""

    def test_broken_files_cost_only_their_students(self, tmp_path: Path) -> None:
        """The others are graded; every output is written; TensorFlow stays outside this process."""
        folder = hand_in(tmp_path, ada=GOOD, bob=WRONG)
        (folder / "zoe.pdf").write_bytes(b"%PDF")
        (folder / "README").write_text("Lab 3")
        (folder / "__me.py").write_text(GOOD)
        (folder / "cut.ipynb").write_text('{"cells": [')
        (folder / "null.ipynb").write_bytes(b"{\0}")
        (folder / "empty.ipynb").write_text(
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
        )
        arguments = [
            "grade",
            "class",
            *COURSE,
            *ONE,
            "--record",
            "out/r.json",
            "--csv",
            "out/g.csv",
            "--html",
            "out/html",
        ]
        code = (
            "import sys\nfrom grader.cli import main\n"
            f"sys.argv = ['grader', *{arguments!r}]\n"
            "try:\n    main.main()\nexcept SystemExit as end:\n    status = end.code\n"
            "heavy = [name for name in ('tensorflow', 'keras') if name in sys.modules]\n"
            "print('HEAVY', heavy, 'STATUS', status)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=environment(PYTHONPATH=str(ROOT)),
            timeout=300,
        )

        assert done.stdout.splitlines()[-1] == "HEAVY [] STATUS 1", done.stderr
        record = json.loads((tmp_path / "out/r.json").read_text())
        assert record["format"] == "grader.record/1"
        scores = {each["student"]: each["score"] for each in record["grades"]}
        assert scores == {"ada": 10.0, "bob": 0.0, "cut": 0.0, "empty": 0.0, "null": 0.0, "zoe": None}
        verdicts = {
            each["student"]: {found["verdict"] for found in each["findings"]} for each in record["grades"]
        }
        assert verdicts["cut"] == verdicts["null"] == {"broken"}
        assert verdicts["empty"] == {"not_attempted"}
        with (tmp_path / "out/g.csv").open(encoding="utf-8-sig", newline="") as file:
            totals = {row["student"]: row["total"] for row in csv.DictReader(file)}
        assert totals == {"ada": "10", "bob": "0", "cut": "0", "empty": "0", "null": "0", "zoe": ""}
        assert "zoe" in (tmp_path / "out/html/index.html").read_text()
        assert (tmp_path / "gradebook.db").is_file()
        shown = " ".join(done.stdout.split())
        assert "2 could not be read (no points): cut: the notebook is broken JSON" in shown
        assert "1 without a decision (ungraded): zoe: zoe.pdf: neither notebook nor script" in shown
        assert "1 passed over, neither notebook nor script: class/README" in shown
        assert "1 passed over, named with . or __ in front: class/__me.py" in shown

    def test_two_submissions_of_one_student_are_for_a_person(self, tmp_path: Path) -> None:
        """Neither is graded silently in the other's place; the exit status says that work is left."""
        folder = hand_in(tmp_path, ada=GOOD, bob=GOOD)
        (folder / "ada.ipynb").write_text("{}")

        done = grader(tmp_path, "grade", "class", *COURSE, *ONE, "--record", "r.json", "--csv", "g.csv")

        assert done.returncode == 1
        grades = {each["student"]: each for each in json.loads((tmp_path / "r.json").read_text())["grades"]}
        assert (grades["ada"]["score"], grades["bob"]["score"]) == (None, 10.0)
        assert "leave the one that counts" in grades["ada"]["findings"][0]["message"]
        assert '\n"ada","","","10","yes"' in (tmp_path / "g.csv").read_text(encoding="utf-8-sig").replace(
            "\r", ""
        )

    def test_one_student_of_a_class(self, tmp_path: Path) -> None:
        """The gradebook knows the work from the class's run; a folder given alone is a class."""
        folder = hand_in(tmp_path, ada=GOOD)
        (folder / "bob").mkdir()
        (folder / "bob/homework.py").write_text(WRONG)
        whole = grader(tmp_path, "grade", "class", *COURSE, *ONE, "--csv", "g.csv")

        done = grader(tmp_path, "grade", "class", "--student", "bob", *COURSE, *ONE, "--csv", "g.csv")
        alone = grader(tmp_path, "grade", "class/bob", *COURSE, *ONE)
        stranger = grader(tmp_path, "grade", "class", "--student", "bop", *COURSE, *ONE)

        assert done.returncode == 0, done.stderr
        assert "1 grades were already in the gradebook" in done.stderr
        assert "loses" not in whole.stderr
        assert (
            "g.csv loses 1 student, not in this run. To keep all, grade the whole folder again" in done.stderr
        )
        said = " ".join(alone.stdout.split())
        assert "class/bob is taken for a class, so the student is homework. Of one student" in said
        assert (stranger.returncode, "no student bop there; did you mean bob?" in stranger.stderr) == (
            2,
            True,
        )

    def test_process_isolation_says_on_every_report_that_it_is_none(self, tmp_path: Path) -> None:
        """The choice is on the screen, in the record and on the pages."""
        hand_in(tmp_path, ada=GOOD)

        done = grader(
            tmp_path,
            "grade",
            "class",
            *COURSE,
            *ONE,
            "--isolation",
            "process",
            "--record",
            "r.json",
            "--html",
            "html",
        )

        assert done.returncode == 0, done.stderr
        assert "no boundary" in " ".join(done.stdout.split())
        assert "no boundary" in json.loads((tmp_path / "r.json").read_text())["environment"]["warning"]
        for page in (tmp_path / "html").rglob("*.html"):
            assert "no boundary" in page.read_text(), page

    def test_a_due_date_is_told(self, tmp_path: Path) -> None:
        """With its offset, and without judging by it."""
        hand_in(tmp_path, ada=GOOD)

        done = grader(tmp_path, "grade", "class", *COURSE, *ONE, "--assignment", "convolution")

        assert done.returncode == 0, done.stderr
        assert "Due 2026-12-18 23:59+07:00." in " ".join(done.stdout.split())


class TestInterruptions:
    """What was graded stays graded, and the next run goes on from there."""

    def run(self, folder: Path) -> subprocess.Popen[str]:
        """Start grading six slow submissions, one at a time."""
        hand_in(folder, **STUDENTS)
        return start(folder, "grade", "class", *COURSE, *ONE, "--jobs", "1")

    @pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
    def test_a_second_run_goes_on(self, tmp_path: Path, number: signal.Signals, status: int) -> None:
        """After ``kill -9`` or Ctrl-C, nothing is lost, graded twice, or left running."""
        book = tmp_path / "gradebook.db"
        process = self.run(tmp_path)
        wait_for(lambda: len(attempts(book)) >= 2, process)
        process.send_signal(number)
        process.communicate(timeout=60)
        before = attempts(book)

        done = grader(tmp_path, "grade", "class", *COURSE, *ONE, "--record", "r.json")

        assert process.returncode == status
        assert 2 <= len(before) < 6
        assert done.returncode == 0, done.stderr
        after = attempts(book)
        assert after[: len(before)] == before
        assert sorted(student for student, _id in after) == sorted(STUDENTS)
        grades = json.loads((tmp_path / "r.json").read_text())["grades"]
        assert [grade["score"] for grade in grades] == [10.0] * 6

    def test_nothing_runs_on_after_kill(self, tmp_path: Path) -> None:
        """The worker and its forks die with the grader."""
        process = self.run(tmp_path)
        wait_for(lambda: len(attempts(tmp_path / "gradebook.db")) >= 1, process)
        family = _descendants(process.pid)
        process.kill()
        process.communicate(timeout=60)

        assert family
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []


def _descendants(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        parent = waiting.pop()
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            below = [int(pid) for pid in task.read_text().split()]
            found += below
            waiting += below
    return found


class TestCheck:
    """A student's own check needs no solutions."""

    @pytest.mark.parametrize(("source", "status"), [(GOOD, 0), (WRONG, 1)])
    def test_exit_status(self, tmp_path: Path, source: str, status: int) -> None:
        """0 when all visible checks passed, 1 when not."""
        hand_in(tmp_path, ada=source)

        done = grader(tmp_path, "check", "class/ada.py", *COURSE[:2], *ONE)

        assert done.returncode == status, done.stderr
        assert ("expected 76" in " ".join(done.stdout.split())) is (status == 1)
        assert not (tmp_path / "gradebook.db").exists()
        assert "no boundary" not in done.stdout

    def test_process_isolation_says_that_it_is_none(self, tmp_path: Path) -> None:
        """A student's own code runs as the student; one line says so."""
        hand_in(tmp_path, ada=GOOD)

        done = grader(tmp_path, "check", "class/ada.py", *COURSE[:2], *ONE, "--isolation", "process")

        assert done.returncode == 0, done.stderr
        assert "Isolation process: it runs your code as you; no boundary.\n" in done.stdout
