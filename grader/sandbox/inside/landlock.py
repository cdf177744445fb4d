"""Which files a process may touch where there are no namespaces: landlock(7).

Called in a fork of the zygote, before any student code is there to run, and after the last mount: a
process under Landlock can mount nothing. What it had open before stays open.
"""

import ctypes
import enum
import errno
import os
import stat
from collections.abc import Iterable

from grader.sandbox.inside.kernel import LIBC, PR_SET_NO_NEW_PRIVS, call, checked

#: The same on every machine that the grader runs on.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_FOR_ABI, PATH_BENEATH = 1, 1


class Right(enum.IntFlag):
    """What can be done to files and folders, in the kernel's order."""

    EXECUTE = enum.auto()
    WRITE_FILE = enum.auto()
    READ_FILE = enum.auto()
    READ_DIR = enum.auto()
    REMOVE_DIR = enum.auto()
    REMOVE_FILE = enum.auto()
    MAKE_CHAR = enum.auto()
    MAKE_DIR = enum.auto()
    MAKE_REG = enum.auto()
    MAKE_SOCK = enum.auto()
    MAKE_FIFO = enum.auto()
    MAKE_BLOCK = enum.auto()
    MAKE_SYM = enum.auto()
    REFER = enum.auto()
    TRUNCATE = enum.auto()
    IOCTL_DEV = enum.auto()


#: The ABI that first knew these rights; the first knew all others.
TRUNCATE_SINCE = 3
SINCE = {Right.REFER: 2, Right.TRUNCATE: TRUNCATE_SINCE, Right.IOCTL_DEV: 5}
READ = Right.EXECUTE | Right.READ_FILE | Right.READ_DIR
DEVICES = Right.MAKE_CHAR | Right.MAKE_BLOCK
#: The kernel refuses a rule that gives a file a right on what is in a folder.
FOR_FILES = Right.EXECUTE | Right.WRITE_FILE | Right.READ_FILE | Right.TRUNCATE | Right.IOCTL_DEV
BIND_TCP, CONNECT_TCP, TCP_SINCE = 1, 2, 4
ABSTRACT_UNIX_SOCKET, SIGNAL = 1, 2
#: From this version on, signals reach only what is under the same rules.
SCOPES_SINCE = 6


class _Ruleset(ctypes.Structure):
    """``struct landlock_ruleset_attr``. An older kernel takes a longer one, if the rest of it is 0."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """``struct landlock_path_beneath_attr``."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """Return the version of Landlock that this kernel offers; 0 where it is missing or switched off."""
    if not hasattr(LIBC, "prctl"):
        return 0
    version = LIBC.syscall(
        ctypes.c_long(CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(ASK_FOR_ABI)
    )
    return max(int(version), 0)


def known(version: int) -> Right:
    """Return the rights that *version* of the ABI can hold back."""
    rights = Right(0)
    for right in Right:
        if SINCE.get(right, 1) <= version:
            rights |= right
    return rights


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Leave this process, and all it will ever start, these files and folders with what is beneath them.

    *readable* may be read, listed and executed; in *writable* all is allowed but making devices. Paths that
    do not exist are left out. TCP is closed where the kernel can do that, and signals and abstract sockets
    reach only processes under the same restriction.

    Raises ``OSError`` when the kernel refuses, or has no Landlock.
    """
    version = abi()
    if version == 0:
        raise OSError(errno.EOPNOTSUPP, "landlock: this kernel does not offer it")
    rights = known(version)
    ruleset = _ruleset(version, rights)
    try:
        for path in readable:
            _allow(ruleset, path, rights & READ)
        for path in writable:
            _allow(ruleset, path, rights & ~DEVICES)
        call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call("landlock_restrict_self", RESTRICT_SELF, ruleset, ctypes.c_uint(0))
    finally:
        os.close(ruleset)


def _ruleset(version: int, rights: Right) -> int:
    wanted = _Ruleset(
        files=int(rights),
        network=BIND_TCP | CONNECT_TCP if version >= TCP_SINCE else 0,
        scoped=ABSTRACT_UNIX_SOCKET | SIGNAL if version >= SCOPES_SINCE else 0,
    )
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    return _call("landlock_create_ruleset", CREATE_RULESET, ctypes.byref(wanted), size, ctypes.c_uint(0))


def _allow(ruleset: int, path: str, rights: Right) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= FOR_FILES
        rule = ctypes.byref(_Beneath(int(rights), place))
        _call("landlock_add_rule", ADD_RULE, ruleset, ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint(0))
    finally:
        os.close(place)


def _call(name: str, number: int, *arguments: object) -> int:
    return checked(name, int(LIBC.syscall(ctypes.c_long(number), *arguments)))
