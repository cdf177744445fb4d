"""What the command says before any grading: help, usage errors, authors' mistakes. No worker starts."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from grader.cli.options import IsolationChoice
from tests.cli.commands import COURSE, GOOD, ONE, ROOT, environment, grader, hand_in


class TestHelp:
    """Help comes at once and shows how."""

    @pytest.mark.parametrize(
        "command", [[], ["grade"], ["check"], ["ci"], ["exercises"], ["schema"], ["seal"]]
    )
    def test_every_command_has_help(self, tmp_path: Path, command: list[str]) -> None:
        """``--help`` names every option and ends well."""
        done = grader(tmp_path, *command, "--help")

        assert done.returncode == 0
        assert "Usage" in done.stdout

    @pytest.mark.parametrize("command", ["grade", "check", "ci", "schema"])
    def test_help_has_an_example(self, tmp_path: Path, command: str) -> None:
        """Help ends with a line that can be typed."""
        assert "Example:" in grader(tmp_path, command, "--help").stdout

    @pytest.mark.parametrize("command", ["grade", "check", "prove"])
    def test_help_names_every_way_of_isolation_whole(self, tmp_path: Path, command: str) -> None:
        """A list of choices as the option's kind was broken within a word."""
        words = re.findall(r"[a-z]+", grader(tmp_path, command, "--help").stdout)

        assert set(get_args(IsolationChoice)) <= set(words)

    def test_help_imports_nothing_heavy(self) -> None:
        """Neither TensorFlow nor anything else that takes long."""
        code = (
            "import sys\nfrom typer.testing import CliRunner\nfrom grader.cli.main import app\n"
            "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
            "print([name for name in ('tensorflow', 'keras', 'numpy', 'matplotlib', 'sqlalchemy', 'nbformat')"
            " if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
        )

        assert done.stdout.strip() == "[]"

    def test_version(self, tmp_path: Path) -> None:
        """``--version`` says which."""
        assert grader(tmp_path, "--version").stdout.startswith("grader ")

    def test_completion_can_be_installed(self, tmp_path: Path) -> None:
        """The shell's completion script is offered."""
        assert "--install-completion" in grader(tmp_path, "--help").stdout


class TestUsageErrors:
    """A wrong call is one clear message and exit status 2."""

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["grade", "nowhere"], ["nowhere", "neither a file nor a folder"]),
            (["grade", "class", "--only", "no-such"], ["no-such", "there are: conv-output-shape"]),
            (["grade", "class", "--assignment", "no-such"], ["no-such", "there are: convolution"]),
            (
                ["grade", "class", "--only", "max-poolin"],
                ["no exercise max-poolin", "did you mean max-pooling? There are: conv-output-shape"],
            ),
            (
                ["check", "class/ada.py", "--only", "Same padding", "--only", "small"],
                ["did you mean same-padding or small-cnn? There are"],
            ),
            (["prove", "max-pool"], ["did you mean max-pooling?"]),
            (
                ["grade", "class", "--assignment", "convolutions"],
                ["did you mean convolution? There are: convolution"],
            ),
            (["grade", "empty"], ["no notebooks (.ipynb) or scripts (.py)"]),
            (["check", "nowhere.ipynb"], ["nowhere.ipynb", "not a file"]),
            (["grade", "class", "--csv", "empty"], ["--csv", "is a folder"]),
            (
                ["grade", "class", "--csv", "g.db", "--gradebook", "g.db"],
                ["--csv g.db is also the --gradebook"],
            ),
            (
                ["grade", "class", "--csv", "g.db", "--gradebook", "link.db"],
                ["--csv g.db is also the --gradebook"],
            ),
            (["grade", "class/ada.py", "--csv", "x/../class/ada.py"], ["is also the submission"]),
            (["grade", "class", "--csv", "x", "--record", "./x"], ["--csv x is also the --record"]),
        ],
    )
    def test_are_told_with_what_to_do(self, tmp_path: Path, arguments: list[str], words: list[str]) -> None:
        """The message says what was found and what there is instead."""
        hand_in(tmp_path, ada=GOOD)
        (tmp_path / "empty").mkdir()
        (tmp_path / "link.db").symlink_to("g.db")
        course = COURSE if arguments[0] in ("grade", "prove") else COURSE[:2]

        done = grader(tmp_path, *arguments, *course)

        assert done.returncode == 2
        for word in words:
            assert word in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr

    def test_a_terminal_gets_them_wrapped_between_words(self, tmp_path: Path) -> None:
        """Of 60 columns here; a program that reads them gets each on one line."""
        arguments = ["grade", "class", "--only", "no-such", *COURSE]
        hand_in(tmp_path, ada=GOOD)
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "grader", *arguments]
        variables = environment(PYTHONPATH=str(ROOT), COLUMNS="60")
        subprocess.run(command, cwd=tmp_path, stderr=theirs, env=variables, timeout=60, check=False)
        os.close(theirs)
        shown = re.sub(r"\x1b\[[0-9;]*m", "", os.read(ours, 2**16).decode())
        os.close(ours)

        piped = grader(tmp_path, *arguments).stderr
        assert max(map(len, shown.splitlines())) <= 60
        assert shown.split() == piped.split()
        assert piped.count("\n") == 1

    def test_missing_solutions_point_to_check(self, tmp_path: Path) -> None:
        """A student who runs ``grade`` is told of ``check``."""
        hand_in(tmp_path, ada=GOOD)

        done = grader(tmp_path, "grade", "class", *COURSE[:2])

        assert done.returncode == 2
        assert "grader check" in done.stderr

    def test_the_exercises_folder_is_told(self, tmp_path: Path) -> None:
        """Run in the wrong folder, the command says which exercises it took, and the flag that helps."""
        hand_in(tmp_path, ada=GOOD)
        done = grader(tmp_path, "check", "class/ada.py", *ONE)

        assert done.returncode == 0, done.stderr
        assert f"Exercises from {ROOT}/exercises; for others give --exercises." in done.stdout

    def test_missing_exercises_are_told(self, tmp_path: Path) -> None:
        """A folder that is not there is named."""
        hand_in(tmp_path, ada=GOOD)

        assert "nowhere" in grader(tmp_path, "check", "class/ada.py", "--exercises", "nowhere").stderr

    def test_without_bubblewrap_it_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """One line says how to install it; nothing is graded unprotected unasked."""
        monkeypatch.setenv("PATH", "/nonexistent")
        hand_in(tmp_path, ada=GOOD)

        done = grader(tmp_path, "grade", "class", *COURSE)

        assert done.returncode == 2
        assert "apt-get install bubblewrap" in done.stderr
        assert "--isolation process" in done.stderr


