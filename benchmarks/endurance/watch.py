"""Follows a grader from its start to its end: samples what it holds, kills its warm process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.endurance import machine
from benchmarks.endurance.attempts import Attempts
from benchmarks.endurance.classroom import ROOT
from benchmarks.endurance.grading import LOG
from benchmarks.endurance.kills import Kills
from benchmarks.endurance.machine import Held, Left

LOOKING_SECONDS = 0.1
SAMPLING_SECONDS = 1.0
STOPPING_SECONDS = 40.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """The grader and its warm process when *done* submissions were graded."""

    done: int
    grader: Held
    warm: Held | None
    processes: int


@dataclass(kw_only=True)
class Followed:
    """What was seen of one run of the grader."""

    kills: Kills
    attempts: Attempts
    seconds: float = 0.0
    status: int = 0
    samples: list[Sample] = field(default_factory=list)
    workers: set[int] = field(default_factory=set)
    left: Left | None = None


def grade(course: Path, handed_in: Path, out: Path, jobs: int, kills: Kills | None = None) -> Followed:
    """Grade *handed_in* in a process of its own and follow it; nothing of it runs on after this."""
    temporary = out / "tmp"
    temporary.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.endurance.grading"]
    command += [*map(str, (course, handed_in, out)), str(jobs)]
    followed, began = Followed(kills=kills or Kills(), attempts=Attempts(out / LOG)), time.monotonic()
    with (out / "output.log").open("wb") as output:
        # A group of its own: an interrupt at the keyboard reaches it once, by way of this process.
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
        try:
            _follow(process.pid, lambda: process.poll() is None, followed)
        finally:
            _stop(process)
    followed.status, followed.seconds = process.returncode, time.monotonic() - began
    followed.left = machine.left_by(process.pid, temporary)
    followed.attempts.look()
    return followed


def _follow(grader: int, runs: Callable[[], bool], followed: Followed) -> None:
    due = 0.0
    while runs():
        followed.attempts.look()
        known, done = machine.everyone(), followed.attempts.done
        warm = machine.warm_process(grader, known)
        # Before, there are short ones that find out what the wall holds.
        if warm is not None and done:
            followed.workers.add(warm)
            busy = bool(machine.below(warm, known))
            followed.kills.consider(warm, followed.attempts, busy=busy)
        # Not while it begins or ends.
        if time.monotonic() >= due and done and followed.attempts.under_way:
            due = time.monotonic() + SAMPLING_SECONDS
            _sample(grader, warm, len(machine.below(grader, known)), followed)
        time.sleep(LOOKING_SECONDS)


def _sample(grader: int, warm: int | None, processes: int, followed: Followed) -> None:
    own = machine.held(grader)
    if own is not None:
        theirs = None if warm is None else machine.held(warm)
        done = followed.attempts.done
        followed.samples.append(Sample(done=done, grader=own, warm=theirs, processes=processes))


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the grader as an interrupt at the keyboard would; if it does not, the hard way."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
