"""What was handed in beside a submission is never run, and never taken for settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pytest_plugin.course import VISIBLE_RIGHT, hand_in, write_course

PYTEST = Path(sys.executable).with_name("pytest")
TRAPS = (
    "conftest.py",
    "sitecustomize.py",
    "keras.py",
    "numpy.py",
    "socket.py",
    "execnet.py",
    "grader.py",
    "test_trap.py",
    "__init__.py",
)
COLLECT = ("--collect-only", "-q")
COLLECTED = "twice.yaml::equals[two]"
NOTHING = "bob: 0 of 4 points, 2 not attempted, 1 check deselected"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The course's folder; no pytest settings are above it."""
    folder = tmp_path / "course"
    write_course(folder)
    return folder


def trap(folder: Path) -> Path:
    """Hand in a notebook in *folder*, beside files that write where they were run; return where."""
    said = folder.parent / f"{folder.name}-was-run"
    hand_in(folder, ada=VISIBLE_RIGHT)
    for name in TRAPS:
        (folder / name).write_text(f"with open({str(said)!r}, 'a') as file:\n    file.write(__file__)\n")
    return said


def start(folder: Path, *command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run *command* in *folder*, with nothing of the outer run's in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**kept, "COLUMNS": "120", **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class TestPlaces:
    """Wherever the notebook lies."""

    def test_in_the_current_folder(self, course: Path, tmp_path: Path) -> None:
        """The exercises are elsewhere."""
        said = trap(tmp_path / "in")

        done = start(tmp_path / "in", PYTEST, course / "exercises", "--submission", "ada.py", *COLLECT)

        assert COLLECTED in done.stdout, done.stdout + done.stderr
        assert not said.exists()

    def test_above_the_exercises(self, course: Path) -> None:
        """The exercises' own folder becomes pytest's root, so its cache is not the student's."""
        said = trap(course)
        (course / ".pytest_cache").symlink_to(course / "solutions")

        done = start(course, PYTEST, "exercises", "--submission", "ada.py", "--lf", "--collect-only")

        assert "<CheckItem equals[two]>" in done.stdout, done.stdout + done.stderr
        assert "rootdir: " + str(course / "exercises") in done.stdout
        assert not said.exists()
        assert sorted(path.name for path in (course / "solutions").iterdir()) == ["twice.yaml", "vault.yaml"]

    @pytest.mark.parametrize("name", ["in", "test_in"])
    def test_below_the_exercises(self, course: Path, name: str) -> None:
        """Not collected either; pytest looks for a conftest.py in folders called test."""
        said = trap(course / "exercises" / name)
        (course / "exercises" / name / "vault.yaml").write_text("exercise: mine\n")

        done = start(course, PYTEST, "exercises", f"--submission=exercises/{name}/ada.py", *COLLECT)

        assert COLLECTED in done.stdout, done.stdout + done.stderr
        assert f"{name}/" not in done.stdout
        assert not said.exists()

    def test_between_the_root_and_the_exercises(self, course: Path) -> None:
        """The course's settings hold; a package that was handed in is passed through, not imported."""
        said = trap(course)
        (course.parent / "pytest.ini").write_text("[pytest]\n")

        done = start(course.parent, PYTEST, "course/exercises", "--submission=course/ada.py", *COLLECT)

        assert "course/exercises/" + COLLECTED in done.stdout, done.stdout + done.stderr
        assert not said.exists()

    @pytest.mark.usefixtures("lent", "canaries")
    def test_a_package_that_was_handed_in_is_not_set_up(self, pytester: pytest.Pytester) -> None:
        """Before its first test pytest imports a package, above the exercises too."""
        folder = pytester.path / "in"
        said = trap(folder)
        (pytester.path / "exercises").rename(folder / "exercises")

        result = pytester.runpytest_inprocess("in/exercises", "--submission=in/ada.py", "-k", "shown")

        result.assert_outcomes(passed=1, deselected=2)
        assert not said.exists()

    @pytest.mark.slow
    def test_with_xdist_and_workers(self, course: Path, tmp_path: Path) -> None:
        """Of xdist's processes, which start in the current folder, each has a student; points come back."""
        said = trap(tmp_path / "in")
        hand_in(tmp_path / "more", bob="x = 1\n")
        given = ("--submission=ada.py", "--submission=../more/bob.py", f"--basetemp={tmp_path / 'base'}")

        done = start(tmp_path / "in", PYTEST, course / "exercises", *given, "-n2", "-v", "-k", "vault")

        lines = done.stdout.splitlines()
        assert {"ada: 3 of 4 points, 1 check deselected", NOTHING} <= set(lines), done.stdout
        assert done.returncode == pytest.ExitCode.TESTS_FAILED
        shares = {(line.split()[0], line.split("::")[1]) for line in lines if line.startswith("[gw")}
        assert sorted(student for _process, student in shares) == ["ada", "bob"]
        assert len({process for process, _student in shares}) == 2
        assert not said.exists()


class TestRefusals:
    """Where something of a student's was taken before the plugin could see it."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("../course/exercises", "ada.py"),
            ("../course/exercises", "test_trap.py"),
            ("../course/exercises", "."),
            (".",),
            (),
        ],
        ids=" ".join,
    )
    def test_paths_that_were_handed_in(
        self, course: Path, tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        """Given by mistake, beside the exercises or in their place."""
        said = trap(tmp_path / "in")

        done = start(tmp_path / "in", PYTEST, *arguments, "--submission=ada.py", *COLLECT)

        assert done.returncode == pytest.ExitCode.USAGE_ERROR
        assert "which was handed in; name the exercises' own folder" in done.stderr
        assert not said.exists()
        assert course.is_dir()

    def test_exercises_in_a_folder_of_submissions(self, course: Path) -> None:
        """They would be taken for a student's."""
        done = start(course, PYTEST, "exercises", "--submission=.", *COLLECT)

        assert done.returncode == pytest.ExitCode.USAGE_ERROR
        assert "a folder of submissions; keep the exercises elsewhere" in done.stderr

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("pytest.ini", "[pytest]\naddopts = -k nothing\n"),
            ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-k nothing'\n"),
        ],
    )
    def test_settings_and_the_command_that_is_safe(
        self, course: Path, tmp_path: Path, name: str, text: str
    ) -> None:
        """Pytest reads settings before any plugin; the message says how to do without, and that works."""
        said = trap(tmp_path / "in")
        (tmp_path / "in" / name).write_text(text)

        done = start(tmp_path / "in", PYTEST, course / "exercises", "--submission", "ada.py", *COLLECT)

        assert done.returncode == pytest.ExitCode.USAGE_ERROR
        assert f"pytest took its settings from {tmp_path / 'in' / name}" in done.stderr
        command = next(line for line in done.stderr.splitlines() if line.startswith("  grader ")).split()
        again = start(tmp_path / "in", PYTEST.with_name("grader"), *command[1:], *COLLECT)
        assert COLLECTED in again.stdout.splitlines(), again.stdout + again.stderr
        assert not said.exists()

    def test_python_m_in_the_current_folder(self, course: Path, tmp_path: Path) -> None:
        """It imports from there; with -P it does not."""
        folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT)
        command = ("-m", "pytest", course / "exercises", "--submission=ada.py", *COLLECT)

        refused = start(folder, sys.executable, *command)
        done = start(folder, sys.executable, "-P", *command)

        assert refused.returncode == pytest.ExitCode.USAGE_ERROR
        assert f"Python imports from {folder}" in refused.stderr
        assert COLLECTED in done.stdout, done.stdout + done.stderr

    def test_pythonpath(self, course: Path, tmp_path: Path) -> None:
        """A path of Python's to the submission."""
        folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT)

        done = start(
            course, PYTEST, "exercises", f"--submission={folder / 'ada.py'}", *COLLECT, PYTHONPATH=str(folder)
        )

        assert done.returncode == pytest.ExitCode.USAGE_ERROR
        assert f"Python imports from {folder}" in done.stderr

    def test_what_is_not_there(self, course: Path) -> None:
        """A submission or a folder that does not exist."""
        nothing = start(course, PYTEST, "exercises", "--submission=nope.ipynb")
        folder = start(course, PYTEST, "exercises", "--submission=exercises/vault.yaml", "--solutions=nope")

        assert "nope.ipynb is neither a file nor a folder" in nothing.stderr
        assert "--solutions" in folder.stderr or "which was handed in" in folder.stderr
        assert (nothing.returncode, folder.returncode) == (pytest.ExitCode.USAGE_ERROR,) * 2


