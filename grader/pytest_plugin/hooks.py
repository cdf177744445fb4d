"""A grading run, as pytest calls it. Registered only when a submission was given."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from grader.pytest_plugin import score
from grader.pytest_plugin.desk import Desk
from grader.pytest_plugin.grounds import Grounds, grounds_of, refuse
from grader.pytest_plugin.names import nameless
from grader.pytest_plugin.nodes import DESK, SHELF, CheckItem, ExerciseFile, NoTrace, Student
from grader.pytest_plugin.shelf import Options, Shelf
from grader.readers.handed_in import passed_over_by_name
from grader.readers.public import is_exercise
from grader.reports.prose import one_line

#: What xdist's processes tell of themselves.
ROLL = "grader_roll"
MARKERS = (
    "visible: a check that students see and can run themselves",
    "hidden: a check of which a student sees verdict and hint only",
)


def register(config: pytest.Config) -> None:
    """Set the run up. Raises ``pytest.UsageError``."""
    if config.getoption("dist", "no") == "each":
        raise pytest.UsageError(
            "--dist each has every process run every check, so each submission would be asked several times; "
            "use -n alone, which gives every student to one process"
        )
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
        named = parent.session.isinitpath(file_path)
        if file_path.suffix == ".yaml" and (named or is_exercise(file_path)):
            collector = ExerciseFile.from_parent(parent, path=file_path)
        return collector

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, object, object]:
        """Put a class's checks in the order of students, so that each one's work is run once.

        What is chosen of them is chosen without their names.
        """
        with NoTrace(the_run=True):
            places = {one.student: place for place, one in enumerate(self._shelf.submissions)}
            items.sort(
                key=lambda item: places[item.submission.student] if isinstance(item, CheckItem) else -1
            )
        with nameless({item.parent for item in items if isinstance(item.parent, Student)}):
            return (yield)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Prepare to grade what was selected."""
        chosen: dict[str, set[str]] = {}
        for item in session.items:
            if isinstance(item, CheckItem):
                chosen.setdefault(item.exercise, set()).add(item.check.id)
                self._shelf.roll.chosen.add(item.nodeid)
        if chosen:
            with NoTrace(the_run=True):
                session.config.stash[DESK] = Desk(self._shelf.options, self._shelf.material(chosen))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:
        """Give all checks of a student to one process: nothing hidden is asked while work runs elsewhere."""
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
        with NoTrace(the_run=True):
            mark = score.mark_of(report.nodeid, report.user_properties)
        if mark is not None:
            self._marks[report.nodeid] = mark

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Stop the worker, and end green only when every check passed: one that was skipped did not."""
        desk = session.config.stash.get(DESK, None)
        if desk:
            with NoTrace(the_run=True):
                desk.close()
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[ROLL] = self._shelf.roll.packed()
        if exitstatus == pytest.ExitCode.OK and any(not mark.passed for mark in self._marks.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what one of xdist's processes collected: here nothing was."""
        packed = getattr(node, "workeroutput", {}).get(ROLL)
        if packed:
            self._shelf.roll.unpack(packed)

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Write the score."""
        if terminalreporter.config.option.collectonly:
            return
        with NoTrace(the_run=True):
            lines = list(score.lines(self._marks, self._shelf.roll))
        if lines:
            terminalreporter.section("score")
        for line in lines:
            terminalreporter.write_line(line)
        if by_name := passed_over_by_name(self._shelf.options.submissions):
            names = ", ".join(one_line(str(path)) for path in by_name)
            terminalreporter.write_line(f"passed over, named with . or __ in front: {names}")
