"""Which system calls a submission may not make, and why: the table that the filter is made of.

Numbers are those of asm/unistd.h, ``x86_64/aarch64``, or one for both where they agree.
"""

import enum
import errno
from typing import NamedTuple

#: ``name x86_64/aarch64``, or one number for both. Refused with EPERM, whatever the arguments.
FORBIDDEN = (
    # Read, write or take over another process.
    "ptrace 101/117 process_vm_readv 310/270 process_vm_writev 311/271 kcmp 312/272 pidfd_getfd 438 "
    "process_madvise 440 "
    # Change or explore what is mounted where.
    "mount 165/40 umount2 166/39 pivot_root 155/41 chroot 161/51 open_tree 428 move_mount 429 fsopen 430 "
    "fsconfig 431 fsmount 432 fspick 433 mount_setattr 442 statmount 457 listmount 458 open_tree_attr 467 "
    # In a new namespace, capabilities come back.
    "unshare 272/97 setns 308/268 "
    # Memory that no process needs to have mapped, and so no limit on processes counts.
    "shmget 29/194 semget 64/190 semop 65/193 semctl 66/191 semtimedop 220/192 msgget 68/186 "
    "msgsnd 69/189 msgrcv 70/188 msgctl 71/187 "
    # keyrings(7) belong to the user, not to the fork.
    "add_key 248/217 request_key 249/218 keyctl 250/219 "
    # Much kernel code that few programs need, often the way in for an attack; and new code for the kernel.
    "bpf 321/280 userfaultfd 323/282 perf_event_open 298/241 vmsplice 278/75 kexec_load 246/104 "
    "modify_ldt 154/- kexec_file_load 320/294 init_module 175/105 finit_module 313/273 delete_module 176/106 "
    # Open files by handle, past the mounts, or watch all of them.
    "name_to_handle_at 303/264 open_by_handle_at 304/265 lookup_dcookie 212/18 fanotify_init 300/262 "
    "fanotify_mark 301/263 "
    # The machine's clock, and the machine itself.
    "settimeofday 164/170 clock_settime 227/112 adjtimex 159/171 clock_adjtime 305/266 vhangup 153/58 "
    "reboot 169/142 swapon 167/224 swapoff 168/225 acct 163/89 quotactl 179/60 quotactl_fd 443 "
    "sethostname 170/161 setdomainname 171/162 syslog 103/116 nfsservctl 180/42 iopl 172/- ioperm 173/-"
)
#: Refused with ENOSYS, for which programs have another way ready.
MISSING = (
    # Its flags lie behind a pointer, where a filter cannot read them; the C library then calls clone(2).
    "clone3 435 "
    # A second way to make system calls, past this filter.
    "io_uring_setup 425 io_uring_enter 426 io_uring_register 427 "
    # Its contexts are counted for the whole machine, and are few.
    "io_setup 206/0 io_destroy 207/1 io_submit 209/2 io_cancel 210/3 io_getevents 208/4 "
    "io_pgetevents 333/292 "
    # Memory that nobody can look into and no limit on data counts.
    "memfd_secret 447 "
    # Files that lie nowhere, whose size no limit counts before they are mapped.
    "memfd_create 319/279"
)
#: Refused with EPERM where processes of others are in sight.
FORBIDDEN_ALONE = (
    # System V and POSIX message objects are the whole machine's.
    "shmat 30/196 shmctl 31/195 mq_open 240/180 mq_unlink 241/181 "
    # What is watched need not be readable: it would tell of neighbours' folders and of the machine's files.
    "inotify_init 253/- inotify_init1 294/26 inotify_add_watch 254/27 "
    # A descriptor does not tell whose process it is, and priorities can be about all of the user's.
    "pidfd_send_signal 424 ioprio_set 251/30"
)
#: Refused with EPERM where files of others are in sight: Landlock does not hold these back, landlock(7).
FORBIDDEN_OUTSIDE = (
    "chmod 90/- fchmod 91/52 fchmodat 268/53 fchmodat2 452 chown 92/- lchown 94/- fchown 93/55 "
    "fchownat 260/54 utime 132/- utimes 235/- futimesat 261/- utimensat 280/88 setxattr 188/5 "
    "lsetxattr 189/6 fsetxattr 190/7 removexattr 197/14 lremovexattr 198/15 fremovexattr 199/16 "
    "setxattrat 463 removexattrat 466 file_setattr 469"
)
#: Refused with EPERM where it would reach services of this machine that listen on a path, or other forks.
MEETING = "connect 42/203"