class TestOtherPeoplesRuns:
    """Without --submission."""

    def test_nothing_is_collected_or_imported(self, course: Path) -> None:
        """Of this package only the plugin's own module; no YAML file is an exercise."""
        (course / "test_quiet.py").write_text(
            "import sys\n\n"
            "def test_quiet():\n"
            "    ours = {name for name in sys.modules if name.split('.')[0] == 'grader'}\n"
            "    assert ours == {'grader', 'grader.pytest_plugin'}\n"
            "    assert not {'pydantic', 'numpy', 'rich', 'yaml', 'tensorflow'} & set(sys.modules)\n"
        )

        usual = start(course, PYTEST, ".", "-W", "error", "-p", "no:hypothesispytest")
        asked = start(course, PYTEST, "exercises/vault.yaml")

        assert "1 passed" in usual.stdout, usual.stdout + usual.stderr
        assert usual.returncode == 0
        assert asked.returncode == pytest.ExitCode.USAGE_ERROR
        assert "not found" in asked.stderr

    def test_help_tells_of_the_options(self, course: Path) -> None:
        """They stand in a group of their own."""
        done = start(course, PYTEST, "--help")

        assert "grading notebooks (keras-grader):" in done.stdout
        for option in ("--submission=PATH", "--solutions=DIR", "--datasets=DIR", "--assignment=NAME"):
            assert option in done.stdout
