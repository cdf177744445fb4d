"""What of this machine a submission may see: the system, the interpreter, its packages, our code inside."""

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.errors import IsolationError

SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
#: What submissions read of the machine where no namespace gives them a system of their own.
FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu")
#: What tells a project's folder from one that packages were installed into.
OF_PROJECTS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "solutions")
#: Of this package, what runs inside.
OWN = ("__init__.py", "errors.py", "evidence.py", "probe.py", "submission.py", "verdict.py", "sandbox")


def own_files() -> dict[str, Path]:
    """Return the parts of this package that run inside, by name."""
    package = Path(__file__).parents[1]
    return {name: package / name for name in OWN}


def places(datasets: Path | None) -> list[str]:
    """Return every place that a submission may read where it sees the machine's own paths."""
    system = ("/usr", *SYSTEM_FOLDERS, *SYSTEM_FILES, *FACTS, sys.base_prefix, *package_folders())
    return [*system, *map(str, own_files().values()), *([str(datasets.resolve())] if datasets else [])]


def refuse_to_show(private: Path, shown: Iterable[str]) -> None:
    """Raise ``IsolationError`` when *private*, such as the solutions, lies in a place that is shown."""
    for source in shown:
        if private.resolve().is_relative_to(Path(source).resolve()):
            raise IsolationError(
                f"{private.resolve()} would be seen by submissions, because they see {source}; it must "
                "be outside of the system, the interpreter, the datasets and every folder with packages "
                "(PYTHONPATH, .pth files): move it"
            )


def is_system_python() -> bool:
    """Whether the interpreter is one of the system's own."""
    return sys.base_prefix == "/usr" or sys.base_prefix.startswith("/usr/")


def package_folders() -> list[str]:
    """Return where this interpreter finds packages, in its order: site-packages, ``.pth`` files, PYTHONPATH.

    Not the standard library, not the folders of the running program, none that holds the user's home, and no
    project's own folder, as an editable install has it: it could hold this course's solutions, or another's.
    """
    home, own = Path(os.environ.get("HOME") or "/").resolve(), {*_standard_library(), *_program_folders()}
    own -= {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    folders = dict.fromkeys(Path(entry).resolve() for entry in sys.path if entry)
    return [
        str(folder)
        for folder in folders
        if folder.is_dir()
        and folder not in own
        and not home.is_relative_to(folder)
        and not _is_project(folder)
    ]


def _is_project(folder: Path) -> bool:
    return any((folder / name).exists() for name in OF_PROJECTS)


def _standard_library() -> Iterator[Path]:
    for name in ("stdlib", "platstdlib"):
        folder = Path(sysconfig.get_path(name)).resolve()
        yield from (folder, folder / "lib-dynload")


def _program_folders() -> Iterator[Path]:
    """Yield folders that are importable only because of how the grader was started or installed."""
    yield Path.cwd()
    script = getattr(sys.modules["__main__"], "__file__", None)
    if script:
        yield Path(script).resolve().parent
    source = Path(__file__).resolve().parents[2]
    # Beside an installed package stands what the installer knows of it; beside an editable one does not.
    if not any(source.glob("*.dist-info")):
        yield source
