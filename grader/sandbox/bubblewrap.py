"""The command line that starts the warm process behind bubblewrap's wall.

The sandbox sees a read-only system, the interpreter under ``/python``, its packages under ``/site/N``,
this package under ``/own``, the public datasets under ``/datasets``, and nothing else of the machine:
no home, no solutions, no submissions, no network.
"""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from grader.errors import IsolationError

INSTALL = (
    "install bubblewrap (Debian, Ubuntu: sudo apt-get install bubblewrap; "
    "Fedora: sudo dnf install bubblewrap)"
)
REFUSED = (
    "This machine does not let a sandbox make namespaces for each submission. Allow unprivileged user "
    "namespaces (Ubuntu 24.04: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: "
    "run it privileged), or give --isolation process to run submissions unprotected."
)
UNPRIVILEGED = 64321
SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
START = "import sys; sys.path[1:1] = {paths!r}; from grader.sandbox.inside.zygote import main; main()"
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


def command(datasets: Path | None, private: Path | None = None) -> list[str]:
    """Return the command that starts the warm process behind the wall.

    Raises ``IsolationError`` when *private*, the solutions, would be seen behind it.
    """
    words = [
        *("bwrap", "--die-with-parent", "--new-session", "--unshare-net", "--unshare-pid", "--unshare-ipc"),
        *("--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"),
        *_own_files(datasets),
        *_system(),
        *("--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
        *("--perms", "0777", "--tmpfs", "/home/student", "--chdir", "/home/student"),
        # Whoever starts bubblewrap owns these, and could leave something in them for the next submission.
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *_demotion(),
        *(interpreter(), "-I", "-c", START.format(paths=_import_paths())),
    ]
    if private is not None:
        _refuse_to_show(private.resolve(), words)
    return words


def environment() -> dict[str, str]:
    """Return the variables of the warm process behind the wall."""
    library = {} if _is_system_python() else {"LD_LIBRARY_PATH": "/python/lib"}
    return {**ENVIRONMENT, **library}


def _refuse_to_show(private: Path, words: list[str]) -> None:
    for option, source in pairwise(words):
        if option.startswith("--ro-bind") and private.is_relative_to(Path(source).resolve()):
            raise IsolationError(
                f"{private} would be seen by submissions, because they see {source}; the solutions must be "
                "outside of the system, the interpreter, the datasets and every folder with packages "
                "(PYTHONPATH, .pth files): move them"
            )


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for folder in map(Path, SYSTEM_FOLDERS):
        if folder.is_symlink():
            yield from ("--symlink", str(folder.readlink()), str(folder))
        elif folder.is_dir():
            yield from ("--ro-bind", str(folder), str(folder))
    for file in SYSTEM_FILES:
        yield from ("--ro-bind-try", file, file)


def _own_files(datasets: Path | None) -> Iterator[str]:
    # bubblewrap 0.8 makes missing parents of a target with mode 0700.
    for folder in ("/etc", "/site", "/own", "/own/grader"):
        yield from ("--perms", "0755", "--dir", folder)
    if not _is_system_python():
        yield from ("--ro-bind", sys.base_prefix, "/python")
    for number, folder in enumerate(package_folders()):
        yield from ("--ro-bind", folder, f"/site/{number}")
    package = Path(__file__).parents[1]
    for name in (
        "__init__.py",
        "errors.py",
        "evidence.py",
        "probe.py",
        "submission.py",
        "verdict.py",
        "sandbox",
    ):
        yield from ("--ro-bind", str(package / name), f"/own/grader/{name}")
    if datasets is not None:
        yield from ("--ro-bind", str(datasets.resolve()), "/datasets")


def _is_system_python() -> bool:
    return sys.base_prefix == "/usr" or sys.base_prefix.startswith("/usr/")


def interpreter() -> str:
    """Return the interpreter's path inside the sandbox."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return f"{sys.base_prefix if _is_system_python() else '/python'}/bin/{name}"


def package_folders() -> list[str]:
    """Return where this interpreter finds packages, in its order: site-packages, ``.pth`` files, PYTHONPATH.

    Not the standard library, not the folders of the running program, and none that holds the user's home.
    """
    home, own = Path(os.environ.get("HOME") or "/").resolve(), {*_standard_library(), *_program_folders()}
    own -= {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    folders = dict.fromkeys(Path(entry).resolve() for entry in sys.path if entry)
    return [
        str(folder)
        for folder in folders
        if folder.is_dir() and folder not in own and not home.is_relative_to(folder)
    ]


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


def _import_paths() -> list[str]:
    return ["/own", *(f"/site/{number}" for number in range(len(package_folders())))]


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
    yield from ("setpriv", "--reuid", str(UNPRIVILEGED), "--regid", str(UNPRIVILEGED), "--clear-groups")
    yield from ("--no-new-privs", "--bounding-set", "-all", "--inh-caps", "-all")