class Kind(enum.Enum):
    """How an argument is held against values."""

    ONE_OF = enum.auto()
    NONE_OF = enum.auto()
    NO_BIT_OF = enum.auto()
    NOT_ALL_BITS_OF = enum.auto()


class Demand(NamedTuple):
    """What one argument, counted from 0, has to be in *calls*, written as above."""

    calls: str
    argument: int
    kind: Kind
    values: tuple[int, ...]
    error: int = errno.EPERM


CLONE_NEW_ANYTHING, AF_UNIX, PRIO_USER = 0x7E020000, 1, 2
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423
FIOSETOWN, SIOCSPGRP, F_SETOWN, F_SETOWN_EX = 0x8901, 0x8902, 8, 15
#: Leases and notices on others' files, fcntl(2); a file's flags, ioctl_iflags(2), encryption and verity.
F_SETLEASE, F_NOTIFY = 1024, 1026
FILE_FLAGS = (0x40086602, 0x40046602, 0x401C5820, 0x40806685, 0x800C6613)
DEMANDS = (
    Demand("clone 56/220", 0, Kind.NO_BIT_OF, (CLONE_NEW_ANYTHING,)),
    # Of all errors, "Network is unreachable" is the one that tells a student what is the matter.
    Demand("socket 41/198 socketpair 53/199", 0, Kind.ONE_OF, (AF_UNIX,), errno.ENETUNREACH),
    # The first two type into a terminal, the last loads a line discipline: ioctl_tty(2).
    Demand("ioctl 16/29", 1, Kind.NONE_OF, (TIOCSTI, TIOCLINUX, TIOCSETD)),
    # Memory that stays when no process holds a page of it: counted by no limit, seen by no watch.
    Demand("mmap 9/222", 3, Kind.NOT_ALL_BITS_OF, (MAP_SHARED | MAP_ANONYMOUS,)),
    # Either Linux' usual one, or the question which one it is: personality(2).
    Demand("personality 135/92", 0, Kind.ONE_OF, (0, 0xFFFFFFFF)),
)
#: Without a connection to it nothing is sent over a stream; to a datagram's socket a name is enough.
SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC = 1, 0x800, 0x80000
STREAMS_ONLY = Demand(
    "socket 41/198 socketpair 53/199",
    1,
    Kind.ONE_OF,
    (
        SOCK_STREAM,
        SOCK_STREAM | SOCK_NONBLOCK,
        SOCK_STREAM | SOCK_CLOEXEC,
        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
    ),
    errno.ENETUNREACH,
)

SIGNALS = "kill 62/129 tkill 200/130 tgkill 234/131 rt_sigqueueinfo 129/138 rt_tgsigqueueinfo 297/240"


def demands_alone(own: int, *, signals_scoped: bool) -> tuple[Demand, ...]:
    """Return what holds for *own* where others are in sight; as a process, 0 is the caller or its group.

    With *signals_scoped*, Landlock sees to signals, and lets a process end its own children.
    """
    signals = "" if signals_scoped else SIGNALS
    properties = (
        "prlimit64 302/261 sched_setaffinity 203/122 sched_setscheduler 144/119 sched_setparam 142/118 "
        "sched_setattr 314/274 migrate_pages 256/238 move_pages 279/239"
    )
    return (
        Demand(f"{signals} {properties}", 0, Kind.ONE_OF, (0, own)),
        Demand("setpriority 141/140", 0, Kind.NONE_OF, (PRIO_USER,)),
        Demand("setpriority 141/140", 1, Kind.ONE_OF, (0, own)),
        # Whom the kernel then sends a signal when there is something to read: fcntl(2).
        Demand("fcntl 72/25", 1, Kind.NONE_OF, (F_SETOWN, F_SETOWN_EX, F_SETLEASE, F_NOTIFY)),
        Demand("ioctl 16/29", 1, Kind.NONE_OF, (FIOSETOWN, SIOCSPGRP, *FILE_FLAGS)),
    )
