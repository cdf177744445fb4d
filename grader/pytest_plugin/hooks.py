"""A grading run, as pytest calls it. Registered only when a submission was given."""

import re
from pathlib import Path
from typing import Any

import pytest

from grader.pytest_plugin import score
from grader.pytest_plugin.desk import Desk
from grader.pytest_plugin.grounds import Grounds, grounds_of, refuse
from grader.pytest_plugin.nodes import DESK, SHELF, CheckItem, ExerciseFile, no_trace
from grader.pytest_plugin.shelf import Options, Shelf
from grader.reports.prose import one_line

#: The line that tells an exercise from every other YAML file.
KEY = re.compile(r"^[\"']?exercise[\"']?[ \t]*:", re.MULTILINE)
MARKERS = (
    "visible: a check that students see and can run themselves",
    "hidden: a check of which a student sees verdict and hint only",
)


def register(config: pytest.Config) -> None:
    """Set the run up. Raises ``pytest.UsageError``."""
    grounds = grounds_of(config, config.args)
    refuse(grounds, config)
    options = Options(
        submissions=grounds.submissions,
        solutions=_folder(config, "solutions"),
        datasets=_folder(config, "datasets"),
        assignment=config.getoption("grader_assignment"),
    )
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.stash[SHELF] = Shelf(options=options)
    config.pluginmanager.register(GradingRun(config, grounds), "grader-run")


def _folder(config: pytest.Config, name: str) -> Path | None:
    given = config.getoption(f"grader_{name}")
    if given is None:
        return None
    path: Path = config.invocation_params.dir / given
    if not path.is_dir():
        raise pytest.UsageError(f"--{name} {path} is not a folder")
    return path


class GradingRun:
    """The hooks of a grading run."""

    def __init__(self, config: pytest.Config, grounds: Grounds) -> None:
        """Begin without marks."""
        self._shelf, self._grounds = config.stash[SHELF], grounds
        self._marks: dict[str, score.Mark] = {}

    def pytest_report_header(self) -> str:
        """Say what is graded, and with which checks."""
        given = ", ".join(one_line(str(path)) for path in self._shelf.options.submissions)
        which = "all checks" if self._shelf.options.solutions else "visible checks alone (no --solutions)"
        return f"grader: {which} on {given}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Pass over what students handed in."""
        return True if self._grounds.is_students(collection_path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Go through a student's folder, to one that was asked for, without taking it for a package."""
        folder: pytest.Collector | None = None
        if self._grounds.is_students(path):
            folder = pytest.Dir.from_parent(parent, path=path)
        return folder

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect an exercise file."""
        collector: pytest.Collector | None = None
        if file_path.suffix == ".yaml" and _is_exercise(file_path, parent.session):
            collector = ExerciseFile.from_parent(parent, path=file_path)
        return collector

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put a class's checks in the order of students, so that each one's work is run once."""
        places = {one.student: place for place, one in enumerate(self._shelf.submissions)}
        items.sort(key=lambda item: places[item.submission.student] if isinstance(item, CheckItem) else -1)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Prepare to grade what was selected."""
        chosen: dict[str, set[str]] = {}
        for item in session.items:
            if isinstance(item, CheckItem):
                chosen.setdefault(item.exercise, set()).add(item.check.id)
        if chosen:
            with no_trace():
                session.config.stash[DESK] = Desk(self._shelf.options, self._shelf.material(chosen))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:
        """Give all checks of a student to one process: nothing hidden is asked while work runs elsewhere."""
        if config.getoption("dist") != "load":
            return None
        from grader.pytest_plugin.scheduling import ByStudent

        return ByStudent(config, log, of_a_class=self._shelf.options.of_a_class)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        """Report a check in its own words."""
        return item.report(call) if isinstance(item, CheckItem) else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a check's points."""
        mark = score.mark_of(report.nodeid, report.user_properties)
        if mark is not None:
            self._marks[report.nodeid] = mark

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Stop the worker, and end green only when every check passed: one that was skipped did not."""
        desk = session.config.stash.get(DESK, None)
        if desk:
            with no_trace():
                desk.close()
        if exitstatus == pytest.ExitCode.OK and any(not mark.passed for mark in self._marks.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Write the score."""
        if self._marks:
            terminalreporter.section("score")
            for line in score.lines(self._marks):
                terminalreporter.write_line(line)


def _is_exercise(path: Path, session: pytest.Session) -> bool:
    """Whether *path* was asked for, or says that it is an exercise."""
    if session.isinitpath(path):
        return True
    try:
        return KEY.search(path.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False
