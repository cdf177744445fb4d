"""Which system calls student code may make: seccomp(2), as a classic BPF program.

A closed table of what is refused, each group with its reason, for two machines. What a newer kernel adds
is refused as not implemented until somebody has looked at it, and so is the x32 way of calling, whose
numbers lie far above the last one. A call made as another architecture (``int 0x80``) ends the process.

An argument is compared by its low 32 bits, which is all that the kernel itself looks at for these calls:
comparing the high bits as well would let a number with a stray one among them pass by the rule.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

from grader.sandbox.inside.calls import (
    DEMANDS,
    FORBIDDEN,
    FORBIDDEN_ALONE,
    FORBIDDEN_OUTSIDE,
    MEETING,
    MISSING,
    STREAMS_ONLY,
    Demand,
    Kind,
    demands_alone,
)
from grader.sandbox.inside.kernel import LIBC, PR_SET_NO_NEW_PRIVS, call, checked

SET_MODE_FILTER, GET_ACTION_AVAIL, FLAG_TSYNC = 1, 2, 1
KILL_PROCESS, ERROR, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
#: Operation codes of classic BPF; the offsets are those of ``struct seccomp_data``.
LOAD, IF_EQUAL, IF_ABOVE, IF_AT_LEAST, IF_BITS, RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
KEEP_BITS = 0x54
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
#: From the first on, all architectures number alike. The last is the newest call looked at: Linux 6.18.
FIRST_COMMON, LAST_KNOWN = 424, 469


class Machine(NamedTuple):
    """One architecture: its place in the table, its name for the kernel, its last number of its own."""

    column: int
    architecture: int
    seccomp: int
    last_own: int


MACHINES = {"x86_64": Machine(0, 0xC000003E, 317, 334), "aarch64": Machine(1, 0xC00000B7, 277, 294)}


class Instruction(NamedTuple):
    """``struct sock_filter``: the jumps count the instructions to leave out, at most 255."""

    code: int
    if_true: int
    if_false: int
    operand: int


def numbers(calls: str, machine: Machine) -> dict[str, int]:
    """Return the numbers on *machine* of *calls*, without those it does not have."""
    words = calls.split()
    columns = {name: number.split("/") for name, number in zip(words[::2], words[1::2], strict=True)}
    chosen = {name: column[machine.column % len(column)] for name, column in columns.items()}
    return {name: int(number) for name, number in chosen.items() if number != "-"}


def program(
    machine: Machine, own: int | None = None, *, signals_scoped: bool = False, own_files: bool = False
) -> list[Instruction]:
    """Return the filter for *machine*; with *own* also what holds for that process id alone.

    Rules on the number alone come first: the kernel then knows beforehand which calls always pass.
    """
    alone = own is not None
    # Sockets with a path are files of others; names without one are held apart by what holds signals apart.
    may_meet = not own_files and (not alone or signals_scoped)
    forbidden = (
        FORBIDDEN,
        *([FORBIDDEN_ALONE] if alone else []),
        *([FORBIDDEN_OUTSIDE] if own_files else []),
        *([] if may_meet else [MEETING]),
    )
    demands = (
        *DEMANDS,
        *([] if own is None else demands_alone(own, signals_scoped=signals_scoped)),
        *([] if may_meet else [STREAMS_ONLY]),
    )
    return [
        *_only(machine),
        *_refuse(" ".join(forbidden), errno.EPERM, machine),
        *_refuse(MISSING, errno.ENOSYS, machine),
        *(step for demand in demands for step in _demand(demand, machine)),
        Instruction(RETURN, 0, 0, ALLOW),
    ]


def _only(machine: Machine) -> Iterator[Instruction]:
    """Let pass the calls of *machine* that were known when the table was written."""
    yield Instruction(LOAD, 0, 0, ARCHITECTURE_AT)
    yield Instruction(IF_EQUAL, 1, 0, machine.architecture)
    yield Instruction(RETURN, 0, 0, KILL_PROCESS)
    yield Instruction(LOAD, 0, 0, NUMBER_AT)
    yield Instruction(IF_ABOVE, 2, 0, LAST_KNOWN)
    yield Instruction(IF_AT_LEAST, 2, 0, FIRST_COMMON)
    yield Instruction(IF_ABOVE, 0, 1, machine.last_own)
    yield Instruction(RETURN, 0, 0, ERROR | errno.ENOSYS)


def _refuse(calls: str, error: int, machine: Machine) -> Iterator[Instruction]:
    # Each comparison with its own end, so that no jump grows with the table.
    for number in numbers(calls, machine).values():
        yield Instruction(IF_EQUAL, 0, 1, number)
        yield Instruction(RETURN, 0, 0, ERROR | error)


def _demand(demand: Demand, machine: Machine) -> Iterator[Instruction]:
    body = [
        Instruction(LOAD, 0, 0, ARGUMENTS_AT + 8 * demand.argument),
        *_compare(demand),
        # For the rules that follow.
        Instruction(LOAD, 0, 0, NUMBER_AT),
    ]
    for number in numbers(demand.calls, machine).values():
        yield Instruction(IF_EQUAL, 0, len(body), number)
        yield from body


def _compare(demand: Demand) -> Iterator[Instruction]:
    if demand.kind is Kind.NOT_ALL_BITS_OF:
        (bits,) = demand.values
        yield Instruction(KEEP_BITS, 0, 0, bits)
        yield Instruction(IF_EQUAL, 0, 1, bits)
        yield Instruction(RETURN, 0, 0, ERROR | demand.error)
        return
    passing = demand.kind is Kind.ONE_OF
    code = IF_BITS if demand.kind is Kind.NO_BIT_OF else IF_EQUAL
    # A value that is met leads to the refusal after the last comparison, or one step past it.
    for left, value in zip(reversed(range(len(demand.values))), demand.values, strict=True):
        yield Instruction(code, left + passing, int(left == 0 and not passing), value)
    yield Instruction(RETURN, 0, 0, ERROR | demand.error)


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _seccomp(machine: Machine, operation: int, flags: int, argument: object) -> int:
    words = (ctypes.c_long(machine.seccomp), ctypes.c_ulong(operation), ctypes.c_ulong(flags))
    return int(LIBC.syscall(*words, argument))


def _this_machine() -> Machine | None:
    # A 32-bit interpreter on a 64-bit kernel would be killed at once.
    wide = struct.calcsize("P") == 8 and hasattr(LIBC, "prctl")
    return MACHINES.get(os.uname().machine) if wide else None


def available() -> bool:
    """Whether this kernel has what the filter needs, and this table the kernel's machine."""
    machine = _this_machine()
    action = ctypes.c_uint32(KILL_PROCESS)
    return machine is not None and _seccomp(machine, GET_ACTION_AVAIL, 0, ctypes.byref(action)) == 0


