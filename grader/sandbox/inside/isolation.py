"""A fork's own namespaces, limits and mounts: namespaces(7), capabilities(7), setrlimit(2).

Called in a fork of the zygote, before any student code is there to run.
"""

import contextlib
import ctypes
import os
import re
import resource
from pathlib import Path

from grader.sandbox.defences import MOST_FILES
from grader.sandbox.inside.kernel import LIBC, PR_SET_NO_NEW_PRIVS, call

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
CAPABILITY_VERSION_3, LAST_CAPABILITY = 0x20080522, 40
#: Mounted afresh for each fork.
WRITABLE = {"/tmp": 0o1777, "/home/student": 0o755, "/dev/shm": 0o1777}  # noqa: S108
MEBIBYTE = 2**20
#: From this Linux on, ``RLIMIT_NPROC`` counts in each user namespace by itself.
COUNTS_APART = (5, 14)
NEIGHBOURS = 512
#: Names of variables that packages set when the warm process imported them: they are nobody's.
OWN_VARIABLES: set[str] = set()


def enter_namespaces() -> None:
    """Move this process's future children into user, PID, mount, network and IPC namespaces of their own."""
    user, group = os.getuid(), os.getgid()
    # A process that hides its memory may not write its own maps.
    hide_memory(hidden=False)
    call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)
    hide_memory()


def mount_private(tmpfs_mib: int) -> None:
    """Give this process, the first of its PID namespace, its own ``/proc`` and empty writable folders."""
    hide_memory(hidden=False)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    # No namespaces within namespaces: they would bring back capabilities, and mounts without a limit.
    with contextlib.suppress(OSError):
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _mount_writable(tmpfs_mib)


def _mount_writable(tmpfs_mib: int) -> None:
    """Mount one tmpfs, with a folder of it in each writable place: its size bounds all of them together."""
    where = "/tmp"  # noqa: S108 - a tmpfs of the fork's own
    options = f"size={tmpfs_mib}m,nr_inodes={MOST_FILES},mode=0755".encode()
    call("mount", b"tmpfs", where.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options)
    for number, mode in enumerate(WRITABLE.values()):
        Path(f"{where}/{number}").mkdir()
        Path(f"{where}/{number}").chmod(mode)
    # The place that hides the others comes last.
    for number, folder in reversed(list(enumerate(WRITABLE))):
        call("mount", f"{where}/{number}".encode(), folder.encode(), None, MS_BIND, None)


def drop_privileges() -> None:
    """Give up every capability, also the possibility of getting one back by executing a file."""
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in range(LAST_CAPABILITY + 1):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends (Linux only)."""
    if hasattr(LIBC, "prctl"):
        LIBC.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def hide_memory(*, hidden: bool = True) -> None:
    """Forbid other processes of the same user to trace this one or read its memory, or allow it again."""
    if hasattr(LIBC, "prctl"):
        LIBC.prctl(PR_SET_DUMPABLE, 0 if hidden else 1, 0, 0, 0)


def offer_to_the_oom_killer() -> None:
    """Have the kernel end this process first, and not the grader, when memory runs out: proc(5)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_resources(memory_mib: int, file_mib: int, cpu_seconds: int) -> None:
    """Bound data, file size, processor time, open files and core dumps of this process and its children.

    *memory_mib* comes on top of what the warm process already has, so that it means the same on every
    machine. ``RLIMIT_AS`` is unusable: TensorFlow reserves far more address space than it touches.
    """
    bounds = {
        resource.RLIMIT_DATA: data_bytes() + memory_mib * MEBIBYTE,
        resource.RLIMIT_FSIZE: file_mib * MEBIBYTE,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        _bound(kind, bound)


def limit_processes(processes: int, *, alone: bool) -> None:
    """Bound the tasks of this user; *alone* in a user namespace, nobody else's count.

    Older kernels count all of the user's in any case; there, and where the user is shared, the bound is above
    all that the machine runs now.
    """
    version = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if not alone or version is None or tuple(map(int, version.groups())) < COUNTS_APART:
        processes += tasks_of_the_machine() + NEIGHBOURS
    _bound(resource.RLIMIT_NPROC, processes)


def tasks_of_the_machine() -> int:
    """Return how many threads run, in whatever namespace: the fourth field of ``/proc/loadavg``, proc(5)."""
    return int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])


def _bound(kind: int, bound: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
    resource.setrlimit(kind, (value, value))


def data_bytes() -> int:
    """Return the bytes that count against ``RLIMIT_DATA`` now; 0 where the kernel does not tell."""
    try:
        with Path("/proc/self/status").open() as file:
            fields = dict(line.split(":", 1) for line in file)
        return int(fields["VmData"].split()[0]) * 1024
    except (OSError, KeyError):
        return 0
