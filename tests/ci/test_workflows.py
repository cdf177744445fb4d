"""The CI files of docs/ci: their own shell text, on a right, a wrong and a hostile notebook."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from grader.reports.prose import UNSEEN
from tests.ci.course import CANARIES, DOUBLING, MODEL, RIGHT, WRONG, hostile, write_course, write_notebook
from tests.ci.github_runner import Command, obeyed
from tests.ci.shell import CI, Ended, base, load, run_github, run_gitlab

pytestmark = pytest.mark.slow
FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
STUDENTS, COURSE = "github-actions.yml", "github-course.yml"
STEPS = ("Refuse to guess the course", "Put the solutions away", "Grade")
OWN = ("group", "stop-commands", "endgroup", "error", "warning", "notice")


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job that has ended, and what it left behind."""

    ended: Ended
    folder: Path
    summary: str = ""

    @property
    def commands(self) -> list[Command]:
        """What the runner obeyed."""
        return list(obeyed(self.ended.log))

    @property
    def record(self) -> dict[str, Any]:
        """The record in the artifact."""
        written: dict[str, Any] = json.loads((self.folder / "record.json").read_text())
        return written

    @property
    def everything(self) -> str:
        """All that a student can read of it."""
        files = "".join(path.read_text() for path in sorted(self.folder.iterdir()))
        return self.ended.log + self.summary + files


def archive(solutions: Path) -> bytes:
    """Return the archive of *solutions* as docs/ci.md has it made."""
    return subprocess.run(["tar", "-czC", solutions, "."], capture_output=True, check=True).stdout


def edited(**settings: str) -> dict[str, Any]:
    """Return the workflow for students' repositories as a course edits it."""
    workflow = load(STUDENTS)
    assert settings.keys() <= workflow["env"].keys()
    workflow["env"] |= settings
    return workflow


def github(tmp_path: Path, cells: tuple[str, ...] | None, *, as_secret: bool = False) -> Job:
    """Run the workflow of a student's repository; a hostile notebook knows where everything is."""
    workspace, temporary = tmp_path / "work", tmp_path / "temp"
    temporary.mkdir(parents=True)
    course = write_course(workspace / "course")
    (workspace / "submission" / ".git").mkdir(parents=True)
    files = {name: temporary / name.lower() for name in FILES}
    for path in files.values():
        path.touch()
    write_notebook(workspace / "submission" / "homework.ipynb", cells or hostile([*files.values()]))
    made = archive(course / "solutions")
    settings, table = {"COURSE": "a/course"}, {"secrets.SOLUTIONS": "not looked at"}
    if as_secret:
        shutil.rmtree(course / "solutions")
        settings["SOLUTIONS_SHA256"] = hashlib.sha256(made).hexdigest()
        table["secrets.SOLUTIONS"] = base64.b64encode(made).decode()
    variables = {name: str(path) for name, path in files.items()}
    variables |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(temporary),
    }
    ended = run_github(edited(**settings), workspace, variables, table)
    for name in FILES[:-1]:
        assert files[name].read_text() == ""
    return Job(ended=ended, folder=temporary / "grade", summary=files["GITHUB_STEP_SUMMARY"].read_text())


def gitlab(tmp_path: Path, cells: tuple[str, ...] | None) -> Job:
    """Run the GitLab job; the student's repository holds a link where reports go."""
    course, project, elsewhere = tmp_path / "course.git", tmp_path / "project", tmp_path / "elsewhere"
    write_course(course)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "course"]):
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid", *arguments]
        subprocess.run(command, cwd=course, check=True)
    elsewhere.mkdir()
    write_notebook(project / "homework.ipynb", cells or hostile([elsewhere / "x"]))
    (project / "grade").symlink_to(elsewhere)
    for name in ("grader.py", "sitecustomize.py", "typer.py"):
        (project / name).write_text("raise SystemExit('the student runs instead of the grader')")
    variables = {"COURSE_URL": course.as_uri(), "COURSE_TOKEN": "CANARY-TOKEN"}
    job = Job(ended=run_gitlab(project, variables), folder=project / "grade")
    assert list(elsewhere.iterdir()) == []
    return job


