"""``grader pytest``: whatever lies beside a submission, none of it is run before pytest's first plugin."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pytest_plugin.course import VISIBLE_RIGHT, hand_in, write_course
from tests.pytest_plugin.test_grounds import COLLECT, COLLECTED, PYTEST, start

GRADER = Path(sys.executable).with_name("grader")
#: Each of them, taken for settings, runs evil.py; and so that it goes on to the end, names another file.
INI = "pythonpath = .\naddopts = -p evil -c other.ini -k shown\nfilterwarnings = ignore::evil.W\n"
TOML = "pythonpath = '.'\naddopts = '-p evil -c other.ini -k shown'\nfilterwarnings = ['ignore::evil.W']\n"
SETTINGS = {
    "pytest.ini": f"[pytest]\n{INI}",
    ".pytest.ini": f"[pytest]\n{INI}",
    "pyproject.toml": f"[tool.pytest.ini_options]\n{TOML}",
    "tox.ini": f"[pytest]\n{INI}",
    "setup.cfg": f"[tool:pytest]\n{INI}",
}
TRAPS = ("evil.py", "conftest.py", "sitecustomize.py", "pytest.py", "grader.py", "typer.py", "__init__.py")
FORMS = ([*"SX"], ["S=X"])


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The course's folder."""
    write_course(tmp_path / "course")
    return tmp_path / "course"


def trap(folder: Path, name: str) -> Path:
    """Hand in beside settings called *name*, and modules that write where they ran. Return where."""
    said = folder.parent / "was-run"
    hand_in(folder / "deep", ada=VISIBLE_RIGHT)
    hand_in(folder, ada=VISIBLE_RIGHT)
    for place in (folder, folder / "deep"):
        (place / name).write_text(SETTINGS[name])
        (place / "other.ini").write_text("[pytest]\n")
        for module in TRAPS:
            text = f"class W(Warning): ...\nopen({str(said)!r}, 'a').write(__file__)\n"
            (place / module).write_text(text)
    return said


def given(form: list[str], submission: str) -> list[str]:
    """Return the option with its value, in one word or two."""
    return [part.replace("S", "--submission").replace("X", submission) for part in form]


@pytest.mark.parametrize("form", FORMS, ids=["two words", "one word"])
@pytest.mark.parametrize(("place", "submission"), [(".", "ada.py"), ("deep", "../ada.py")])
@pytest.mark.parametrize("name", SETTINGS)
def test_nothing_beside_the_submission_is_run(  # noqa: PLR0913, PLR0917
    course: Path, tmp_path: Path, name: str, place: str, submission: str, form: list[str]
) -> None:
    """Whichever file of settings names it, from the student's folder and from one below."""
    said = trap(tmp_path / "in", name)

    done = start(
        tmp_path / "in" / place, GRADER, "pytest", course / "exercises", *given(form, submission), *COLLECT
    )

    assert COLLECTED in done.stdout.splitlines(), done.stdout + done.stderr
    assert "vault.yaml::equals[second]" in done.stdout.splitlines()
    assert done.returncode == pytest.ExitCode.OK
    assert not said.exists()


@pytest.mark.parametrize("form", FORMS, ids=["two words", "one word"])
def test_with_the_exercises_in_the_students_folder(course: Path, tmp_path: Path, form: list[str]) -> None:
    """As where a course's files were copied beside the notebook."""
    said = trap(tmp_path / "in", "pytest.ini")
    course.joinpath("exercises").rename(tmp_path / "in" / "exercises")

    done = start(tmp_path / "in", GRADER, "pytest", "exercises", *given(form, "ada.py"), *COLLECT)

    assert COLLECTED in done.stdout.splitlines(), done.stdout + done.stderr
    assert not said.exists()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=["two words", "one word"])
@pytest.mark.parametrize("name", ["pytest.ini"])
def test_the_right_marks_come_out(course: Path, tmp_path: Path, name: str, form: list[str]) -> None:
    """With another option of pytest's, paths that are relative, and pytest's exit status."""
    said = trap(tmp_path / "in", name)
    arguments = (
        *given(form, "ada.py"),
        "--solutions",
        "../course/solutions",
        "-k",
        "vault",
        "-n2",
        f"--basetemp={tmp_path / 'base'}",
    )

    done = start(tmp_path / "in", GRADER, "pytest", *arguments, "../course/exercises", "--junitxml=j.xml")

    lines = done.stdout.splitlines()
    assert "ada: 3 of 8.5 points, 2 checks deselected" in lines, done.stdout + done.stderr
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert (tmp_path / "in" / "j.xml").is_file()
    assert course.is_dir()
    assert not said.exists()


