"""Between the zygote and one fork: makes the fork, bounds its output, and tells how it ended.

The fork is the first process of its own PID namespace, so that whatever it started dies with it. It
cannot see its supervisor, and does not hold the status line. When the grader hangs up, the fork dies.
"""

import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from grader.sandbox.channel import Channel
from grader.sandbox.inside import isolation

TAIL_BYTES = 4096
DYING_SECONDS = 2.0
FILE_MIB = 256
PROCESSES = 64


def run(request: dict[str, Any], conversation: int, status: int) -> NoReturn:
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


def _supervise(request: dict[str, Any], conversation: int, line: socket.socket) -> int:
    isolation.die_with_parent()
    if request["isolated"]:
        isolation.enter_namespaces()
    reader, writer = os.pipe()
    ready_reader, ready_writer = os.pipe()
    child = os.fork()
    if child == 0:
        line.close()
        os.close(reader)
        os.close(ready_reader)
        _become_fork(request, conversation, writer, ready_writer)
    os.close(writer)
    os.close(ready_writer)
    os.close(conversation)
    tail = _watch(child, reader, line)
    killed, wait_status = _bring_to_an_end(child, line, isolated=request["isolated"])
    line.setblocking(True)
    _report(line, {**_ending(wait_status), "killed": killed, "output": tail, "failed": _read(ready_reader)})
    return 0


def _watch(child: int, output: int, line: socket.socket) -> str:
    """Drain *output* until the child ends or the grader hangs up; return the end of what was written."""
    ended = os.pidfd_open(child) if hasattr(os, "pidfd_open") else -1
    poll = select.poll()
    for descriptor in (ended, output, line.fileno()):
        if descriptor >= 0:
            poll.register(descriptor, select.POLLIN | select.POLLHUP)
    tail = b""
    while True:
        ready = {descriptor for descriptor, _event in poll.poll()}
        if output in ready:
            piece = os.read(output, 65536)
            tail = (tail + piece)[-TAIL_BYTES:]
            if not piece:
                # Also the only sign of the end where there is no pidfd.
                poll.unregister(output)
                if ended < 0:
                    break
                continue
        if line.fileno() in ready or (ended in ready and output not in ready):
            break
    return tail.decode("utf-8", "replace")


def _bring_to_an_end(child: int, line: socket.socket, *, isolated: bool) -> tuple[bool, int]:
    """Return whether *child* had to be killed, and its wait status.

    The grader asks to wait when the fork's end of the conversation closed first.
    """
    line.setblocking(False)
    try:
        deadline = time.monotonic() + (DYING_SECONDS if line.recv(1) == b"w" else 0.0)
    except OSError:
        deadline = 0.0
    while True:
        ended, wait_status = _look_at(child)
        if ended or time.monotonic() >= deadline:
            break
        time.sleep(0.005)
    _kill(child, isolated=isolated, buried=wait_status is not None)
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


def _become_fork(request: dict[str, Any], conversation: int, output: int, ready: int) -> NoReturn:
    """Set the fork's limits and descriptors, then serve. Never returns."""
    try:
        _confine(request, output)
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


def _confine(request: dict[str, Any], output: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)
    isolation.die_with_parent()
    if request["isolated"]:
        isolation.mount_private(FILE_MIB)
    # A session of its own: the kernel's autogroups then share the processor between submissions, not
    # between processes, so that a fork bomb does not use up an honest neighbour's time.
    os.setsid()
    os.chdir(request["folder"])
    _link_datasets(request["datasets"])
    isolation.limit_resources(request["memory_mib"], FILE_MIB)
    if request["isolated"]:
        isolation.limit_processes(PROCESSES)
        isolation.drop_privileges()


def _link_datasets(datasets: str) -> None:
    if datasets and not os.path.lexists("datasets"):
        Path("datasets").symlink_to(datasets)


def _serve(role: str, channel: Channel) -> None:
    if role == "student":
        from grader.sandbox.inside.observe import serve
    else:
        from grader.sandbox.inside.referee import serve
    serve(channel)
