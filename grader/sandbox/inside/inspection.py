"""The inspector: a fork confined like a student's that tries each layer, and tells which held.

What is reported of a machine's isolation is measured here, not read from what was asked for.
"""

import ctypes
import os
import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.defences import Defence
from grader.sandbox.inside.isolation import CAPABILITY_VERSION_3, OWN_VARIABLES
from grader.sandbox.inside.kernel import LIBC

PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS, FILTERED = 21, 39, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Secrets:
    """What must be out of reach: a file of the grader's own, the names of its user's variables."""

    file: str
    variables: frozenset[str]


def serve(channel: Channel) -> None:
    """Answer one message, ``file`` and ``variables`` as in ``Secrets``: which layers held.

    Then wait to be ended: the supervisor has yet to see whether it can count what this process holds.
    """
    try:
        message = channel.receive()
        secrets = Secrets(file=message["file"], variables=frozenset(message["variables"]))
        channel.send({"held": held(secrets)})
        channel.receive()
    except ChannelClosed:
        return


def held(secrets: Secrets) -> list[str]:
    """Return the layers that held."""
    return [str(defence) for defence in PROBES if _holds(defence, secrets)]


def _holds(defence: Defence, secrets: Secrets) -> bool:
    try:
        return PROBES[defence](secrets)
    except (AttributeError, OSError):
        # What this system does not have cannot hold: macOS knows neither prctl(2) nor capget(2).
        return False


def _files(secrets: Secrets) -> bool:
    """Whether the grader's own file cannot be read, and nothing outside of the fork's folders be written."""
    places = ("/", "/usr", "/etc", "/dev", str(Path(secrets.file).parent))
    return not _opens(secrets.file, os.O_RDONLY) and not any(_makes_file_in(place) for place in places)


def _makes_file_in(folder: str) -> bool:
    path = f"{folder}/inspected-{os.getpid()}"
    if not _opens(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL):
        return False
    Path(path).unlink()
    return True


def _opens(path: str, flags: int) -> bool:
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError:
        return False
    return True


def _processes(_secrets: Secrets) -> bool:
    """Whether the process that forked this one is out of reach."""
    parent = os.getppid()
    if parent == 0:
        return True
    try:
        os.kill(parent, 0)
    except PermissionError:
        return True
    return False


def _proc(_secrets: Secrets) -> bool:
    try:
        seen = {path.name for path in Path("/proc").iterdir() if path.name.isdigit()}
    except OSError:
        return True
    return seen <= {str(os.getpid())}


def _network(_secrets: Secrets) -> bool:
    """Whether there is no way out, nor one to a service of this machine that listens on a path."""
    if any(_may_send_to(service) for service in _services()):
        return False
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError:
        return True
    return [name for _number, name in socket.if_nameindex()] == ["lo"]


def _services() -> list[str]:
    """Return the paths that others listen on, as far as they can be seen: the last column of proc_net(5)."""
    try:
        lines = Path("/proc/self/net/unix").read_text().splitlines()
    except OSError:
        return []
    return sorted({line.split()[-1] for line in lines if "/" in line})


def _may_send_to(service: str) -> bool:
    """Whether a message could be sent to *service*, which is told nothing: the same to nobody is tried."""
    return os.access(service, os.W_OK) and any(map(_is_sent, (socket.SOCK_DGRAM, socket.SOCK_STREAM)))


def _is_sent(kind: socket.SocketKind) -> bool:
    nobody = f"nobody-{os.getpid()}"
    try:
        with socket.socket(socket.AF_UNIX, kind) as one:
            if kind is socket.SOCK_DGRAM:
                # It needs no connection.
                one.sendto(b"", nobody)
            else:
                one.connect(nobody)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _calls(_secrets: Secrets) -> bool:
    return bool(LIBC.prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == FILTERED) and _is_refused("unshare", 0)


def _is_refused(name: str, *arguments: int) -> bool:
    return bool(getattr(LIBC, name)(*arguments) != 0)


def _landlock(_secrets: Secrets) -> bool:
    """Whether a file that its owner may write, here the process's own name, is refused all the same."""
    return not _opens("/proc/self/comm", os.O_WRONLY)


def _rights(_secrets: Secrets) -> bool:
    header, sets = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    LIBC.capget(header, sets)
    return not any(sets) and LIBC.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1


def _limits(_secrets: Secrets) -> bool:
    names = ("DATA", "FSIZE", "CPU", "NOFILE", "NPROC")
    soft = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in names]
    return resource.RLIM_INFINITY not in soft and resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def _environment(secrets: Secrets) -> bool:
    given = set(os.environ) - OWN_VARIABLES
    return not secrets.variables & given and os.read(0, 1) == b""


PROBES: dict[Defence, Callable[[Secrets], bool]] = {
    Defence.FILES: _files,
    Defence.PROCESSES: _processes,
    Defence.PROC: _proc,
    Defence.NETWORK: _network,
    Defence.CALLS: _calls,
    Defence.LANDLOCK: _landlock,
    Defence.RIGHTS: _rights,
    Defence.LIMITS: _limits,
    Defence.ENVIRONMENT: _environment,
}
