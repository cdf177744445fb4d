"""``grader ci``: its bar, its exit statuses, and what it keeps to itself when something fails."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from grader.cli import ci
from grader.cli.annotations import path_in_repository
from grader.cli.bar import read_bar
from grader.cli.ci_log import write_step_summary
from grader.cli.links import refuse_links
from grader.cli.main import app
from grader.cli.outputs import clear_outputs
from grader.errors import GraderError, UsageError
from grader.readers import submissions
from grader.reports import github
from tests.ci.course import RIGHT, write_course, write_notebook
from tests.ci.github_runner import obeyed
from tests.cli.commands import ROOT, environment, grader

COURSE = ("--assignment", "convolution")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course's folder with a right notebook in it."""
    write_course(tmp_path)
    write_notebook(tmp_path / "homework.ipynb", RIGHT)
    return tmp_path


def on_github(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``grader ci`` as GitHub's runner does."""
    return subprocess.run(
        [sys.executable, "-m", "grader", "ci", "homework.ipynb", *COURSE, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment(PYTHONPATH=str(ROOT), GITHUB_ACTIONS="true", **variables),
        timeout=300,
        check=False,
    )


class TestBar:
    """How many points are wanted."""

    @pytest.mark.parametrize(
        ("written", "score", "reached"),
        [
            ("100%", 9.9, False),
            ("100%", 10.0, True),
            ("100%", 9.9999999, True),
            ("60%", 6.0, True),
            ("60%", 5.99, False),
            ("5.5", 5.5, True),
            ("10", 9.5, False),
            ("0", 0.0, True),
            ("0%", 0.0, True),
        ],
    )
    def test_is_points_or_a_share(self, written: str, score: float, *, reached: bool) -> None:
        """Of ten points."""
        assert read_bar(written).is_reached(score, 10.0) is reached

    @pytest.mark.parametrize("written", ["", "-1", "101%", "nan", "1e3", "60 %", "half", "inf"])
    def test_what_is_neither_is_refused(self, written: str) -> None:
        """With what was expected."""
        with pytest.raises(UsageError, match=r"7\.5, or a percentage"):
            read_bar(written)

    def test_more_than_there_is_is_refused(self) -> None:
        """Nobody could reach it."""
        with pytest.raises(UsageError, match="more than the 10 points"):
            read_bar("11").points(10.0)


class TestUsage:
    """What is refused before anything is graded."""

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["missing.ipynb"], ["missing.ipynb", "this very name"]),
            (["homework.ipynb", "--solutions", "nowhere"], ["nowhere", "--solutions"]),
            (["homework.ipynb", "--fail-below", "6"], ["more than the 5.5 points"]),
            (["homework.ipynb", "--fail-below", "all"], ["--fail-below all"]),
            (["homework.ipynb", "--summary", "homework.ipynb"], ["--summary", "also the notebook"]),
            (["homework.ipynb", "--junit", "new/../homework.ipynb"], ["--junit", "also the notebook"]),
            (["homework.ipynb", "--summary", "here/homework.ipynb"], ["--summary", "also the notebook"]),
            (["here/homework.ipynb", "--record", "homework.ipynb"], ["--record", "also the notebook"]),
            (["link.ipynb", "--record", "here/homework.ipynb"], ["--record", "also the notebook"]),
            (["homework.ipynb", "--summary", "x", "--junit", "here/x"], ["--junit here/x is also the"]),
            (["homework.ipynb", "--junit", "round/x"], ["--junit", "round", "is a link"]),
            (["homework.ipynb", "--junit", "homework.ipynb/x"], ["--junit", "cannot be removed"]),
            (["homework.ipynb", "--summary", "x", "--junit", "x"], ["--junit x is also the --summary"]),
            (["homework.ipynb", "--junit", "exercises"], ["--junit", "is a folder"]),
            (["homework.ipynb", "--result", "r.json"], ["CLASSROOM, ASSIGNMENT", "is missing"]),
        ],
    )
    def test_is_told(
        self, course: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: list[str]
    ) -> None:
        """The notebook is still there, whatever way to it leads through links and ``..``."""
        monkeypatch.chdir(course)
        for link, target in (("here", "."), ("link.ipynb", "homework.ipynb"), ("round", "round")):
            Path(link).symlink_to(target)

        error = CliRunner().invoke(app, ["ci", *arguments, *COURSE]).exception

        assert isinstance(error, UsageError)
        for word in words:
            assert word in str(error)
        assert (course / "homework.ipynb").stat().st_size > 100

    def test_without_isolation_nothing_is_run(self, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """And no way around is offered: there is none."""
        monkeypatch.setenv("PATH", "/nonexistent")

        done = grader(course, "ci", "homework.ipynb", *COURSE)

        assert done.returncode == 2
        assert "apt-get install bubblewrap" in done.stderr
        assert "process" not in done.stderr

    def test_it_is_an_annotation_too(self, course: Path) -> None:
        """On GitHub somebody looks there first."""
        done = on_github(course, "--fail-below", "a\n::error::b")

        (error,) = obeyed(done.stdout)
        assert (error.name, error.properties) == ("error", {"title": "Not graded"})

    def test_old_reports_do_not_outlive_a_run_that_fails(self, course: Path) -> None:
        """They may be the student's own, handed in with the work."""
        (course / "junit.xml").write_text("<forged/>")
        (course / "elsewhere").write_text("kept")
        (course / "record.json").symlink_to("elsewhere")
        (course / "summary.md").symlink_to("exercises")
        outputs = ("--junit", "junit.xml", "--record", "record.json", "--summary", "summary.md")

        done = grader(course, "ci", "missing.ipynb", *COURSE, *outputs)

        assert done.returncode == 2
        assert "missing.ipynb is not a file" in done.stderr
        assert not (course / "summary.md").is_symlink()
        assert any((course / "exercises").iterdir())
        assert not (course / "junit.xml").exists()
        assert not (course / "record.json").is_symlink()
        assert (course / "elsewhere").read_text() == "kept"


class TestLinks:
    """What a student made one is refused, and is no way to be left ungraded at will."""

    @pytest.fixture
    def repository(self, course: Path) -> Path:
        """A repository of the student's beside another's, which has the right answers."""
        for name in ("ada", "eve"):
            (course / name / ".git").mkdir(parents=True)
        (course / "homework.ipynb").rename(course / "ada" / "homework.ipynb")
        return course / "eve"

    @pytest.mark.parametrize("whole", [False, True], ids=["relative", "absolute"])
    @pytest.mark.parametrize(
        ("link", "target", "notebook"),
        [
            ("homework.ipynb", "../ada/homework.ipynb", "homework.ipynb"),
            ("hw1", "../ada", "hw1/homework.ipynb"),
            ("hw1", "..", "hw1/ada/homework.ipynb"),
            ("hw1", ".", "hw1/../ada/homework.ipynb"),
            ("homework.ipynb", "nowhere", "homework.ipynb"),
        ],
    )
    @pytest.mark.parametrize("place", [".", "..", "../solutions"])
    def test_none_is_followed(  # noqa: PLR0913, PLR0917
        self,
        repository: Path,
        monkeypatch: pytest.MonkeyPatch,
        link: str,
        target: str,
        notebook: str,
        place: str,
        *,
        whole: bool,
    ) -> None:
        """Wherever the command is given, and in whatever way the notebook is named."""
        (repository / link).symlink_to(target)
        monkeypatch.chdir(repository / place)
        given = repository / notebook if whole else Path(os.path.relpath(repository, Path.cwd())) / notebook

        error = CliRunner().invoke(app, ["ci", str(given), *COURSE]).exception

        assert isinstance(error, UsageError)
        assert f"a link, to {target}" in str(error)
        assert "hand in the file itself" in str(error)

    def test_an_absolute_path_outside_any_repository(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Archives that were unpacked keep links; from whatever folder they are graded, none is followed."""
        (tmp_path / "handed/bob/out").mkdir(parents=True)
        (tmp_path / "handed/bob/homework.py").write_text("x = 1")
        (tmp_path / "handed/bob/out/junit.xml").write_text("bob's")
        (tmp_path / "handed/eve").symlink_to("bob")
        (tmp_path / "handed/ada").mkdir()
        (tmp_path / "handed/ada/out").symlink_to("../bob/out")
        (tmp_path / "else").mkdir()
        monkeypatch.chdir(tmp_path / "else")

        with pytest.raises(UsageError, match="eve is a link, to bob"):
            refuse_links(tmp_path / "handed/eve/homework.py")
        with pytest.raises(UsageError, match="out is a link"):
            clear_outputs({"--junit": tmp_path / "handed/ada/out/junit.xml"}, tmp_path / "handed/ada/x.py")
        assert (tmp_path / "handed/bob/out/junit.xml").read_text() == "bob's"
        refuse_links(tmp_path / "handed/bob/homework.py")

    def test_no_device_and_no_pipe_is_removed(self, tmp_path: Path) -> None:
        """Whoever writes to one meant something else."""
        os.mkfifo(tmp_path / "pipe")

        with pytest.raises(UsageError, match="a device or a pipe is there"):
            clear_outputs({"--summary": tmp_path / "pipe"}, tmp_path / "homework.py")
        assert (tmp_path / "pipe").exists()

    def test_links_above_are_the_machines_own(
        self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As on macOS, where /tmp is one; what is told is that there are no solutions here."""
        (tmp_path / "way").symlink_to(repository.parent)
        monkeypatch.chdir(repository)

        for folder in ("way/ada", "way/eve/../ada"):
            given = str(tmp_path / folder / "homework.ipynb")
            error = CliRunner().invoke(app, ["ci", given, *COURSE]).exception

            assert isinstance(error, UsageError)
            assert "solutions is not a folder of solutions" in str(error)

    def test_the_exit_status_is_that_of_usage(self, course: Path) -> None:
        """And not that of ungraded work, which is no red cross on GitLab."""
        (course / "link.ipynb").symlink_to("homework.ipynb")

        assert grader(course, "ci", "link.ipynb", *COURSE).returncode == 2


class TestImports:
    """Where Python imports from before this command can refuse."""

    @pytest.mark.parametrize("value", ["{folder}", ":{other}", "{other}::{other}", "."])
    def test_from_beside_the_notebook_are_refused(self, course: Path, value: str) -> None:
        """An empty entry is the current folder; code there has run, and that is said. Reports are gone."""
        (course / "junit.xml").write_text("forged")
        (course / "sitecustomize.py").write_text("open('was-run', 'w')")
        given = value.format(folder=course, other=course / "solutions")
        command = [Path(sys.executable).with_name("grader"), "ci", "homework.ipynb", *COURSE]

        done = subprocess.run(
            [*command, "--junit", "junit.xml"],
            cwd=course,
            env=environment(PYTHONPATH=given),
            capture_output=True,
            text=True,
            check=False,
        )

        said = " ".join(done.stderr.split())
        assert (done.returncode, (course / "was-run").exists()) == (2, True), said
        assert "PYTHONPATH names" in said
        assert "may have run already" in said
        assert not (course / "junit.xml").exists()


class TestForgedReports:
    """Those handed in with the work are gone, whatever else is refused."""

    OUTPUTS = ("--junit", "junit.xml", "--record", "record.json", "--summary", "summary.md")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--fail-below", "all"), "--fail-below all"),
            (("--result", "result.json"), "CLASSROOM, ASSIGNMENT"),
            (("--result", "exercises"), "--result exercises is a folder"),
            (("--result", "homework.ipynb"), "also the notebook"),
            (("--result", "junit.xml"), "also the --junit"),
            (("--result", "homework.ipynb/x"), "cannot be removed"),
        ],
    )
    def test_are_removed_before_anything_is_refused(
        self, course: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
    ) -> None:
        """The notebook itself stays."""
        monkeypatch.chdir(course)
        forged = [course / name for name in {*self.OUTPUTS, "result.json"} if "." in name]
        for path in forged:
            path.write_text("forged")

        error = (
            CliRunner().invoke(app, ["ci", "homework.ipynb", *COURSE, *arguments, *self.OUTPUTS]).exception
        )

        assert isinstance(error, UsageError)
        assert words in str(error)
        left = {path.name for path in forged if path.exists()}
        assert left == {"result.json"} - {*arguments}
        assert (course / "homework.ipynb").stat().st_size > 100

    def test_behind_a_students_link_nothing_is_removed(
        self, course: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nor is a folder made there; the others are removed."""
        monkeypatch.chdir(course)
        (course / "elsewhere").mkdir()
        (course / "elsewhere" / "result.json").write_text("kept")
        (course / "out").symlink_to("elsewhere")
        (course / "junit.xml").write_text("forged")

        for place in ("out/result.json", "out/new/result.json"):
            error = (
                CliRunner()
                .invoke(app, ["ci", "homework.ipynb", *COURSE, "--result", place, *self.OUTPUTS])
                .exception
            )

            assert isinstance(error, UsageError)
            assert f"{course / 'out'} is a link" in str(error)
        assert not (course / "junit.xml").exists()
        assert [path.name for path in (course / "elsewhere").iterdir()] == ["result.json"]

    def test_a_notebook_that_is_a_link_to_one(self, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It does not keep it."""
        monkeypatch.chdir(course)
        (course / "homework.ipynb").rename(course / "junit.xml")
        (course / "homework.ipynb").symlink_to("junit.xml")

        error = CliRunner().invoke(app, ["ci", "homework.ipynb", *COURSE, *self.OUTPUTS]).exception

        assert isinstance(error, UsageError)
        assert not (course / "junit.xml").exists()


class TestFaults:
    """What an author's mistake, or ours, says may be hidden."""

    def test_a_mistake_in_a_solution_is_told_by_its_place_alone(self, course: Path) -> None:
        """The line is enough to find it, and says nothing."""
        solution = course / "solutions" / "doubling.yaml"
        solution.write_text(solution.read_text().replace("points: 2.5", "points: CANARY"))

        done = on_github(course)

        assert done.returncode == 2
        assert "solutions/doubling.yaml:9" in done.stderr.replace("\n", "")
        assert "CANARY" not in done.stdout + done.stderr

    def test_an_unexpected_error_is_told_by_its_kind_alone(
        self, course: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No traceback, no text of it."""

        def fail(*_: Any) -> None:
            raise LookupError("CANARY")

        monkeypatch.setattr(ci, "grade_all", fail)
        monkeypatch.chdir(course)

        error = CliRunner().invoke(app, ["ci", "homework.ipynb", *COURSE]).exception

        assert isinstance(error, GraderError)
        assert "the grader failed (LookupError)" in str(error)
        assert "CANARY" not in str(error)


@pytest.mark.slow
def test_what_is_ungraded_has_an_exit_status_of_its_own(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails is ours: no result for Classroom 50, an error in JUnit, a warning on GitHub."""

    def fail(_path: Path) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(submissions, "_content", fail)
    monkeypatch.chdir(course)
    (course / "result.json").write_text('{"score": 550}')
    for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outputs = ("--result", "result.json", "--record", "r.json", "--junit", "j.xml")

    done = CliRunner().invoke(app, ["ci", "homework.ipynb", *COURSE, "--fail-below", "0", *outputs])

    assert done.exit_code == 4, done.output
    assert not (course / "result.json").exists()
    assert "result.json is not written" in done.stdout
    assert {grade["score"] for grade in json.loads((course / "r.json").read_text())["grades"]} == {None}
    assert 'errors="3"' in (course / "j.xml").read_text()
    annotated = [each for each in obeyed(done.stdout) if "file" in each.properties]
    assert {each.name for each in annotated} == {"warning"}
    assert {each.properties["line"] for each in annotated} == {"1"}


@pytest.mark.parametrize("before", [0, 100, github.MOST_SUMMARY - 900, github.MOST_SUMMARY])
def test_a_step_summary_stays_within_what_github_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    """With what the step wrote before; GitHub shows nothing at all of a larger one."""
    path = tmp_path / "summary.md"
    path.write_text("x" * before)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))

    write_step_summary([], {})

    assert path.stat().st_size <= github.MOST_SUMMARY
    assert path.read_text().startswith("x" * before)
    assert ("0 of 0 points" in path.read_text()) == (before < github.MOST_SUMMARY)


def test_an_annotation_names_the_file_from_the_top_of_its_own_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A course checks the submission out beside its own files; GitHub wants the path in the repository."""
    inner = tmp_path / "work" / "submission" / "week 1"
    inner.mkdir(parents=True)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "work"))
    monkeypatch.chdir(tmp_path / "work")

    without = path_in_repository(Path("submission/week 1/a.ipynb"))
    (tmp_path / "work" / "submission" / ".git").mkdir()

    assert without == "submission/week 1/a.ipynb"
    assert path_in_repository(Path("submission/week 1/a.ipynb")) == "week 1/a.ipynb"