def _checkouts(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of *workflow* that check something out, in their order."""
    return [step for step in workflow["jobs"]["grade"]["steps"] if "checkout" in step.get("uses", "")]


def assert_nothing_hidden(job: Job) -> None:
    """No canary is anywhere that a student can look."""
    for canary in (*CANARIES, "CANARY-TOKEN"):
        assert canary not in job.everything


def assert_nothing_obeyed(job: Job) -> None:
    """The runner obeys nothing but what the grader says, and a terminal nothing at all."""
    assert {command.name for command in job.commands} <= {*OWN, job.commands[1].data}
    # Between the two ends of the word that stops commands, none was obeyed.
    assert [command.name for command in job.commands][:4] == [
        "group",
        "stop-commands",
        job.commands[1].data,
        "endgroup",
    ]
    for command in job.commands[4:]:
        assert command.properties["file"] == "homework.ipynb"
        assert command.properties.keys() == {"file", "line", "title"}
    marks = re.compile(
        r"^(\x1b\[0K)?section_(start|end):\d+:grader_details(\[collapsed=true\])?\r\x1b\[0K", re.MULTILINE
    )
    assert not UNSEEN.search(marks.sub("", job.everything).replace("\n", ""))


def assert_summary_is_harmless(summary: str) -> None:
    """Neither Markdown nor HTML of a student's; whatever could notify or fetch stands in ``pre`` as text."""
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(summary)
    tags = set(re.findall(r"</?([a-z0-9]+)", html))
    assert tags <= {"h2", "table", "tr", "th", "td", "details", "summary", "pre", "p"}
    outside = re.sub(r"<pre>[^<]*</pre>", "", html)
    for sign in ("@", "#1", "GH-2", "example.invalid", "forged", "alert"):
        assert sign not in outside.replace("&#", "")


class TestGitHub:
    """``github-actions.yml``, and what ``github-course.yml`` has in common with it."""

    def test_a_right_notebook_passes(self, tmp_path: Path) -> None:
        """With the solutions from a secret; the summary has all points, and there is no annotation."""
        job = github(tmp_path, RIGHT, as_secret=True)

        assert (job.ended.status, job.ended.steps) == (0, STEPS), job.ended.log
        assert "5.5 of 5.5 points" in job.summary
        assert job.commands == []
        assert [grade["score"] for grade in job.record["grades"]] == [3.5, 2.0]
        assert_nothing_hidden(job)

    def test_a_wrong_notebook_fails_with_annotations_at_its_cells(self, tmp_path: Path) -> None:
        """The line of the file where the answer is written, also when the cell is not the first."""
        job = github(tmp_path, WRONG)

        assert job.ended.status == 1, job.ended.log
        assert "0 of 5.5 points; 3.3 wanted: not reached." in job.ended.log
        errors = {each.properties["title"]: each for each in job.commands if each.name == "error"}
        lines = (tmp_path / "work/submission/homework.ipynb").read_text().splitlines()
        told = {title: lines[int(each.properties["line"]) - 1] for title, each in errors.items()}
        assert "def doubled" in told["Twice and seven: 0 / 3.5"]
        assert "def build_model" in told["A tiny model: 0 / 2"]
        (warning,) = (each for each in job.commands if each.name == "warning")
        assert "ValueError" in warning.data
        assert "raise ValueError" in lines[int(warning.properties["line"]) - 1]
        assert "expected 11" in errors["Twice and seven: 0 / 3.5"].data
        for text in (job.ended.log, job.summary, errors["Twice and seven: 0 / 3.5"].data):
            assert "The seven is missing" in text
        assert_nothing_hidden(job)

    def test_a_hostile_notebook_is_only_wrong(self, tmp_path: Path) -> None:
        """It has shouted commands everywhere, and told what it was asked; nobody heard."""
        job = github(tmp_path, None)

        assert job.ended.status == 1, job.ended.log
        assert "forged" in job.ended.log
        assert_nothing_hidden(job)
        assert_nothing_obeyed(job)
        assert_summary_is_harmless(job.summary)
        assert not re.search(
            r"^\s*(::|##\[)(?!error file=|warning file=|group|stop|endgroup|[0-9a-f]{32}::)",
            job.ended.log,
            re.MULTILINE,
        )

    @pytest.mark.parametrize(
        ("settings", "secret", "words"),
        [
            ({"COURSE": ""}, "", "No course is named"),
            ({"SOLUTIONS_SHA256": "the course's"}, "the student's", "does not hold the archive"),
            ({"SOLUTIONS_SHA256": "the course's"}, "no archive !", "does not hold the archive"),
            ({"SOLUTIONS_SHA256": "the course's"}, "", "does not hold the archive"),
            ({"SOLUTIONS_SHA256": "mistyped"}, "the course's", "does not hold the archive"),
            ({}, "the student's", "holds no solutions"),
        ],
        ids=["no course", "another archive", "no archive", "no secret", "another sum", "only a secret"],
    )
    def test_solutions_of_a_students_own_are_refused(
        self, tmp_path: Path, settings: dict[str, str], secret: str, words: str
    ) -> None:
        """Whatever secrets a student makes, with a notebook to fit; in one line, before any grading."""
        course, submission = write_course(tmp_path / "course"), tmp_path / "submission" / "homework.ipynb"
        write_notebook(submission, (DOUBLING.replace("+ 7", "+ 9"), MODEL))
        made = {"the course's": archive(course / "solutions")}
        solution = course / "solutions" / "doubling.yaml"
        solution.write_text(solution.read_text().replace("+ 7", "+ 9"))
        made["the student's"] = archive(course / "solutions")
        shutil.rmtree(course / "solutions")
        sums = {name: hashlib.sha256(each).hexdigest() for name, each in made.items()}
        given = {name: sums.get(value, value) for name, value in settings.items()}
        table = {"secrets.SOLUTIONS": base64.b64encode(made[secret]).decode() if secret in made else secret}

        workflow = edited(**{"COURSE": "a/course", **given})
        ended = run_github(workflow, tmp_path, {"RUNNER_TEMP": str(tmp_path)}, table)

        (error,) = obeyed(ended.log)
        assert (ended.status, error.name, len(ended.log.splitlines())) == (1, "error", 1)
        assert words in error.data
        assert "Grade" not in ended.steps
        assert not (tmp_path / "solutions").exists()

    def test_a_students_repository_cannot_choose_its_course(self) -> None:
        """No variable decides anything, a secret no more than whether the named course can be read."""
        workflow = load(STUDENTS)
        _, checkout = (step["with"] for step in _checkouts(workflow))

        assert checkout["repository"] == "${{ env.COURSE }}"
        assert checkout["ssh-key"] == "${{ !env.SOLUTIONS_SHA256 && secrets.COURSE_DEPLOY_KEY || '' }}"
        assert not re.search(r"\b(vars|inputs)\.", (CI / STUDENTS).read_text())
        assert {"COURSE", "SOLUTIONS_SHA256"} <= workflow["env"].keys()
        assert not any("${{" in value for value in workflow["env"].values())

    def test_the_courses_own_workflow_grades_in_the_same_way(self) -> None:
        """It takes the submission from elsewhere, and the solutions from its own checkout."""
        own, students = (
            {step["name"]: step for step in load(name)["jobs"]["grade"]["steps"]}
            for name in (COURSE, STUDENTS)
        )
        differing = {"Check out the submission", "Check out the course", "Put the solutions away"}
        submission, course = (step["with"] for step in _checkouts(load(COURSE)))

        assert [*students] == [STEPS[0], *own]
        assert {name for name, step in own.items() if step != students[name]} == differing
        assert submission["repository"] == "${{ inputs.repository }}"
        assert {"repository", "ref"} & course.keys() == set()
        assert "vars." not in (CI / COURSE).read_text()

    def test_the_courses_own_workflow_puts_its_solutions_away(self, tmp_path: Path) -> None:
        """And grades by them."""
        course = write_course(tmp_path / "work" / "course")
        write_notebook(tmp_path / "work" / "submission" / "homework.ipynb", RIGHT)
        (tmp_path / "temp").mkdir()

        ended = run_github(load(COURSE), course.parent, {"RUNNER_TEMP": str(tmp_path / "temp")}, {})

        assert (ended.status, ended.steps) == (0, STEPS[1:]), ended.log
        assert not (course / "solutions").exists()
        assert (tmp_path / "temp" / "solutions").stat().st_mode & 0o077 == 0


class TestGitLab:
    """``gitlab-ci.yml``."""

    @pytest.mark.parametrize(("cells", "status"), [(RIGHT, 0), (None, 1)], ids=["right", "hostile"])
    def test_a_notebook(self, tmp_path: Path, cells: tuple[str, ...] | None, status: int) -> None:
        """Its log is foldable, its JUnit report can be read, and a student's links lead nowhere."""
        job = gitlab(tmp_path, cells)

        assert job.ended.status == status, job.ended.log
        suites = ET.parse(job.folder / "junit.xml").getroot()  # noqa: S314 - our own
        assert [suite.get("name") for suite in suites] == ["doubling", "tiny-model"]
        sections = re.findall(r"section_(start|end):\d+:(\w+)", job.ended.log)
        assert [name for _, name in sections if name == "grader_details"] == ["grader_details"] * 2 * status
        started = [line for line in job.ended.log.splitlines() if re.match(r"\s*(\x1b\[0K)?section_", line)]
        assert len(started) == 2 * status
        assert_nothing_hidden(job)

    def test_nothing_goes_on_after_what_fails(self) -> None:
        """Forged reports go first; and of two commands that ``&&`` joins, the first may fail unseen."""
        lines = load("gitlab-ci.yml")["grade"]["before_script"]

        assert lines[:2] == ['rm -rf "$CI_PROJECT_DIR/grade"', 'mkdir "$CI_PROJECT_DIR/grade"']
        assert [line for line in lines if "&&" in line or "||" in line] == []


class TestClassroom50:
    """``classroom50-autograder.py``."""

    @pytest.fixture
    def graded(self, tmp_path: Path) -> Callable[[tuple[str, ...] | None], Job]:
        """Run the autograder as Classroom 50's runner does, but for what it installs."""

        def run(cells: tuple[str, ...] | None) -> Job:
            bundle, checkout = tmp_path / "bundle", tmp_path / "checkout"
            write_course(bundle / "course")
            write_notebook(checkout / "homework.ipynb", cells or hostile([checkout / "result.json"]))
            for name in ("grader.py", "sitecustomize.py", "typer.py"):
                (checkout / name).write_text("raise SystemExit('the student runs instead of the grader')")
            (bundle / "autograder.py").write_bytes((CI / "classroom50-autograder.py").read_bytes())
            variables = {
                "CLASSROOM": "deep-learning", "ASSIGNMENT": "convolution", "SUBMISSION_TAG": "submit/1-a",
                "COMMIT_URL": "https://example.invalid/c", "RELEASE_URL": "https://example.invalid/r",
                "REVIEW_URL": "", "PYTHONPATH": ":/nowhere",
                "CLASSROOM50_BUNDLE_DIR": str(bundle), "GITHUB_ACTIONS": "true",
            }  # fmt: skip
            start = "import sys, runpy; sys.exit(runpy.run_path(sys.argv[1])['grade']())"
            ended = subprocess.run(
                [sys.executable, "-I", "-c", start, bundle / "autograder.py"],
                cwd=checkout,
                env={**base(), **variables},
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            log = ended.stdout + ended.stderr
            return Job(ended=Ended(status=ended.returncode, log=log, steps=()), folder=checkout)

        return run

    def test_a_hostile_notebook_has_its_marks_and_no_more(self, graded: Callable[..., Job]) -> None:
        """A wrong answer ends well; checks have the names that the log shows."""
        job = graded(None)

        assert job.ended.status == 0, job.ended.log
        result = json.loads((job.folder / "result.json").read_text())
        assert (result["score"], result["max-score"]) == (0, 550)
        assert [test["test-name"] for test in result["tests"]] == [
            "doubling: equals[two]",
            "doubling: equals[large]",
            "tiny-model: layers[model]",
        ]
        assert "equals[large]" in job.ended.log
        assert_summary_is_harmless((job.folder / "release-body.md").read_text())
        for canary in CANARIES:
            assert (
                canary
                not in job.ended.log + json.dumps(result) + (job.folder / "release-body.md").read_text()
            )

    def test_handed_in_results_are_gone_when_nothing_can_be_installed(self, tmp_path: Path) -> None:
        """The bundle's course is no package, so nothing is graded; Classroom 50 finds no result."""
        (tmp_path / "bundle" / "course").mkdir(parents=True)
        (tmp_path / "bundle" / "course" / "constraints.txt").touch()
        for name in ("result.json", "release-body.md"):
            (tmp_path / name).write_text("forged")

        variables = {**base(), "CLASSROOM50_BUNDLE_DIR": str(tmp_path / "bundle")}
        command = [sys.executable, CI / "classroom50-autograder.py"]
        ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, check=False)

        assert ended.returncode != 0
        assert [path.name for path in tmp_path.iterdir()] == ["bundle"]

    def test_handed_in_folders_are_removed_but_never_through_a_link(self, tmp_path: Path) -> None:
        """A folder in a result's place is no way to end the run; what a link leads to stays."""
        (tmp_path / "result.json" / "deep").mkdir(parents=True)
        (tmp_path / "result.json" / "deep" / "outward").symlink_to(tmp_path / "kept")
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept" / "work.txt").touch()
        (tmp_path / "release-body.md").symlink_to(tmp_path / "kept")

        start = "import sys, runpy; runpy.run_path(sys.argv[1])['clear']()"
        command = [sys.executable, "-I", "-c", start, CI / "classroom50-autograder.py"]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

        assert ended.returncode == 0, ended.stderr
        assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["kept", "kept/work.txt"]


class TestTheFiles:
    """What must hold of them as they are written."""

    @pytest.mark.parametrize(
        ("name", "secrets", "started"),
        [
            (STUDENTS, ["COURSE_DEPLOY_KEY", "SOLUTIONS"], {"push", "workflow_dispatch"}),
            (COURSE, ["SUBMISSIONS_TOKEN"], {"workflow_dispatch"}),
        ],
    )
    def test_secrets_go_to_one_step_each(self, name: str, secrets: list[str], started: set[str]) -> None:
        """And the job's token can read, and nothing else."""
        workflow = load(name)
        job = workflow["jobs"]["grade"]
        used = [name for step in job["steps"] for name in re.findall(r"secrets\.(\w+)", json.dumps(step))]

        assert sorted(used) == secrets
        assert "secrets" not in json.dumps([workflow["env"], job.get("env", {})])
        assert workflow["permissions"] == {"contents": "read"}
        assert "permissions" not in job
        assert set(workflow[True]) == started

    @pytest.mark.parametrize("name", [STUDENTS, COURSE])
    def test_actions_are_pinned_and_keep_no_credentials(self, name: str) -> None:
        """By commit, with the version as a comment."""
        steps = load(name)["jobs"]["grade"]["steps"]
        text = (CI / name).read_text()

        for step in steps:
            if "uses" in step:
                assert re.search(rf"{re.escape(step['uses'])}  # v\d+\.\d+\.\d+\n", text)
                assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"])
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False

    @pytest.mark.parametrize("name", [STUDENTS, COURSE])
    def test_nothing_from_outside_is_written_into_a_script(self, name: str) -> None:
        """Expressions reach a script as variables only."""
        for step in load(name)["jobs"]["grade"]["steps"]:
            assert "${{" not in step.get("run", "")