class TestAuthorsMistakes:
    """All mistakes of all files at once, with their places."""

    def test_every_mistake_is_listed(self, tmp_path: Path) -> None:
        """File, line, what was found, what was expected."""
        shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
        shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
        public, private = tmp_path / "exercises/max-pooling.yaml", tmp_path / "solutions/same-padding.yaml"
        public.write_text(public.read_text().replace("title:", "titel:", 1))
        private.write_text(private.read_text().replace("points:", "pionts:", 1))
        hand_in(tmp_path, ada=GOOD)

        done = grader(tmp_path, "grade", "class")

        assert done.returncode == 2
        assert "max-pooling.yaml:3: titel" in done.stderr
        assert "'title' (nearest of" in done.stderr
        assert "same-padding.yaml" in done.stderr
        assert "'points' (nearest of" in done.stderr


class TestListings:
    """Commands that only print."""

    def test_exercises_are_listed(self, tmp_path: Path) -> None:
        """Each with its id and title."""
        done = grader(tmp_path, "exercises", *COURSE[:2])

        assert done.returncode == 0
        assert "conv-output-shape" in done.stdout
        assert "Max pooling" in done.stdout

    @pytest.mark.parametrize("columns", ["60", "80"])
    def test_an_id_is_never_broken(self, tmp_path: Path, columns: str) -> None:
        """It is there to be copied, whatever room is left for the rest."""
        command = [sys.executable, "-m", "grader", "exercises", *COURSE[:2]]
        variables = environment(PYTHONPATH=str(ROOT), COLUMNS=columns)
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env=variables, timeout=60, check=True
        )

        lines = done.stdout.splitlines()
        for path in (ROOT / "exercises").glob("*.yaml"):
            assert any(line.startswith(f"│ {path.stem} ") for line in lines), path.stem
        assert max(map(len, lines)) <= int(columns)

    def test_a_question_is_shown(self, tmp_path: Path) -> None:
        """All that a student needs who has nothing but the package: several at once, in either language."""
        done = grader(tmp_path, "exercises", "same-padding", "max-pooling", "--language", "vi", *COURSE[:2])

        shown = " ".join(done.stdout.split())
        assert done.returncode == 0, done.stderr
        assert "Phần đệm giữ nguyên kích thước same-padding" in shown
        assert r"$\frac{H - F + 2P}{S} + 1$" in shown
        assert "def same_padding(size, kernel_size, strides):\n    raise NotImplementedError" in done.stdout
        assert "equals[stride_one] 1" in shown
        assert "together 3" in shown
        assert "max-pooling" in shown

    def test_a_question_that_is_not_there(self, tmp_path: Path) -> None:
        """The nearest is named."""
        done = grader(tmp_path, "exercises", "same-pading", *COURSE[:2])

        assert done.returncode == 2
        assert "did you mean same-padding?" in done.stderr

    def test_latex_and_code_stay_as_they_are_written(self) -> None:
        """Markdown would take their signs for its own."""
        from grader.cli.question import markdown_of

        assert markdown_of(r"$a*b*c$ and `$x*y$` and *this*") == r"\$a\*b\*c\$ and `$x*y$` and *this*"

    @pytest.mark.parametrize(
        ("prompt", "shown"),
        [
            (r"It costs $5 and `$x*y$` is code.", r"It costs $5 and `$x*y$` is code."),
            (r"$5, `a*b`, $c*d$", r"$5, `a*b`, \$c\*d\$"),
            (r"$$ and `a*b` and $$", r"$$ and `a*b` and $$"),
            ("$$a*b\n+c$$", "\\$\\$a\\*b\n\\+c\\$\\$"),
        ],
    )
    def test_maths_never_spans_a_backtick(self, prompt: str, shown: str) -> None:
        """A dollar before code is money, and the code stays as it is."""
        from grader.cli.question import markdown_of

        assert markdown_of(prompt) == shown

    @pytest.mark.parametrize("kind", ["exercise", "solution", "assignment"])
    def test_schemas_are_json(self, tmp_path: Path, kind: str) -> None:
        """The schema can be given to an editor."""
        schema = json.loads(grader(tmp_path, "schema", kind).stdout)

        assert schema["additionalProperties"] is False
        assert kind in schema["properties"]

    def test_a_seal_hides_and_holds(self, tmp_path: Path) -> None:
        """The printed seal does not show the value, and fits it."""
        from grader.checks.sealing import matches_seal

        printed = grader(tmp_path, "seal", "46336").stdout.strip()

        assert printed.startswith("scrypt:")
        assert "46336" not in printed.split(":")
        assert matches_seal(46336, printed)

    def test_a_mapping_can_be_sealed(self, tmp_path: Path) -> None:
        """Functions return them, and an expected exception is one; checks compare them."""
        from grader.checks.sealing import matches_seal

        printed = grader(tmp_path, "seal", "{width: 26, kinds: [max, mean]}").stdout.strip()

        assert matches_seal({"kinds": ("max", "mean"), "width": 26.0}, printed)

    @pytest.mark.parametrize(
        ("value", "word"),
        [
            ("[1,2", "is not YAML"),
            ("2026-13-45", "cannot be sealed"),
            ("2026-12-18", "cannot be sealed"),
            ("&a [*a]", "cannot be sealed"),
            ("", "no value to seal"),
            ("# 3", "no value to seal"),
            (".nan", "cannot be sealed (NaN and infinity are no answers"),
            ("{a: [1, -.inf]}", "cannot be sealed (NaN and infinity are no answers"),
            ("{.nan: 1}", "cannot be sealed (NaN and infinity are no answers"),
            ("2026-12-18", "numbers, text, and lists and mappings of them can"),
            ("!!int ''", "cannot be read as what its tag says"),
            ("!!timestamp q", "cannot be read as what its tag says"),
        ],
    )
    def test_what_cannot_be_sealed_is_one_line(self, tmp_path: Path, value: str, word: str) -> None:
        """A slip of the author's, with what to give instead; nothing is sealed unsaid."""
        done = grader(tmp_path, "seal", value)

        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert word in done.stderr
        assert "mistake in the grader" not in done.stderr

    def test_null_written_out_is_sealed(self, tmp_path: Path) -> None:
        """It is the answer of a function that returns nothing."""
        from grader.checks.sealing import matches_seal

        assert matches_seal(None, grader(tmp_path, "seal", "null").stdout.strip())


def test_submissions_that_others_would_see(tmp_path: Path) -> None:
    """A careless PYTHONPATH lays the class open to itself; nothing is run."""
    folder = hand_in(tmp_path, ada=GOOD)
    command = [sys.executable, "-m", "grader", "grade", str(folder), *COURSE]
    variables = environment(PYTHONPATH=f"{ROOT}:{folder}")

    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env=variables, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "would be seen by submissions" in done.stderr
