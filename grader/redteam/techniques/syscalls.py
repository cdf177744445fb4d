"""System calls by number, for what Python has no function: the first cell of techniques that need them."""

SYSCALLS = '''
import ctypes, os, platform

LIBC = ctypes.CDLL(None, use_errno=True)
X86 = dict(add_key=248, keyctl=250, process_vm_readv=310, process_vm_writev=311, pidfd_open=434,
           pidfd_getfd=438, open_by_handle_at=304, name_to_handle_at=303, userfaultfd=323, bpf=321,
           perf_event_open=298, io_uring_setup=425, memfd_create=319, memfd_secret=447, mount=165,
           chroot=161, setns=308, unshare=272, clone3=435, open_tree=428,
           fsopen=430, ptrace=101, syslog=103, kcmp=312, fanotify_init=300,
           mlockall=151, ioprio_set=251, sched_setattr=314, personality=135, shmget=29, shmat=30,
           semget=64, msgget=68, msgsnd=69, modify_ldt=154, seccomp=317, landlock_create_ruleset=444)
ARM = dict(add_key=217, keyctl=219, process_vm_readv=270, process_vm_writev=271, pidfd_open=434,
           pidfd_getfd=438, open_by_handle_at=265, name_to_handle_at=264, userfaultfd=282, bpf=280,
           perf_event_open=241, io_uring_setup=425, memfd_create=279, memfd_secret=447, mount=40,
           chroot=51, setns=268, unshare=97, clone3=435, open_tree=428,
           fsopen=430, ptrace=117, syslog=116, kcmp=272, fanotify_init=262,
           mlockall=230, ioprio_set=30, sched_setattr=274, personality=92, shmget=194, shmat=196,
           semget=190, msgget=186, msgsnd=189, seccomp=277, landlock_create_ruleset=444)
NUMBERS = X86 if platform.machine() in ("x86_64", "AMD64") else ARM

def syscall(name, *words):
    """Call the kernel; -1 when it refuses or has no such call."""
    if name not in NUMBERS:
        return -1
    LIBC.syscall.restype = ctypes.c_long
    return LIBC.syscall(ctypes.c_long(NUMBERS[name]), *words)
'''
