"""``grader pytest``: starts pytest so that nothing which was handed in can be run, or taken for settings.

pytest looks for settings, and runs what they name, before it loads its first plugin. So it must be started in
a way that leaves it nothing to look for.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.cli.import_path import refuse_imports
from grader.cli.links import refuse_links
from grader.errors import UsageError
from grader.pytest_plugin.grounds import Grounds
from grader.readers.public import holds_exercises, is_exercise


@dataclass(frozen=True, kw_only=True, slots=True)
class PytestOptions:
    """What the command line asked for; ``others`` go to pytest as they are, in their order."""

    submissions: tuple[Path, ...]
    solutions: Path | None
    datasets: Path | None
    assignment: str | None
    others: tuple[str, ...]


def run_pytest(options: PytestOptions) -> None:
    """Become pytest: signals reach it, and its exit status is this command's. Does not return."""
    sys.stdout.flush()
    os.execve(sys.executable, command(options), {**os.environ, "PYTHONSAFEPATH": "1"})  # noqa: S606


def command(options: PytestOptions) -> list[str]:
    """Return the command. Raises ``UsageError`` when no exercises are named."""
    # Python imports nothing from the current folder (-P). Given a file of settings, pytest looks for no other
    # (one that the caller names comes later, and counts). Joined by '=', no value can be taken for a path.
    for path in options.submissions:
        refuse_links(path)
    grounds = Grounds(submissions=tuple(path.absolute() for path in options.submissions), asked=())
    refuse_imports(grounds)
    folder = _exercises(options, grounds)
    safe = (f"--config-file={os.devnull}", f"--rootdir={folder}", f"--confcutdir={folder}")
    return [sys.executable, "-P", "-m", "pytest", *safe, *_given(options), *options.others]


def _given(options: PytestOptions) -> Iterator[str]:
    yield from (f"--submission={path.absolute()}" for path in options.submissions)
    if options.solutions:
        yield f"--solutions={options.solutions.absolute()}"
    if options.datasets:
        yield f"--datasets={options.datasets.absolute()}"
    if options.assignment:
        yield f"--assignment={options.assignment}"


def _exercises(options: PytestOptions, grounds: Grounds) -> Path:
    """Return the folder of exercises that *options* name first; it is never one that was handed in."""
    for folder in _named(options.others):
        if not grounds.handed_in & {folder, folder.resolve()}:
            return folder
    raise UsageError(
        "name the exercises, in a folder of their own: "
        "grader pytest exercises --submission homework.ipynb --solutions solutions"
    )


def _named(arguments: Sequence[str]) -> Iterator[Path]:
    """Yield the folders of exercises among *arguments*, some of which may be other options' values."""
    for argument in arguments:
        if argument.startswith("-"):
            continue
        path = Path(argument.partition("[")[0].partition("::")[0]).absolute()
        if path.is_dir() and holds_exercises(path):
            yield path
        elif path.suffix == ".yaml" and path.is_file() and is_exercise(path):
            yield path.parent