def install(
    *, own_processes_only: bool = False, signals_scoped: bool = False, own_files_only: bool = False
) -> None:
    """Put this process, and all it will ever start, under the filter. It cannot be taken off.

    *own_processes_only* is for a host without PID and IPC namespaces: no signal, limit or priority for any
    process but this one, and none for its children either, since their numbers are not known beforehand.
    With *signals_scoped*, signals are left to Landlock, which knows its own, and so are sockets without a
    path; without it there is no connecting. *own_files_only* is for a host without mounts of its own: no
    modes, owners, times or attributes of files are changed, and there is no connecting either.

    Raises ``OSError`` when the kernel refuses, or when there is no table for this machine.
    """
    machine = _this_machine()
    if machine is None:
        raise OSError(errno.ENOSYS, f"seccomp: no table of system calls for {os.uname().machine}")
    own = os.getpid() if own_processes_only else None
    steps = program(machine, own, signals_scoped=signals_scoped, own_files=own_files_only)
    packed = _Program(len(steps), b"".join(struct.pack("=HBBI", *step) for step in steps))
    # Without no_new_privs a file's privileges would come back, and the kernel takes a filter from root only.
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if checked("seccomp", _seccomp(machine, SET_MODE_FILTER, FLAG_TSYNC, ctypes.byref(packed))) > 0:
        raise OSError(errno.EBUSY, "seccomp: a thread could not be put under the filter")
