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


#: In few words, for a table.
MEANINGS: dict[Defence, str] = {
    Defence.FILES: "none of yours read, none outside its folders written",
    Defence.PROCESSES: "signals and traces only its own",
    Defence.PROC: "/proc shows only its own processes",
    Defence.NETWORK: "reaches none, not even this machine's",
    Defence.CALLS: "seccomp: no mounts, tracing, keyrings, bpf; only local sockets",
    Defence.LANDLOCK: "the file rules again, in another part of the kernel",
    Defence.RIGHTS: "no capabilities, no way to get any",
    Defence.LIMITS: "each process is bounded; no core dumps",
    Defence.MEMORY: "what all its processes take is watched",
    Defence.CGROUP: "the kernel bounds them together",
    Defence.ENVIRONMENT: "no variables of yours, no input",
}

#: What a submission may have at a time: processes, files and folders, and MiB in them.
MOST_PROCESSES, MOST_FILES, MOST_FILES_MIB = 64, 20_000, 256

#: How a referee exits when a question has taken its processor time; timeout(1) does so, too.
TIME_IS_UP = 124

#: Without these an isolation is not used; the others make it stronger where they can be had.
NEEDED: dict[Isolation, frozenset[Defence]] = {
    Isolation.BUBBLEWRAP: frozenset(Defence) - {Defence.CALLS, Defence.LANDLOCK, Defence.CGROUP},
    Isolation.SHARED: frozenset(Defence) - {Defence.CGROUP},
    Isolation.LANDLOCK: frozenset(Defence) - {Defence.CGROUP},
    Isolation.PROCESS: frozenset(),
}
