"""Runs a command and says what it cost: wall-clock time, processor time, and memory of its whole tree."""

import math
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.1
KILOBYTE = 1024
MEGABYTE = 1e6
JOIN = 'echo $$ > "$0" && exec "$@"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one run cost.

    ``cpu`` is user and system time of all its processes, from a control group; not a number where none
    can be made. Nothing else counts fairly: the processes of a sandbox die with their namespace, and
    leave their times to nobody, so that waiting for them or sampling them would flatter a sandbox.
    """

    wall: float
    cpu: float
    megabytes: float = 0.0


class RunFailed(Exception):
    """A measured command did not succeed; its output is the message."""


def measure(command: Sequence[str], *, env: Mapping[str, str], folder: Path, memory: bool = False) -> Cost:
    """Run *command* in *folder*. With *memory*, its tree's memory is sampled, which takes time itself."""
    log, peak = folder / "output.log", 0.0
    with log.open("wb") as output, _control_group() as group:
        join = ["/bin/sh", "-c", JOIN, str(group / "cgroup.procs")] if group else []
        started = time.perf_counter()
        process = subprocess.Popen(
            [*join, *command], env=dict(env), cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        while memory and process.poll() is None:
            peak = max(peak, sum(map(_memory_of, _tree(process.pid))))
            time.sleep(SAMPLE_SECONDS)
        code = process.wait()
        wall, cpu = time.perf_counter() - started, _cpu_seconds(group)
    if code:
        raise RunFailed(f"{' '.join(command)} ended with {code}:\n{log.read_text(errors='replace')[-3000:]}")
    return Cost(wall=wall, cpu=cpu, megabytes=peak / MEGABYTE)


@contextmanager
def _control_group() -> Iterator[Path | None]:
    """Make a control group of either version for one run, where this user may."""
    mount = Path("/sys/fs/cgroup")
    unified = (mount / "cgroup.controllers").exists()
    group = (mount if unified else mount / "cpuacct") / f"keras-grader-peers-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    try:
        yield group
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Remove *group* when the last process of a killed sandbox has left it."""
    for _ in range(50):
        try:
            group.rmdir()
        except OSError:
            time.sleep(SAMPLE_SECONDS)
        else:
            return


def _cpu_seconds(group: Path | None) -> float:
    if group is None:
        return math.nan
    if (group / "cpuacct.usage").exists():
        return int((group / "cpuacct.usage").read_text()) / 1e9
    usage = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(usage["usage_usec"]) / 1e6


def _tree(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            children.setdefault(_parent(entry), []).append(int(entry.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _memory_of(pid: int) -> int:
    """Return the proportional share of memory of *pid* in bytes, or its resident size if that is hidden."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * KILOBYTE
    except OSError:
        pass
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
