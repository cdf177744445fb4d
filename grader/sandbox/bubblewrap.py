"""The command line that starts the warm process behind bubblewrap's wall.

The sandbox sees a read-only system, the interpreter under ``/python``, its packages under ``/site/N``,
this package under ``/own``, the public datasets under ``/datasets``, and nothing else of the machine:
no home, no solutions, no submissions, no network.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from grader.sandbox import visible

INSTALL = (
    "install bubblewrap 0.5 or newer (Debian, Ubuntu: sudo apt-get install bubblewrap; "
    "Fedora: sudo dnf install bubblewrap)"
)
UNPRIVILEGED = 64321
START = (
    "import sys; sys.path[1:1] = {paths!r}; from grader.sandbox.inside.zygote import main; main(warm=WARM)"
)
#: Of each writable folder of the warm process. Forks with mounts of their own do not see it; for others there
#: is room beside one another, and their supervisors hold each to its share.
WRITABLE_BYTES = 2 * 2**30
ENVIRONMENT = {
    "HOME": "/home/student",
    "USER": "student",
    "LOGNAME": "student",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "TMPDIR": "/tmp",  # noqa: S108 - a tmpfs of the fork's own
    "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108 - the same
    "IPYTHONDIR": "/tmp/ipython",  # noqa: S108 - the same
}
QUIET_TENSORFLOW = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "KERAS_BACKEND": "tensorflow",
}


def is_available() -> bool:
    """Whether bubblewrap is installed."""
    return shutil.which("bwrap") is not None


def command(datasets: Path | None, private: Path | None = None, *, start: str = START) -> list[str]:
    """Return the command that runs *start*, Python code with a place for ``paths``, behind the wall.

    Raises ``IsolationError`` when *private*, the solutions, would be seen behind it.
    """
    words = [
        *("bwrap", "--die-with-parent", "--new-session", "--unshare-net", "--unshare-pid", "--unshare-ipc"),
        *("--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"),
        *_own_files(datasets),
        *_system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *_tmpfs("1777", "/tmp"),  # noqa: S108
        *_tmpfs("0777", "/home/student"),
        *("--chdir", "/home/student"),
        # Whoever starts bubblewrap owns these, and could leave something in them for the next submission.
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *_demotion(),
        *(interpreter(), "-I", "-c", start.format(paths=_import_paths())),
    ]
    if private is not None:
        shown = (source for option, source in pairwise(words) if option.startswith("--ro-bind"))
        visible.refuse_to_show(private, shown)
    return words


def _tmpfs(mode: str, folder: str) -> Iterator[str]:
    # Before bubblewrap 0.7 the supervisors' look at what is written is the only bound.
    if _knows("--size"):
        yield from ("--size", str(WRITABLE_BYTES))
    yield from ("--perms", mode, "--tmpfs", folder)


@cache
def _knows(option: str) -> bool:
    """Whether the bubblewrap that is installed has *option*."""
    try:
        told = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:
        return False
    return option in told.stdout.split()


def environment() -> dict[str, str]:
    """Return the variables of the warm process behind the wall."""
    library = {} if visible.is_system_python() else {"LD_LIBRARY_PATH": "/python/lib"}
    return {**ENVIRONMENT, **library}


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for folder in map(Path, visible.SYSTEM_FOLDERS):
        if folder.is_symlink():
            yield from ("--symlink", str(folder.readlink()), str(folder))
        elif folder.is_dir():
            yield from ("--ro-bind", str(folder), str(folder))
    for file in visible.SYSTEM_FILES:
        yield from ("--ro-bind-try", file, file)


def _own_files(datasets: Path | None) -> Iterator[str]:
    # bubblewrap 0.8 makes missing parents of a target with mode 0700.
    for folder in ("/etc", "/site", "/own", "/own/grader"):
        yield from ("--perms", "0755", "--dir", folder)
    if not visible.is_system_python():
        yield from ("--ro-bind", sys.base_prefix, "/python")
    for number, folder in enumerate(visible.package_folders()):
        yield from ("--ro-bind", folder, f"/site/{number}")
    for name, path in visible.own_files().items():
        yield from ("--ro-bind", str(path), f"/own/grader/{name}")
    if datasets is not None:
        yield from ("--ro-bind", str(datasets.resolve()), "/datasets")


def interpreter() -> str:
    """Return the interpreter's path inside the sandbox."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return f"{sys.base_prefix if visible.is_system_python() else '/python'}/bin/{name}"


def _import_paths() -> list[str]:
    return ["/own", *(f"/site/{number}" for number in range(len(visible.package_folders())))]


def _demotion() -> Iterator[str]:
    """As root: drop to an unprivileged user inside. A root that is only mapped keeps root's file rights.

    bubblewrap masks parts of ``/proc`` when root starts it, and the kernel then refuses the forks a
    ``/proc`` of their own; so a fresh one is mounted before the capability for it is dropped.
    """
    if os.geteuid() != 0:
        return
    yield from ("--cap-drop", "ALL")
    for capability in ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
        yield from ("--cap-add", capability)
    yield from ("sh", "-c", 'mount -t proc -o nosuid,nodev,noexec proc /proc && exec "$@"', "sh")
    yield from as_nobody()


def as_nobody() -> Iterator[str]:
    """Yield the words that make root an unprivileged user, whose processes the kernel counts and bounds."""
    yield from ("setpriv", "--reuid", str(UNPRIVILEGED), "--regid", str(UNPRIVILEGED), "--clear-groups")
    yield from ("--no-new-privs", "--bounding-set", "-all", "--inh-caps", "-all")
