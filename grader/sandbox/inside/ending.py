"""How a fork ends: by itself, in the time that it is given for that, or killed."""

import os
import signal
import socket
import time

DYING_SECONDS = 2.0


def bring_to_an_end(
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
    kill(child, isolated=own_namespaces, buried=wait_status is not None)
    return not ended, os.waitpid(child, 0)[1] if wait_status is None else wait_status


def _look_at(child: int) -> tuple[bool, int | None]:
    """Whether *child* has ended, and its wait status where looking buries it: macOS before Python 3.13."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None, None
    pid, wait_status = os.waitpid(child, os.WNOHANG)
    return (True, wait_status) if pid else (False, None)


def kill(child: int, *, isolated: bool, buried: bool) -> None:
    """Kill *child*, unless it is *buried*, and its group, unless it is *isolated* by a namespace."""
    # A submission can leave its group; what did is swept afterwards.
    for victim in (*(() if isolated else (-child,)), *(() if buried else (child,))):
        try:
            os.kill(victim, signal.SIGKILL)
        except OSError:
            continue


def told(wait_status: int) -> dict[str, int]:
    """Return *wait_status* as the grader is told of it: ``exit`` or ``signal``."""
    if os.WIFSIGNALED(wait_status):
        return {"signal": os.WTERMSIG(wait_status)}
    return {"exit": os.WEXITSTATUS(wait_status)}
