"""Takes from a fork what a submission must not have, in the order in which it can be given up.

A request names the isolation, and what is switched ``off``: only the tests of a layer switch it off.
"""

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grader.sandbox.defences import MOST_FILES_MIB, MOST_PROCESSES, Defence, Isolation
from grader.sandbox.inside import isolation, landlock, seccomp

#: Of one process. The grader's clock ends a submission long before; a referee lives for hundreds of models.
CPU_SECONDS = {"student": 3600, "referee": 86400, "inspector": 60}
#: What a fork may write to besides its own folders.
DEVICES = ("/dev/null",)
SOURCES = ("/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat")
#: Where other forks of the same worker are, or could be asked about.
NEIGHBOURS = frozenset({"home", "tmp", "proc", "dev"})
#: What keeps a mistake from using up a student's own machine.
OF_A_PROCESS = frozenset({Defence.LIMITS, Defence.MEMORY})
Request = dict[str, Any]


def has_own_namespaces(request: Request) -> bool:
    """Whether this fork lives in namespaces of its own, and is the first process in them."""
    return bool(request["isolation"] == Isolation.BUBBLEWRAP)


def is_walled(request: Request) -> bool:
    """Whether this fork lives behind bubblewrap's wall, in a PID namespace that ends with its worker."""
    return request["isolation"] in {Isolation.BUBBLEWRAP, Isolation.SHARED}


def is_on(request: Request, defence: Defence) -> bool:
    """Whether *defence* is wanted; a plain process has few."""
    return defence not in request["off"] and (
        request["isolation"] != Isolation.PROCESS or defence in OF_A_PROCESS
    )


def confine(request: Request, folder: str, output: int) -> None:
    """Confine this process, which works in *folder* and writes to *output*.

    Raises ``OSError`` when a layer that is wanted cannot be had.
    """
    _redirect(output)
    isolation.die_with_parent()
    if has_own_namespaces(request):
        isolation.mount_private(MOST_FILES_MIB)
    isolation.offer_to_the_oom_killer()
    # A session of its own: the kernel's autogroups then share the processor between submissions, not
    # between processes, so that a fork bomb does not use up an honest neighbour's time.
    os.setsid()
    _settle(request, folder)
    if is_on(request, Defence.LIMITS):
        isolation.limit_resources(request["memory_mib"], MOST_FILES_MIB, CPU_SECONDS[request["role"]])
    if is_on(request, Defence.LIMITS) and request["isolation"] != Isolation.PROCESS:
        isolation.limit_processes(MOST_PROCESSES, alone=has_own_namespaces(request))
    _give_up_rights(request)


def _give_up_rights(request: Request) -> None:
    if is_on(request, Defence.RIGHTS):
        isolation.drop_privileges()
    if is_on(request, Defence.LANDLOCK) and landlock.abi() > 0:
        _restrict(request)
    if is_on(request, Defence.CALLS) and seccomp.available():
        seccomp.install(
            own_processes_only=not has_own_namespaces(request),
            signals_scoped=is_on(request, Defence.LANDLOCK) and landlock.abi() >= landlock.SCOPES_SINCE,
            own_files_only=not has_own_namespaces(request),
        )


def _restrict(request: Request) -> None:
    if request["isolation"] == Isolation.LANDLOCK and landlock.abi() < landlock.TRUNCATE_SINCE:
        # Nothing else keeps a submission from emptying what this user may write.
        raise OSError(errno.EOPNOTSUPP, "landlock keeps files from being emptied from Linux 6.2 on only")
    readable, writable = _allowed(request)
    landlock.restrict(readable, writable)


def _allowed(request: Request) -> tuple[Iterable[str], Iterable[str]]:
    """Return the readable and the writable places of a fork."""
    if has_own_namespaces(request):
        return ["/"], [*DEVICES, *isolation.WRITABLE]
    return ["/proc/self", *FACTS, *SOURCES, *_shown(request)], [*DEVICES, str(Path.cwd())]


def _shown(request: Request) -> list[str]:
    """Return what a fork may read: what the grader says, or behind a wall all but its neighbours' folders."""
    if request["isolation"] == Isolation.LANDLOCK:
        return list(request["readable"])
    return [str(path) for path in Path("/").iterdir() if path.name not in NEIGHBOURS]


def _redirect(output: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)


def _settle(request: Request, folder: str) -> None:
    """Go to the fork's own *folder*, with the public datasets in it."""
    os.chdir(folder)
    if request["datasets"] and not os.path.lexists("datasets"):
        Path("datasets").symlink_to(request["datasets"])
    if not has_own_namespaces(request):
        # What it hides from others it could not look at itself: /proc/self would be closed to it.
        isolation.hide_memory(hidden=False)
        _move_temporary_files(folder)


def _move_temporary_files(folder: str) -> None:
    temporary = f"{folder}/own"
    Path(temporary).mkdir(exist_ok=True)
    os.environ.update(
        HOME=folder,
        TMPDIR=temporary,
        MPLCONFIGDIR=f"{temporary}/matplotlib",
        IPYTHONDIR=f"{temporary}/ipython",
    )
    tempfile.tempdir = None
