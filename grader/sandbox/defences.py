"""What stands between a submission and everything else: the ways to isolate it, and the layers of each."""

from enum import StrEnum


class Isolation(StrEnum):
    """How submissions are kept apart, the strongest first. ``PROCESS`` is no boundary.

    ``BUBBLEWRAP`` gives each fork namespaces of its own. ``SHARED`` is for machines that refuse namespaces
    within namespaces: forks share their worker's, and Landlock and seccomp keep them apart. ``LANDLOCK`` is
    for machines that refuse namespaces altogether, and leaves it to those two alone.
    """

    BUBBLEWRAP = "bubblewrap"
    SHARED = "shared"
    LANDLOCK = "landlock"
    PROCESS = "process"


class Defence(StrEnum):
    """One layer, by what a submission then cannot do. ``MEANINGS`` says it in words."""

    FILES = "files"
    PROCESSES = "processes"
    PROC = "proc"
    NETWORK = "network"
    CALLS = "system calls"
    LANDLOCK = "landlock"
    RIGHTS = "rights"
    LIMITS = "limits"
    MEMORY = "memory"
    CGROUP = "cgroup"
    ENVIRONMENT = "environment"


MEANINGS: dict[Defence, str] = {
    Defence.FILES: "sees no file of yours; writes only in its own empty folders",
    Defence.PROCESSES: "cannot signal or trace a process that is not its own",
    Defence.PROC: "/proc shows only its own processes",
    Defence.NETWORK: "reaches no network, not even this machine's",
    Defence.CALLS: "seccomp: no mounts, tracing, keyrings, bpf, namespaces, io_uring, sockets",
    Defence.LANDLOCK: "Landlock: the file rules hold once more, by another part of the kernel",
    Defence.RIGHTS: "no capabilities, and no way to get one back",
    Defence.LIMITS: "bounds on memory, file size, open files, processes; no core dumps",
    Defence.MEMORY: "what all its processes take together is watched and bounded",
    Defence.CGROUP: "the kernel itself bounds memory and processes together",
    Defence.ENVIRONMENT: "no variables of yours, no standard input",
}

#: Without these an isolation is not used; the others make it stronger where they can be had.
NEEDED: dict[Isolation, frozenset[Defence]] = {
    Isolation.BUBBLEWRAP: frozenset(Defence) - {Defence.CALLS, Defence.LANDLOCK, Defence.CGROUP},
    Isolation.SHARED: frozenset(Defence) - {Defence.CGROUP},
    Isolation.LANDLOCK: frozenset(Defence) - {Defence.CGROUP},
    Isolation.PROCESS: frozenset(),
}
