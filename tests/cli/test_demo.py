"""``grader demo``: whose files it leaves alone, and the commands that it says to run next."""

import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.cli import demo
from grader.cli.exits import ExitCode
from grader.cli.grade import GradeOptions
from grader.cli.main import app
from grader.errors import UsageError
from tests.cli.commands import ROOT, grader

QUESTION = "exercises/shrinking-digits.yaml"


def files(folder: Path) -> dict[str, bytes]:
    """Return what *folder* holds."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestOtherPeoplesWork:
    """What is in the folder already."""

    @pytest.fixture
    def ours(self, tmp_path: Path) -> Path:
        """A demonstration that was written before."""
        folder = tmp_path / "demo"
        for name in demo.OURS:
            shutil.copytree(demo.COURSE / name, folder / name)
        return folder

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("thesis.txt", ""),
            (QUESTION, f"{QUESTION} is not as the demonstration has it"),
            ("solutions/shrinking-digits.yaml", "is not as the demonstration has it"),
            ("class/ada.ipynb", "class/ada.ipynb is not as the demonstration has it"),
            ("class/zoe.ipynb", "class/zoe.ipynb is not the demonstration's"),
            ("class/zoe/hers.ipynb", "class/zoe is not the demonstration's"),
            ("solutions/.hidden", "solutions/.hidden is not the demonstration's"),
        ],
    )
    def test_stays_as_it_is(self, ours: Path, name: str, words: str) -> None:
        """Beside our three folders it may be; in them nothing of it is written over, graded or run."""
        (ours / name).parent.mkdir(exist_ok=True)
        (ours / name).write_text("mine")
        before = files(ours)

        if words:
            with pytest.raises(UsageError, match=words) as refused:
                demo._lay_out(ours)
            assert "give another with --folder" in str(refused.value)
        else:
            demo._lay_out(ours)

        assert files(ours) == before

    @pytest.mark.parametrize("name", ["grades.csv", "record.json", "report/index.html"])
    def test_reports_of_something_else_stay_as_they_are(self, ours: Path, name: str) -> None:
        """They are a demonstration's own only where its gradebook lies beside them, as after a first run."""
        (ours / name).parent.mkdir(exist_ok=True)
        (ours / name).write_text("mine")

        with pytest.raises(
            UsageError, match=r"is there without the demonstration's gradebook\.db"
        ) as refused:
            demo._lay_out(ours)
        (ours / "gradebook.db").touch()
        demo._lay_out(ours)

        assert "give another with --folder" in str(refused.value)
        assert (ours / name).read_text() == "mine"

    def test_a_real_course_stays_as_it_is(self, ours: Path) -> None:
        """With folders of the same names and none of our files in them."""
        for name in files(ours):
            (ours / name).unlink()
        (ours / "class" / "zoe.py").write_text("open('ran', 'w')")

        done = grader(ours.parent, "demo", "--folder", "demo", "--isolation", "process")

        assert done.returncode == 2
        assert files(ours) == {"class/zoe.py": b"open('ran', 'w')"}

    def test_a_folder_without_our_three_is_refused(self, tmp_path: Path) -> None:
        """It holds something else."""
        (tmp_path / "thesis.txt").write_text("mine")

        done = grader(tmp_path, "demo", "--folder", ".")

        assert done.returncode == 2
        assert "holds no demonstration; give another with --folder" in " ".join(done.stderr.split())
        assert files(tmp_path) == {"thesis.txt": b"mine"}

    def test_a_link_in_the_place_of_a_file_is_refused(self, ours: Path) -> None:
        """Even when what it leads to is the same."""
        (ours / "class" / "ada.ipynb").rename(ours / "ada.ipynb")
        (ours / "class" / "ada.ipynb").symlink_to("../ada.ipynb")

        with pytest.raises(UsageError, match=r"ada\.ipynb is not as the demonstration has it"):
            demo._lay_out(ours)

    def test_an_empty_folder_is_taken(self, tmp_path: Path) -> None:
        """Whoever made it, made it for this."""
        demo._lay_out(tmp_path)

        assert set(files(tmp_path)) == {str(name) for name in demo._carried()}


class TestWhatItSays:
    """The commands that are printed, for a path with a blank and a quote in it."""

    @pytest.fixture
    def asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GradeOptions:
        """What was to be graded; the exercises that are found are another course's, without data."""
        other = tmp_path / "other" / "exercises"
        other.mkdir(parents=True)
        (other.parent / "datasets").mkdir()
        (other / "one.yaml").write_text("exercise: one\n")
        monkeypatch.setenv("GRADER_EXERCISES", str(other))
        asked: list[GradeOptions] = []
        monkeypatch.setattr(demo, "run_grade", lambda options: asked.append(options) or ExitCode.OK)
        said = CliRunner().invoke(app, ["demo", "--folder", str(tmp_path / "ada's demo")])
        assert said.exit_code == 0, said.output
        (tmp_path / "said").write_text(said.output)
        return asked[0]

    def test_the_data_are_the_packages(self, asked: GradeOptions) -> None:
        """Whatever ``GRADER_EXERCISES`` says; and three notebooks are graded, by name."""
        assert asked.datasets == ROOT / "datasets"
        assert [path.name for path in asked.paths] == ["ada.ipynb", "ben.ipynb", "cleo.ipynb"]

    @pytest.mark.usefixtures("asked")
    def test_what_is_no_path_or_command_fits_a_terminal(self, tmp_path: Path) -> None:
        """Only a path may be longer, and those of the usual folder are not."""
        prose = [line for line in (tmp_path / "said").read_text().splitlines() if not line.startswith("  ")]

        assert "about a minute" in " ".join(prose)
        assert "What to look at next." in prose
        for line in (*prose, *demo._next(Path("grader-demo")).splitlines()):
            assert len(line) <= 80

    @pytest.mark.slow
    @pytest.mark.usefixtures("asked")
    def test_each_command_runs(self, tmp_path: Path) -> None:
        """As they are printed; there are no datasets beside the demonstration's exercises."""
        lines = (tmp_path / "said").read_text().replace("\\\n", "").splitlines()
        commands = [line for line in lines if line.startswith("  grader ")]
        check, prove = (shlex.split(command)[1:] for command in commands)

        checked = grader(tmp_path, *check)
        proved = grader(tmp_path, *prove, "--seeds", "3")

        assert (check[0], checked.returncode) == ("check", 1), checked.stderr
        assert "Total 1 / 2" in checked.stdout
        assert prove[0] == "prove"
        assert proved.returncode in {0, 1}, proved.stderr
        assert "shrinking-digits" in proved.stdout
