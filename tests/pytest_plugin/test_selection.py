"""pytest's own ways to choose: -k, -m, ids, -x, --lf, --collect-only; and what is run for them."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from grader.pytest_plugin.names import shown_names, whole_names
from tests.pytest_plugin.conftest import Lent, Run
from tests.pytest_plugin.course import STARTER, VISIBLE_RIGHT, WRONG, hand_in

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "sample_class"


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """The option that hands a wrong answer in."""
    return f"--submission={hand_in(tmp_path / 'in', ada=WRONG) / 'ada.py'}"


class TestChoosing:
    """One submission, some checks."""

    def test_collecting_starts_no_worker(self, run: Run, lent: Lent, wrong: str) -> None:
        """The ids are file and check."""
        result = run(wrong, "--collect-only", "-q")

        assert result.outlines[:7] == [
            "exercises/twice.yaml::equals[two]",
            "exercises/twice.yaml::equals[nine]",
            "exercises/vault.yaml::equals[shown]",
            "exercises/vault.yaml::equals[second]",
            "exercises/vault.yaml::equals[secret]",
            "exercises/vault.yaml::raises[other]",
            "exercises/vault.yaml::equals[secret#2]",
        ]
        assert (lent.started, lent.students) == (0, 0)

    @pytest.mark.parametrize(
        ("expression", "count"), [("visible", 3), ("hidden", 4), ("not hidden", 3), ("visible or hidden", 7)]
    )
    def test_markers_tell_visible_from_hidden(
        self, run: Run, wrong: str, expression: str, count: int
    ) -> None:
        """They are registered, so --strict-markers has nothing to say."""
        result = run(wrong, "-m", expression, "--collect-only", "-q", "--strict-markers")

        assert sum("::" in line for line in result.outlines) == count

    def test_needs_are_honoured_when_they_were_not_chosen(self, run: Run, lent: Lent, wrong: str) -> None:
        """A check whose need fails is skipped, and that run is not green."""
        result = run(wrong, "-k", "second")

        result.assert_outcomes(skipped=1, deselected=6)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(["ada: 0 of 8.5 points, 6 checks deselected"])
        assert lent.started == 1

    def test_a_submission_is_run_once(
        self, pytester: pytest.Pytester, run: Run, lent: Lent, wrong: str
    ) -> None:
        """For all exercises and checks; the other forks are the references' and the known mistakes'."""
        pytester.path.joinpath("solutions/vault.yaml").write_text(
            pytester.path.joinpath("solutions/vault.yaml").read_text().partition("mistakes:")[0]
        )
        run(wrong).assert_outcomes(failed=3, skipped=4)

        assert lent.started == 1
        assert lent.students == 1 + 2

    def test_one_check_by_its_id(self, run: Run, pytester: pytest.Pytester, wrong: str) -> None:
        """Also one with a number."""
        given = ("-pgrader.pytest_plugin", wrong, "--solutions=solutions", "-q")
        one = pytester.runpytest_inprocess("exercises/vault.yaml::equals[shown]", *given)
        numbered = pytester.runpytest_inprocess("exercises/vault.yaml::equals[secret#2]", *given)

        one.assert_outcomes(failed=1)
        one.stdout.fnmatch_lines(["ada: 0 of 7 points, 4 checks deselected"])
        numbered.assert_outcomes(failed=1)
        assert run(wrong, "-k", "vault and shown").parseoutcomes()["failed"] == 1

    def test_x_stops_at_the_first_failure(self, run: Run, wrong: str) -> None:
        """The rest is not asked for."""
        result = run(wrong, "-x", "-k", "vault")

        result.assert_outcomes(failed=1, deselected=2)
        result.stdout.fnmatch_lines(["ada: 0 of 8.5 points, 2 checks deselected, 4 checks not run"])

    def test_lf_runs_what_failed(self, run: Run, wrong: str) -> None:
        """And only that."""
        run(wrong, "-k", "vault").assert_outcomes(failed=3, skipped=2, deselected=2)
        again = run(wrong, "--lf")

        again.assert_outcomes(failed=3)

    def test_an_assignment_chooses_its_exercises(self, run: Run, wrong: str) -> None:
        """One that is not there is said."""
        chosen = run(wrong, "--assignment=short", "--collect-only", "-q")
        unknown = run(wrong, "--assignment=nope", "--collect-only")

        assert not any("twice" in line for line in chosen.outlines)
        unknown.stdout.fnmatch_lines(["*no assignment 'nope'*; there are: short*"])


class TestProcesses:
    """How xdist shares a class out."""

    @pytest.mark.usefixtures("canaries")
    @pytest.mark.parametrize("mode", ["load", "loadscope", "loadfile", "loadgroup", "worksteal"])
    def test_a_students_checks_stay_together(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str
    ) -> None:
        """In every mode that shares checks out: nothing hidden is asked while the work runs elsewhere."""
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        folder = hand_in(tmp_path / "in", ada=WRONG)
        given = ("exercises", f"--submission={folder}", "--tx=2*popen", f"--dist={mode}")
        config = pytester.parseconfigure("-pxdist.plugin", "-pgrader.pytest_plugin", *given)
        log = SimpleNamespace(loadscopesched=None)

        scheduler = config.hook.pytest_xdist_make_scheduler(config=config, log=log)

        ids = [f"{file}.yaml::{name}::{check}" for file in "ab" for name in "xy" for check in "uv"]
        assert {scheduler._split_scope(each) for each in ids} == {"x", "y"}

    def test_each_is_refused(self, run: Run, tmp_path: Path) -> None:
        """It would have every process grade everybody."""
        folder = hand_in(tmp_path / "in", ada=WRONG)

        result = run(f"--submission={folder}", "-pxdist.plugin", "-n2", "--dist=each")

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert "use -n alone" in result.stderr.str()


class TestAClass:
    """A folder of submissions."""

    def test_names_tell_checks_apart(self, run: Run, tmp_path: Path, lent: Lent) -> None:
        """Each student has a score, and work is run student by student."""
        folder = hand_in(tmp_path / "in", ada=VISIBLE_RIGHT, bob=WRONG, cy=STARTER)

        result = run(f"--submission={folder}", "-v", "-k", "vault and visible")

        result.stdout.fnmatch_lines(
            [
                "exercises/vault.yaml::ada::equals[[]shown[]] PASSED*",
                "exercises/vault.yaml::ada::equals[[]second[]] PASSED*",
                "exercises/vault.yaml::bob::equals[[]shown[]] FAILED*",
                "*_ bob: vault equals[[]shown[]] _*",
                "ada: 3 of 8.5 points, 5 checks deselected",
                "bob: 0 of 8.5 points, 5 checks deselected",
                "all: 3 of 25.5 points*, 15 checks deselected",
            ]
        )
        assert lent.started == 1

    def test_names_of_any_kind_are_harmless_and_distinct(self, run: Run, tmp_path: Path) -> None:
        """Brackets, colons, newlines and terminal codes stay out of ids."""
        folder = hand_in(tmp_path / "in")
        for name in ("a[x]", "a(x)", "::error title=x::", "line\nbreak", "\x1b[31mred"):
            (folder / f"{name}.py").write_text(WRONG)

        result = run(f"--submission={folder}", "--collect-only", "-q", "-k", "twice and two")

        ids = [line for line in result.outlines if "twice.yaml" in line]
        assert len(set(ids)) == 5
        assert all(line.count("::") == 2 and line.count("[") == 1 and "\x1b" not in line for line in ids)

    def test_nobodys_file_name_changes_what_is_said_of_another(self, run: Run, tmp_path: Path) -> None:
        """Names that look the same, or as marked ones do, are three students' in scores and properties."""
        folder = hand_in(tmp_path / "in", **{"ada lovelace": VISIBLE_RIGHT, "ada  lovelace": WRONG})
        taken = shown_names(["ada lovelace", "ada  lovelace"])["ada lovelace"]
        hand_in(folder, **{taken: STARTER})

        result = run(f"--submission={folder}", "--junitxml=junit.xml", "-k", "vault and visible")

        lines = [line for line in result.outlines if line.startswith("ada lovelace~")]
        (best,) = (line for line in lines if " 3 of 8.5" in line)
        assert best.startswith(f"{taken}: ")
        names = {line.partition(":")[0] for line in lines}
        assert len(lines) == len(names) == 3
        told = Path("junit.xml").read_text()
        assert set(re.findall(r'name="grader.student" value="([^"]*)"', told)) == names
        assert {line.split("::")[1] for line in result.outlines if line.startswith("FAILED")} <= names

    def test_scores_and_properties_have_the_whole_name(self, run: Run, tmp_path: Path) -> None:
        """As Moodle has it, however long; ids have what fits there."""
        moodle = "Nguyễn Thị Ánh Tuyết van der Berg_1234567_assignsubmission_file_homework"
        folder = hand_in(tmp_path / "in", **{"zoe [2]": WRONG, moodle: VISIBLE_RIGHT})

        result = run(f"--submission={folder}", "--junitxml=junit.xml", "-k", "vault and shown")

        told = Path("junit.xml").read_text()
        assert set(re.findall(r'name="grader.student" value="([^"]*)"', told)) == {"zoe [2]", moodle}
        scores = [line.partition(": ")[0] for line in result.outlines if " of 8.5 points" in line]
        assert scores == [moodle, "zoe [2]"]
        result.stdout.fnmatch_lines(["*_ zoe (2): vault equals[[]shown[]] _*"])
        (failed,) = (line for line in result.outlines if line.startswith("FAILED"))
        assert "::zoe (2)::" in failed

    def test_a_whole_name_has_a_mark_where_another_looks_the_same(self) -> None:
        """Not where names are the same only as far as ids have them, or in what ids cannot have."""
        alone = ["x" * 100, "x" * 99, "a[x]", "a(x)", "\x1b" * 255]
        alike = whole_names(["ada lovelace", "ada  lovelace", *alone])

        assert whole_names(alone[:4]) == {name: name for name in alone[:4]}
        assert alike == {**whole_names(alone), **whole_names(["ada lovelace", "ada  lovelace"])}
        assert alike["\x1b" * 255] == r"\x1b" * 255
        assert {re.sub(r"~[0-9a-f]{16}$", "~", alike[name]) for name in alike if "ada" in name} == {
            "ada lovelace~"
        }
        assert len(set(alike.values())) == len(alike)

    def test_names_do_not_depend_on_who_else_there_is_or_on_their_order(self) -> None:
        """But for those that look the same, which are told apart by themselves."""
        alike = shown_names(["a b", "a  b"])

        assert shown_names(["a  b", "c", "a b"]) == {**alike, "c": "c"}
        assert alike["a b"] != alike["a  b"]
        assert shown_names([""])[""] != ""
        long = shown_names(["x" * 100, "x" * 99])
        assert len(set(long.values())) == 2

    def test_k_does_not_choose_by_a_students_name(self, run: Run, tmp_path: Path) -> None:
        """Somebody called as a check that a course leaves out is graded; ids and --lf know the name."""
        folder = hand_in(tmp_path / "in", second=WRONG, ada=WRONG)

        chosen = run(f"--submission={folder}", "--collect-only", "-q", "-k", "vault and not second")
        again = run(f"--submission={folder}", "-k", "shown")
        failed = run(f"--submission={folder}", "--lf", "--collect-only", "-q")

        ids = [line for line in chosen.outlines if "::" in line]
        assert ids.count("exercises/vault.yaml::second::equals[shown]") == 1
        assert len(ids) == 2 * 4
        assert {line.split("::")[1] for line in ids} == {"ada", "second"}
        again.assert_outcomes(failed=2, deselected=12)
        assert sum("::second::equals[shown]" in line for line in failed.outlines) == 1

    def test_what_is_passed_over_by_its_name_is_told(self, run: Run, tmp_path: Path) -> None:
        """It may be somebody's work."""
        folder = hand_in(tmp_path / "in", ada=WRONG, __me=WRONG)
        (folder / ".me.py").write_text(WRONG)

        result = run(f"--submission={folder}", "-k", "shown")

        (line,) = (line for line in result.outlines if line.startswith("passed over"))
        assert line.endswith(f"{folder / '.me.py'}, {folder / '__me.py'}")

    @pytest.mark.slow
    def test_the_sample_class_gets_its_verdicts(
        self,
        pytester: pytest.Pytester,
        lent: Lent,  # noqa: ARG002 - in the place of another worker
        tmp_path: Path,
    ) -> None:
        """Right, wrong, hostile and broken notebooks, on the shipped exercises."""
        folder = tmp_path / "in"
        folder.mkdir()
        students = ("samuel-mensah", "maria-santos", "broken", "li-na")
        exercises = ("conv-output-shape", "same-padding", "shared-parameters")
        for student in students:
            shutil.copy(SAMPLE / f"{student}.ipynb", folder)
        expected = yaml.safe_load((ROOT / "tests/sample_class_verdicts.yaml").read_text())
        recorded = pytester.inline_run(
            *(str(ROOT / f"exercises/{exercise}.yaml") for exercise in exercises),
            f"--submission={folder}",
            f"--solutions={ROOT / 'solutions'}",
            f"--rootdir={ROOT}",
            "-c/dev/null",
            "-pno:cacheprovider",
        )

        reports = [one for one in recorded.getreports("pytest_runtest_logreport") if one.when == "setup"]
        assert len(reports) == 4 * (10 + 7 + 6)
        for report in reports:
            told = {name.removeprefix("grader."): value for name, value in report.user_properties}
            verdicts = expected[told["student"]][told["exercise"]]
            wanted = verdicts.get("all") or verdicts[told["check"]]
            assert (report.nodeid, told["verdict"]) == (report.nodeid, wanted)