@pytest.mark.parametrize("name", SETTINGS)
def test_plain_pytest_refuses_and_says_that_code_may_have_run(
    course: Path, tmp_path: Path, name: str
) -> None:
    """It has run here, so the traps above are real ones; another file in 'addopts' does not hide them."""
    said = trap(tmp_path / "in", name)
    # It would take the plugin's place.
    (tmp_path / "in" / "grader.py").unlink()

    done = start(tmp_path / "in", PYTEST, course / "exercises", "--submission", "ada.py", *COLLECT)

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"pytest took its settings from {tmp_path / 'in' / name}" in done.stderr
    assert "may have run already" in done.stderr
    assert f"grader pytest {course / 'exercises'} --submission={tmp_path / 'in' / 'ada.py'}" in done.stderr
    assert "evil.py" in said.read_text()


@pytest.mark.parametrize("option", ["-c=", "-c", "--config-file=", "--config-file"])
def test_settings_that_the_command_line_names_are_taken(course: Path, tmp_path: Path, option: str) -> None:
    """A student's, too, if somebody wants so; by plain pytest and by the launcher."""
    folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT)
    (folder / "own.ini").write_text("[pytest]\naddopts = -k shown\n")
    named = [f"{option}own.ini"] if option.endswith("=") else [option, "own.ini"]
    arguments = (course / "exercises", "--submission=ada.py", *named, *COLLECT)

    for command in ((PYTEST,), (GRADER, "pytest")):
        done = start(folder, *command, *arguments)

        assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
        assert [line for line in done.stdout.splitlines() if "::" in line] == [
            line for line in done.stdout.splitlines() if "vault.yaml::equals[shown]" in line
        ]


@pytest.mark.parametrize("place", [".", ".."])
@pytest.mark.parametrize("value", ["{folder}", ":/nowhere", "/nowhere::/nowhere", "."])
def test_pythonpath_that_leads_to_the_submission_is_refused(
    course: Path, tmp_path: Path, value: str, place: str
) -> None:
    """An empty entry is the current folder. Its code has run by then, and that is said."""
    folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT)
    (folder / place / "sitecustomize.py").write_text(f"open({str(tmp_path / 'said')!r}, 'w')")
    arguments = ("pytest", course / "exercises", f"--submission={folder / 'ada.py'}", *COLLECT)

    done = start(folder / place, GRADER, *arguments, PYTHONPATH=value.format(folder=folder))

    assert done.returncode == 2
    assert (tmp_path / "said").exists() or value == "{folder}"
    said = " ".join(done.stderr.split())
    assert "PYTHONPATH names" in said
    assert "may have run already" in said


@pytest.mark.parametrize("command", [(GRADER, "pytest"), (PYTEST,)], ids=["launcher", "plain"])
@pytest.mark.parametrize(
    ("link", "target", "given"),
    [("eve.py", "../other/ada.py", "eve.py"), ("hw1", "../other", "hw1/ada.py"), ("hw1", "../other", "hw1")],
    ids=["file", "folder above", "folder"],
)
def test_a_submission_that_a_link_leads_to_is_refused(  # noqa: PLR0913, PLR0917
    course: Path, tmp_path: Path, command: tuple[str | Path, ...], link: str, target: str, given: str
) -> None:
    """It may be another's, as the notebook itself or a folder above it."""
    hand_in(tmp_path / "other", ada=VISIBLE_RIGHT)
    (hand_in(tmp_path / "in") / link).symlink_to(target)

    done = start(tmp_path / "in", *command, course / "exercises", f"--submission={given}", *COLLECT)

    assert done.returncode in {2, pytest.ExitCode.USAGE_ERROR}
    said = " ".join(done.stderr.split())
    assert f"link, to {target}" in said
    assert "itself" in said


def test_without_exercises_it_says_what_to_name(tmp_path: Path) -> None:
    """A folder of exercises that was handed in is none, even as another option's value."""
    folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT)
    (folder / "mine.yaml").write_text("exercise: mine\n")

    for arguments in ((), (".",), ("-k", "../in"), ("mine.yaml",)):
        done = start(folder, GRADER, "pytest", "--submission=ada.py", *arguments)

        assert done.returncode == 2
        assert "name the exercises, in a folder of their own" in done.stderr


def test_the_environment_of_the_course_counts(course: Path, tmp_path: Path) -> None:
    """Its own options and plugins, from outside; and help needs nothing."""
    folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT)
    command = [str(GRADER), "pytest", str(course / "exercises"), "--submission", "ada.py", *COLLECT]
    environment = {**os.environ, "PYTEST_ADDOPTS": "-k two", "COLUMNS": "120"}

    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    told = start(folder, GRADER, "pytest", "--help")

    assert [line for line in done.stdout.splitlines() if "::" in line] == [COLLECTED]
    assert "--submission" in told.stdout
