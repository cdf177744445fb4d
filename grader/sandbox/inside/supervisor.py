"""Between the zygote and one fork: makes the fork, bounds its output, and tells how it ended.

The fork does not hold the status line. When the grader hangs up, or the zygote is gone, the fork dies with
all that it started: as the first process of a PID namespace of its own, or by its supervisor's sweep.
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
from grader.sandbox.defences import MOST_FILES, MOST_FILES_MIB, MOST_PROCESSES, Defence
from grader.sandbox.inside import ending, isolation, sweep, watch
from grader.sandbox.inside.confine import confine, has_own_namespaces, is_on, is_walled

TAIL_BYTES = 4096
#: How often the supervisor looks at what its fork takes, and at what it wrote.
LOOKING_SECONDS, DISK_SECONDS = 0.2, 2.0
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
    worker, folder = os.getppid(), ""
    if is_walled(request):
        # Elsewhere nothing would sweep after a supervisor that died at once.
        isolation.die_with_parent()
    if request["announced"]:
        _announce(line)
    if has_own_namespaces(request):
        isolation.enter_namespaces()
    else:
        sweep.adopt_orphans()
        folder = tempfile.mkdtemp(dir=request["folder"])
    try:
        how = _attend(request, folder, conversation, line, worker)
    finally:
        left = sweep.clean(folder) if folder else ""
    line.setblocking(True)
    _report(line, {**how, "left": left})
    if left:
        # The grader knows, and asks this worker for no more forks; but those of others still run here.
        sweep.clean(folder, sweep.LASTING_SECONDS)
    return 0


def _attend(
    request: Request, folder: str, conversation: int, line: socket.socket, worker: int
) -> dict[str, Any]:
    """Make the fork and see it through to its end; return how that was."""
    look = _looking(request, folder)
    child, output, failed = _begin(request, folder or request["folder"], conversation, line)
    isolated = has_own_namespaces(request)
    try:
        counted = _is_counted(request, child)
        tail, over = _watch(child, output, line, worker, look)
    except BaseException:
        ending.kill(child, isolated=isolated, buried=False)
        raise
    killed, wait_status = ending.bring_to_an_end(child, line, own_namespaces=isolated, at_once=bool(over))
    how = {**ending.told(wait_status), "killed": killed, "output": tail, "failed": failed}
    return {**how, "over": over, "counted": counted}


def _begin(request: Request, folder: str, conversation: int, line: socket.socket) -> tuple[int, int, str]:
    """Return a confined fork, where to read its output, and why it could not be confined, if so."""
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
    return child, reader, _read(ready_reader)


def _announce(line: socket.socket) -> None:
    """Show the grader which process this is, and wait until it is in its control group: unix(7)."""
    line.sendall(b"?")
    line.recv(1)


def _looking(request: Request, folder: str) -> Callable[[], str]:
    """Return a function that tells, as of its last look, what the fork takes too much of."""
    if not is_on(request, Defence.MEMORY):
        return str
    most = watch.bounds(MOST_PROCESSES, request["memory_mib"], MOST_FILES_MIB, MOST_FILES)
    taken = _now_and_then(LOOKING_SECONDS, lambda: watch.excess(most, _processes(request)))
    if not folder:
        return taken
    written = _now_and_then(DISK_SECONDS, lambda: watch.excess_on_disk(most, folder))
    return lambda: taken() or written()


def _processes(request: Request) -> list[int]:
    """Return the fork's processes: the first of a PID namespace has mounted a /proc that shows no others."""
    return watch.everyone() if has_own_namespaces(request) else watch.below(os.getpid())


def _is_counted(request: Request, child: int) -> bool:
    """Whether the fork is among the processes that are looked at, and what it takes can be told."""
    shown = 1 if has_own_namespaces(request) else child
    return shown in _processes(request) and watch.memory_of(shown) > 0


def _watch(
    child: int, output: int, line: socket.socket, worker: int, look: Callable[[], str]
) -> tuple[str, str]:
    """Drain *output* until the child ends, takes too much, or there is no grader or *worker* any more.

    Returns the end of what was written, and what there was too much of.
    """
    ended = _descriptor_of(child)
    poll = select.poll()
    for descriptor in (ended, output, line.fileno()):
        if descriptor >= 0:
            poll.register(descriptor, select.POLLIN | select.POLLHUP)
    tail, over = b"", ""
    while not over and os.getppid() == worker:
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


def _descriptor_of(child: int) -> int:
    """Return a descriptor that tells when *child* ends; -1 where Python has none, or Linux before 5.3."""
    try:
        return os.pidfd_open(child)
    except (AttributeError, OSError):
        return -1


def _now_and_then(seconds: float, look: Callable[[], str]) -> Callable[[], str]:
    """Return a function that looks when *seconds* have passed since it did last."""
    due = time.monotonic() + seconds

    def looked() -> str:
        nonlocal due
        if time.monotonic() < due:
            return ""
        found, due = look(), time.monotonic() + seconds
        return found

    return looked


def _report(line: socket.socket, how: dict[str, Any]) -> None:
    try:
        line.sendall(json.dumps(how).encode() + b"\n")
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
