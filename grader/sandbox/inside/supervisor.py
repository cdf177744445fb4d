"""Between the zygote and one fork: makes the fork, bounds its output, and tells how it ended.

The fork is the first process of its own PID namespace, so that whatever it started dies with it. It
cannot see its supervisor, and does not hold the status line. When the grader hangs up, the fork dies.
"""

import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, NoReturn

from grader.sandbox.channel import Channel
from grader.sandbox.defences import Defence
from grader.sandbox.inside import isolation, sweep, watch
from grader.sandbox.inside.confine import FILE_MIB, PROCESSES, confine, has_own_namespaces, is_on

TAIL_BYTES = 4096
DYING_SECONDS = 2.0
#: How often the supervisor looks at what its fork takes.
LOOKING_SECONDS = 0.2
SERVERS = {"student": "observe", "referee": "referee", "inspector": "inspection"}
Request = dict[str, Any]


def run(request: Request, conversation: int, status: int) -> NoReturn:
    """Fork, serve *request* in the fork, report its end over *status*, and exit."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        line = socket.socket(fileno=status)
        try:
            code = _supervise(request, conversation, line)
        except Exception as error:  # noqa: BLE001 - whatever it was, the grader has to hear of it
            _report(line, {"error": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(code)


def _supervise(request: Request, conversation: int, line: socket.socket) -> int:
    isolation.die_with_parent()
    if request["announced"]:
        _announce(line)
    own_namespaces, folder = has_own_namespaces(request), request["folder"]
    if own_namespaces:
        isolation.enter_namespaces()
    else:
        sweep.adopt_orphans()
        folder = tempfile.mkdtemp(dir=folder)
    most = watch.bounds(PROCESSES, request["memory_mib"], FILE_MIB, "" if own_namespaces else folder)
    reader, writer = os.pipe()
    ready_reader, ready_writer = os.pipe()
    child = os.fork()
    if child == 0:
        line.close()
        os.close(reader)
        os.close(ready_reader)
        _become_fork(request, folder, conversation, writer, ready_writer)
    os.close(writer)
    os.close(ready_writer)
    os.close(conversation)
    # Not before the fork is confined does /proc show what is its own.
    failed = _read(ready_reader)
    tail, over = _watch(child, reader, line, lambda: _excess(request, most))
    killed, wait_status = _bring_to_an_end(child, line, own_namespaces=own_namespaces, at_once=bool(over))
    left = "" if own_namespaces else _clean(folder)
    line.setblocking(True)
    ending = {**_ending(wait_status), "killed": killed, "output": tail, "failed": failed}
    _report(line, {**ending, "over": over, "left": left})
    return 0


def _announce(line: socket.socket) -> None:
    """Show the grader which process this is, and wait until it is in its control group: unix(7)."""
    line.sendall(b"?")
    line.recv(1)


def _excess(request: Request, most: watch.Bounds) -> str:
    if not is_on(request, Defence.MEMORY):
        return ""
    # The first fork of a PID namespace has mounted a /proc that shows its own processes only.
    return watch.excess(most, watch.everyone() if has_own_namespaces(request) else watch.below(os.getpid()))


def _clean(folder: str) -> str:
    """End and remove what the fork left where others would find it; return what could not be."""
    gone = {"processes": sweep.end_descendants(), "files": sweep.remove(folder)}
    return ", ".join(name for name, is_gone in gone.items() if not is_gone)


def _watch(child: int, output: int, line: socket.socket, excess: Callable[[], str]) -> tuple[str, str]:
    """Drain *output* until the child ends, takes too much, or the grader hangs up.

    Returns the end of what was written, and what there was too much of.
    """
    ended = os.pidfd_open(child) if hasattr(os, "pidfd_open") else -1
    poll = select.poll()
    for descriptor in (ended, output, line.fileno()):
        if descriptor >= 0:
            poll.register(descriptor, select.POLLIN | select.POLLHUP)
    tail, over, look = b"", "", _now_and_then(excess)
    while not over:
        ready = {descriptor for descriptor, _event in poll.poll(LOOKING_SECONDS * 1000)}
        if output in ready:
            piece = os.read(output, 65536)
            tail = (tail + piece)[-TAIL_BYTES:]
            if not piece:
                poll.unregister(output)
                # The end of the output is the only sign of the end where there is no pidfd.
                ready = ready - {output} | ({ended} if ended < 0 else set())
        if line.fileno() in ready or (ended in ready and output not in ready):
            break
        over = look()
    return tail.decode("utf-8", "replace"), over


def _now_and_then(look: Callable[[], str]) -> Callable[[], str]:
    """Return a function that looks when ``LOOKING_SECONDS`` have passed since it did last."""
    due = time.monotonic() + LOOKING_SECONDS

    def looked() -> str:
        nonlocal due
        if time.monotonic() < due:
            return ""
        found, due = look(), time.monotonic() + LOOKING_SECONDS
        return found

    return looked


def _bring_to_an_end(
    child: int, line: socket.socket, *, own_namespaces: bool, at_once: bool
) -> tuple[bool, int]:
    """Return whether *child* had to be killed, and its wait status.

    The grader asks to wait when the fork's end of the conversation closed first.
    """
    line.setblocking(False)
    try:
        wait = not at_once and line.recv(1) == b"w"
        deadline = time.monotonic() + (DYING_SECONDS if wait else 0.0)
    except OSError:
        deadline = 0.0
    while True:
        ended, wait_status = _look_at(child)
        if ended or time.monotonic() >= deadline:
            break
        time.sleep(0.005)
    _kill(child, isolated=own_namespaces, buried=wait_status is not None)
    return not ended, os.waitpid(child, 0)[1] if wait_status is None else wait_status


def _look_at(child: int) -> tuple[bool, int | None]:
    """Whether *child* has ended, and its wait status where looking buries it: macOS before Python 3.13."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None, None
    pid, wait_status = os.waitpid(child, os.WNOHANG)
    return (True, wait_status) if pid else (False, None)


def _kill(child: int, *, isolated: bool, buried: bool) -> None:
    # Without a PID namespace the process group is the best there is, which a submission can leave.
    for victim in (*(() if isolated else (-child,)), *(() if buried else (child,))):
        try:
            os.kill(victim, signal.SIGKILL)
        except OSError:
            continue


def _ending(wait_status: int) -> dict[str, Any]:
    if os.WIFSIGNALED(wait_status):
        return {"signal": os.WTERMSIG(wait_status)}
    return {"exit": os.WEXITSTATUS(wait_status)}


def _report(line: socket.socket, ending: dict[str, Any]) -> None:
    try:
        line.sendall(json.dumps(ending).encode() + b"\n")
    except OSError:
        # The grader hung up first; it knows why.
        return


def _read(descriptor: int) -> str:
    with os.fdopen(descriptor) as file:
        return file.read(1000)


def _become_fork(request: Request, folder: str, conversation: int, output: int, ready: int) -> NoReturn:
    """Set the fork's limits and descriptors, then serve. Never returns."""
    try:
        confine(request, folder, output)
    except Exception as error:  # noqa: BLE001 - a fork without its limits is not used, whatever the reason
        os.write(ready, f"{type(error).__name__}: {error}".encode()[:1000])
        os._exit(1)
    os.close(ready)
    code = 0
    try:
        _serve(request["role"], Channel(socket.socket(fileno=conversation)))
    except BaseException:  # noqa: BLE001 - the supervisor needs the exit status, whatever happened
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        os._exit(code)


def _serve(role: str, channel: Channel) -> None:
    importlib.import_module(f"grader.sandbox.inside.{SERVERS[role]}").serve(channel)
