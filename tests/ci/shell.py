"""Runs the very shell text of the CI files in docs/ci, in a folder laid out as the CI lays it out."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
INSTALLS = re.compile(r"apt-get|pip install")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

#: A runner's image may set it so: an empty entry is the current folder.
ACCIDENT = {"PYTHONPATH": ":/nowhere"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a job ended: its status, and all that stands in its log."""

    status: int
    log: str
    steps: tuple[str, ...]


def load(name: str) -> dict[str, Any]:
    """Return the CI file called *name*."""
    loaded: dict[str, Any] = yaml.safe_load((CI / name).read_text(encoding="utf-8"))
    return loaded


def run_github(
    workflow: Mapping[str, Any], workspace: Path, variables: Mapping[str, str], table: Mapping[str, str]
) -> Ended:
    """Run the steps of *workflow* that neither use an action nor install something, until one fails."""
    job = workflow["jobs"]["grade"]
    given = {**base(), **ACCIDENT, **variables, **workflow["env"]}
    log, done = "", []
    for step in _own_steps(job["steps"]):
        own = {name: _filled(value, table) for name, value in step.get("env", {}).items()}
        ended = _bash(step["run"], workspace, {**given, **own})
        log, done = log + ended.stdout + ended.stderr, [*done, step["name"]]
        if ended.returncode:
            return Ended(status=ended.returncode, log=log, steps=tuple(done))
    return Ended(status=0, log=log, steps=tuple(done))


def run_gitlab(project: Path, variables: Mapping[str, str]) -> Ended:
    """Run what the job's shell would run, but for what installs something."""
    whole = load("gitlab-ci.yml")
    lines = [line for key in ("before_script", "script") for line in whole["grade"][key]]
    kept = [line for line in lines if not INSTALLS.search(line)]
    given = {**base(), **ACCIDENT, **whole["variables"], **variables}
    given |= {"CI_PROJECT_DIR": str(project), "GITLAB_CI": "true"}
    ended = _bash("\n".join(kept), project, given)
    return Ended(status=ended.returncode, log=ended.stdout + ended.stderr, steps=tuple(kept))


def base() -> dict[str, str]:
    """Return the variables of a machine with the grader installed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": "/nonexistent", "LANG": "C.UTF-8", "TOKEN_OF_THE_JOB": "CANARY-TOKEN"}


def _own_steps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (step for step in steps if "run" in step and not INSTALLS.search(step["run"]))


def _filled(value: str, table: Mapping[str, str]) -> str:
    return EXPRESSION.sub(lambda found: table[found[1]], value)


def _bash(script: str, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=dict(variables),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
    )
