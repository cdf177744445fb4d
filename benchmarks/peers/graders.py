"""The three graders under measurement: how each prepares its class, grades it, and what points it gave."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from measure import Cost, RunFailed, measure
from notebooks import (
    HERE,
    QUESTIONS,
    expected_points,
    nbgrader_source,
    nbgrader_submission,
    plain,
    student_name,
)

ROOT = HERE.parent.parent
PEERS = ROOT / ".venv-peers"
# TensorFlow's start-up messages go to stderr, and nbgrader gives no points to a cell that writes there.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}


class WrongPoints(Exception):
    """A grader gave other points than the questions are worth: its time would mean nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Class:
    """A folder with a class of *students* notebooks, made ready for one grader."""

    folder: Path
    students: int

    def fresh(self, name: str) -> Path:
        """Return an empty folder *name*."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def ours(room: Class, *, memory: bool = False) -> Cost:
    """Grade the class with this project, one submission at a time."""
    handed_in, results = room.fresh("handed-in"), room.fresh("results")
    for number in range(room.students):
        nbformat.write(plain(number), handed_in / f"{student_name(number)}.ipynb")
    command = [
        *(str(Path(sys.executable).parent / "grader"), "grade", str(handed_in), "--assignment", "peers"),
        *("--exercises", str(HERE / "exercises"), "--solutions", str(HERE / "solutions"), "--jobs", "1"),
        *("--gradebook", str(results / "gradebook.db"), "--record", str(results / "record.json")),
        *("--csv", str(results / "grades.csv"), "--isolation", "auto"),
    ]
    cost = measure(command, env={**os.environ, **QUIET}, folder=room.folder, memory=memory)
    hold("keras-grader", _our_points(results / "grades.csv"), room.students)
    return cost


def nbgrader(room: Class, *, memory: bool = False) -> Cost:
    """Grade the class with ``nbgrader autograde``."""
    course = room.fresh("course")
    env = _peer_env(room)
    source = course / "source" / "peers"
    source.mkdir(parents=True)
    nbformat.write(nbgrader_source(), source / "peers.ipynb")
    make = [
        str(PEERS / "bin" / "nbgrader"),
        "generate_assignment",
        "peers",
        "--create",
        f"--course-dir={course}",
    ]
    measure(make, env=env, folder=room.folder)
    released = nbformat.read(course / "release" / "peers" / "peers.ipynb", as_version=4)
    for number in range(room.students):
        folder = course / "submitted" / student_name(number) / "peers"
        folder.mkdir(parents=True)
        nbformat.write(nbgrader_submission(released, number), folder / "peers.ipynb")
    grade = [str(PEERS / "bin" / "nbgrader"), "autograde", "peers", f"--course-dir={course}"]
    cost = measure(grade, env=env, folder=room.folder, memory=memory)
    table, kept = course / "grades.csv", f"sqlite:///{course / 'gradebook.db'}"
    export = [str(PEERS / "bin" / "nbgrader"), "export", "--db", kept, "--to", str(table)]
    measure(export, env=env, folder=room.folder)
    rows = csv.DictReader(table.read_text().splitlines())
    hold("nbgrader", {row["student_id"]: float(row["score"]) for row in rows}, room.students)
    return cost


def otter(room: Class, *, memory: bool = False) -> Cost:
    """Grade the class with ``otter run``, a process for each submission, as it is used without Docker."""
    env, folder = _peer_env(room), room.fresh("work")
    program, archive = str(PEERS / "bin" / "otter"), folder / "autograder.zip"
    tests = ["-t", str(HERE / "otter" / "tests"), "-o", str(archive)]
    bare = ["--no-config", "--no-requirements", "--no-environment"]
    measure([program, "generate", *tests, *bare], env=env, folder=folder)
    costs, points = [], {}
    for number in range(room.students):
        name = student_name(number)
        nbformat.write(plain(number), folder / f"{name}.ipynb")
        command = [program, "run", "-a", str(archive), "-o", str(folder / name), "--no-logo", f"{name}.ipynb"]
        (folder / name).mkdir()
        costs.append(measure(command, env=env, folder=folder, memory=memory))
        results = json.loads((folder / name / "results.json").read_text())
        points[name] = sum(test["score"] for test in results["tests"] if "score" in test)
    hold("otter-grader", points, room.students)
    return Cost(
        wall=sum(cost.wall for cost in costs),
        cpu=sum(cost.cpu for cost in costs),
        megabytes=max(cost.megabytes for cost in costs),
    )


def hold(grader: str, points: Mapping[str, float], students: int) -> None:
    """Raise ``WrongPoints`` unless every student got what their answers are worth."""
    expected = {student_name(number): float(expected_points(number)) for number in range(students)}
    if dict(points) != expected:
        raise WrongPoints(f"{grader} gave {dict(points)}, expected {expected}")


def _our_points(table: Path) -> dict[str, float]:
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    return {row["student"]: sum(float(row[exercise]) for exercise in QUESTIONS.values()) for row in rows}


def _peer_env(room: Class) -> dict[str, str]:
    """Return an environment in which nobody's own Jupyter settings are read."""
    home = room.folder / "jupyter"
    home.mkdir(parents=True, exist_ok=True)
    own = {
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTER_DATA_DIR": str(home),
        "IPYTHONDIR": str(home / "ipython"),
    }
    path = f"{PEERS / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, **QUIET, **own, "PATH": path, "VIRTUAL_ENV": str(PEERS)}


def install_peers() -> None:
    """Make the peers' environment unless it is there and newer than its requirements."""
    stamp, requirements = PEERS / ".stamp", HERE / "requirements.txt"
    if stamp.exists() and stamp.stat().st_mtime >= requirements.stat().st_mtime:
        return
    print("Installing nbgrader and otter-grader into .venv-peers/: two minutes or so.", flush=True)
    python = str(PEERS / "bin" / "python")
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(PEERS)],
        [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", str(requirements)],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RunFailed(f"{' '.join(command)}:\n{done.stderr[-3000:]}")
    stamp.touch()
