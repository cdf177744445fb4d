"""Times our six-arm check against six calls of ``model.fit``, and prints the table.

Each side has a process of its own; within a round they take turns. The same data, recipe and seeds: three
seeds, inputs raw and scaled. ``fit`` runs with TensorFlow's own number of threads and with one; ours has one.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.training.courses import COURSES, ROOT
from benchmarks.training.ours import Figures, measure
from benchmarks.training.table import lines_of
from grader.sandbox.defences import Isolation
from grader.sandbox.worker import Worker

README = ROOT / "benchmarks" / "README.md"
BEGIN, END = "<!-- training: begin -->", "<!-- training: end -->"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
Rounds = dict[str, list[Figures]]


def main() -> None:
    """Measure every round, print, write."""
    options = _options()
    load = os.getloadavg()[0]
    configs = _run("benchmarks.training.models")
    measured: dict[str, Rounds] = {name: {} for name in options.courses}
    with Worker(Isolation.BUBBLEWRAP, ROOT / "datasets") as worker:
        for number in range(1, options.rounds + 1):
            for name, rounds in measured.items():
                for side, figures in _round(name, configs[name], worker).items():
                    rounds.setdefault(side, []).append(figures)
                    print(f"round {number}: {name}, {side}: {figures['wall']:.2f} s", file=sys.stderr)
    report = "\n".join(lines_of(measured, load))
    print(report)
    if options.write:
        _write(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each side (5)")
    parser.add_argument("--courses", nargs="+", choices=COURSES, default=list(COURSES), metavar="COURSE")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave the page alone")
    return parser.parse_args()


def _round(name: str, config: Mapping[str, Any], worker: Worker) -> dict[str, Figures]:
    return {
        "fit": _run("benchmarks.training.fits", name, "0"),
        **measure(COURSES[name], config, worker),
        "fit, one thread": _run("benchmarks.training.fits", name, "1"),
    }


def _run(module: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout)


def _write(report: str) -> None:
    """Put the table between the markers of the page on benchmarks."""
    page = README.read_text()
    head, found, rest = page.partition(BEGIN)
    if not found:
        raise SystemExit(f"{README.name} has no {BEGIN}")
    README.write_text(f"{head}{BEGIN}\n{report}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
