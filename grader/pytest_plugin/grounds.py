"""Keeps pytest out of folders that students handed in.

pytest reads settings and loads conftest.py from where it works, and Python imports from where it stands. What
lies beside a submission was handed in with it: none of it is run in this process, or taken for settings.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import iglob
from pathlib import Path
from shlex import quote

import pytest

from grader.cli.links import refuse_links
from grader.errors import UsageError
from grader.pytest_plugin import SUBMISSION
from grader.readers.handed_in import SUFFIXES


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounds:
    """Whose folder is whose: ``submissions`` were handed in, ``asked`` is what pytest was told to collect."""

    submissions: tuple[Path, ...]
    asked: tuple[Path, ...]

    @property
    def handed_in(self) -> frozenset[Path]:
        """The folders in which everything is a student's, but for folders that pytest was told to collect."""
        both = (each for path in self.submissions for each in (path, path.resolve()))
        return frozenset(path if path.is_dir() else path.parent for path in both)

    def is_students(self, path: Path) -> bool:
        """Whether *path* was handed in, by its name or by where it leads."""
        return any(self._lies_in(each) for each in {_by_name(path), path.resolve()})

    def _lies_in(self, path: Path) -> bool:
        return any(
            path.is_relative_to(folder) and not any(path.is_relative_to(own) for own in self._own(folder))
            for folder in self.handed_in
        )

    def _own(self, folder: Path) -> Iterator[Path]:
        """Yield what within *folder* is the course's, as whoever started pytest says."""
        both = (each for asked in self.asked for each in (asked, asked.resolve()))
        yield from (each for each in both if each != folder and each.is_relative_to(folder))

    def folder(self) -> Path | None:
        """Return the first folder to be collected that is not a student's."""
        folders = (path if path.is_dir() else path.parent for path in self.asked)
        return next((folder for folder in folders if not self.is_students(folder)), None)

    def command(self) -> str:
        """Return a command that is safe whatever was handed in."""
        folder = quote(str(self.folder() or "exercises"))
        given = " ".join(f"--submission={quote(str(path))}" for path in self.submissions)
        return f"grader pytest {folder} {given}"


def keep_out(config: pytest.Config) -> None:
    """Refuse what pytest took from a student's folder already, and keep it from taking more.

    To be called before the first conftest.py is loaded. Raises ``pytest.UsageError``.
    """
    known = config.known_args_namespace
    grounds = grounds_of(config, known.file_or_dir or _by_default(config))
    refuse(grounds, config)
    if any(map(grounds.is_students, _conftest_folders(grounds, Path(known.confcutdir)))):
        known.noconftest = True
    if grounds.is_students(config.rootpath) and (folder := grounds.folder()):
        # pytest has no other way to move it once it is set, and keeps its cache there.
        config._rootpath = folder  # noqa: SLF001
        known.confcutdir = str(folder)
    if grounds.is_students(Path.cwd()):
        # xdist starts its workers with `python -c`, which imports from the current folder first.
        os.environ["PYTHONSAFEPATH"] = "1"


def grounds_of(config: pytest.Config, arguments: Iterable[str]) -> Grounds:
    """Return whose folder is whose.

    Raises ``pytest.UsageError`` for a submission that is not there, or that a link leads to.
    """
    here = config.invocation_params.dir
    named = [Path(path) for path in getattr(config.known_args_namespace, SUBMISSION)]
    given = [_by_name(here / path) for path in named]
    for path in named:
        _refuse_links(path)
    for path in given:
        if not path.is_file() and not path.is_dir():
            raise pytest.UsageError(f"--submission {path} is neither a file nor a folder")
    asked = (argument.partition("[")[0].partition("::")[0] for argument in arguments)
    return Grounds(submissions=tuple(given), asked=tuple(_by_name(here / path) for path in asked))


def _refuse_links(path: Path) -> None:
    try:
        refuse_links(path)
    except UsageError as error:
        raise pytest.UsageError(f"--submission {error}") from None


def _by_name(path: Path) -> Path:
    """Return *path* from the root on, without following links."""
    return Path(os.path.normpath(path.absolute()))


def refuse(grounds: Grounds, config: pytest.Config) -> None:
    """Raise ``pytest.UsageError`` for what of a student's is in use, with the command that does without."""
    for found in _taken(grounds, config):
        raise pytest.UsageError(
            f"{found}. What lies beside a submission was handed in with it: nothing of it may be run here, "
            "or taken for settings. Plain pytest does so before a plugin can stop it, so code of the "
            "student's may have run already, with all that this process could read or change. "
            f"Use this, which is safe:\n  {grounds.command()}"
        )


def _taken(grounds: Grounds, config: pytest.Config) -> Iterator[str]:
    """Yield in words what of a student's pytest was told to collect, or has taken already."""
    yield from _asked_for(grounds)
    settings = config.inipath
    if settings and grounds.is_students(settings) and settings.resolve() != _named_settings(config):
        yield f"pytest took its settings from {settings}, beside a submission"
    yield from _imported(grounds)
    cache = config.rootpath / Path(os.path.expandvars(_cache_folder(config))).expanduser()
    if grounds.is_students(cache) and not grounds.is_students(config.rootpath):
        yield f"pytest keeps its cache in {cache}, beside a submission"


def _named_settings(config: pytest.Config) -> Path | None:
    """Return the file of settings that the command line itself names: 'addopts' may be a student's."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-c", "--config-file")
    named = parser.parse_known_args(config.invocation_params.args)[0].config_file
    return (config.invocation_params.dir / named).resolve() if named else None


def _asked_for(grounds: Grounds) -> Iterator[str]:
    for path in grounds.asked:
        if path in grounds.handed_in or (path.suffix in SUFFIXES and _beside(grounds, path)):
            yield f"pytest was told to collect {path}, which was handed in; name the exercises' own folder"
        for folder in filter(Path.is_dir, grounds.submissions):
            if path.is_relative_to(folder):
                yield f"{path} lies in {folder}, a folder of submissions; keep the exercises elsewhere"


def _imported(grounds: Grounds) -> Iterator[str]:
    for entry in sys.path:
        if grounds.is_students(Path(entry)):
            yield (
                f"Python imports from {entry or Path.cwd()}, beside a submission (by 'python -m pytest', "
                "PYTHONPATH or pytest's pythonpath)"
            )
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and grounds.is_students(Path(file)):
            yield f"the module {name} was loaded from {file}, beside a submission"


def _beside(grounds: Grounds, path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in grounds.handed_in)


def _cache_folder(config: pytest.Config) -> str:
    try:
        return str(config.getini("cache_dir"))
    except (KeyError, ValueError):  # with -p no:cacheprovider there is none
        return ".pytest_cache"


def _by_default(config: pytest.Config) -> Sequence[str]:
    """Return what pytest collects when it is not told what."""
    here = config.invocation_params.dir
    named = config.getini("testpaths") if here == config.rootpath else []
    return [path for pattern in named for path in _matching(pattern)] or [str(here)]


def _matching(pattern: str) -> list[str]:
    return sorted(iglob(pattern, recursive=True))  # noqa: PTH207 - it may be absolute


def _conftest_folders(grounds: Grounds, uppermost: Path) -> Iterator[Path]:
    """Yield the folders from which pytest would load conftest.py before it collects."""
    for path in grounds.asked:
        anchors = [path, *path.glob("test*")] if path.is_dir() else [path.parent]
        for folder in anchors:
            yield from (each for each in (folder, *folder.parents) if each not in uppermost.parents)
