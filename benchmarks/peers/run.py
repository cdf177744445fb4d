"""Grades the same notebooks with this project, nbgrader and otter-grader, and compares what that costs.

The graders take turns, several rounds, so that a busy moment of the machine falls on all of them. Every
run's points are held against what the answers are worth. The table goes to the screen and into
``benchmarks/README.md``. Ratios, not assertions: another machine has other figures.
"""

import argparse
import math
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from graders import PEERS, ROOT, Class, install_peers, nbgrader, otter, ours
from measure import Cost

README = ROOT / "benchmarks" / "README.md"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
METHOD = """\
Medians of {rounds} rounds, the graders taking turns, one notebook at a time (ours with `--jobs 1`); in
brackets the fastest and slowest round. CPU seconds are user and system time of all processes, from a
control group (root may make one): what a core is kept busy for, and little disturbed by other work on the
machine. Peak memory is the process tree's proportional share (PSS), in a run of its own. Every run's points
were checked; one notebook in four has a mistake that hidden tests find. TensorFlow is imported once a class
here and once a notebook by the peers. Where a bracket is wide, other work shared the machine.
"""
Grade = Callable[..., Cost]


def main() -> None:
    """Measure, print, write."""
    options = _options()
    install_peers()
    load = os.getloadavg()[0]
    sizes = {
        "ours": options.ours,
        "ours, twice": 2 * options.ours,
        "nbgrader": options.nbgrader,
        "otter": options.otter,
    }
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103, PTH101 - a sandbox that drops its user must read the class
        rounds = [_round(Path(folder), sizes) for _ in _counted(options.rounds)]
        print("memory", flush=True)
        memory = {
            "ours": _run(Path(folder), ours, 8, memory=True).megabytes,
            "nbgrader": _run(Path(folder), nbgrader, 2, memory=True).megabytes,
            "otter": _run(Path(folder), otter, 2, memory=True).megabytes,
        }
    report = "\n".join([*_table(rounds, memory, sizes), "", *_circumstances(options.rounds, load)])
    print(f"\n{report}")
    if options.write:
        _write(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often the graders take turns (3)")
    parser.add_argument(
        "--ours", type=int, default=40, help="notebooks for this project (40; a second run has twice as many)"
    )
    parser.add_argument("--nbgrader", type=int, default=6, help="notebooks for nbgrader (6)")
    parser.add_argument("--otter", type=int, default=4, help="notebooks for otter-grader (4)")
    parser.add_argument(
        "--no-write", dest="write", action="store_false", help="leave benchmarks/README.md alone"
    )
    return parser.parse_args()


def _counted(rounds: int) -> Sequence[int]:
    return range(1, rounds + 1)


def _round(folder: Path, sizes: dict[str, int]) -> dict[str, Cost]:
    graders: dict[str, Grade] = {"ours": ours, "ours, twice": ours, "nbgrader": nbgrader, "otter": otter}
    costs = {}
    for name, size in sizes.items():
        costs[name] = _run(folder, graders[name], size)
        print(
            f"{name:12} {size:3} notebooks {costs[name].wall:7.1f} s, CPU {costs[name].cpu:7.1f} s",
            flush=True,
        )
    return costs


def _run(folder: Path, grade: Grade, students: int, *, memory: bool = False) -> Cost:
    own = Path(tempfile.mkdtemp(dir=folder))
    own.chmod(0o755)
    cost = grade(Class(folder=own, students=students), memory=memory)
    shutil.rmtree(own)
    return cost


def _table(rounds: Sequence[dict[str, Cost]], memory: dict[str, float], sizes: dict[str, int]) -> list[str]:
    """Return the table's lines: medians over *rounds*, the range of the wall-clock times in brackets."""
    n = sizes["ours"]
    rows = {
        f"keras-grader, a class of {n}, start-up included": (
            "ours",
            [_each(turn["ours"], n) for turn in rounds],
        ),
        "keras-grader, each further notebook": (
            "ours",
            [_each(_difference(turn["ours, twice"], turn["ours"]), n) for turn in rounds],
        ),
        f"nbgrader, a class of {sizes['nbgrader']}": (
            "nbgrader",
            [_each(turn["nbgrader"], sizes["nbgrader"]) for turn in rounds],
        ),
        f"otter-grader, `otter run` {sizes['otter']} times": (
            "otter",
            [_each(turn["otter"], sizes["otter"]) for turn in rounds],
        ),
    }
    base = _median([cost.cpu for cost in next(iter(rows.values()))[1]])
    lines = [
        "| grader | seconds each | CPU seconds each | CPU, relative | each core, each hour | peak memory |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for title, (key, costs) in rows.items():
        walls, cpu = [cost.wall for cost in costs], _median([cost.cpu for cost in costs])
        lines.append(
            f"| {title} | {_median(walls):.2f} ({min(walls):.2f}-{max(walls):.2f}) | {_figure(cpu, 2)} "
            f"| {_figure(cpu / base, 1)} | {_figure(3600 / cpu, 0)} | {memory[key]:,.0f} MB |"
        )
    return lines


def _figure(value: float, digits: int) -> str:
    return "not measured" if math.isnan(value) else f"{value:,.{digits}f}"


def _each(cost: Cost, count: int) -> Cost:
    return Cost(wall=cost.wall / count, cpu=cost.cpu / count)


def _difference(more: Cost, less: Cost) -> Cost:
    return Cost(wall=more.wall - less.wall, cpu=more.cpu - less.cpu)


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _circumstances(rounds: int, load: float) -> list[str]:
    names = ("keras-grader", "tensorflow", "keras", "numpy")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    today, cores = datetime.now(tz=UTC).date(), os.cpu_count()
    isolation = "bubblewrap" if shutil.which("bwrap") else "plain processes (no bubblewrap here)"
    return [
        METHOD.format(rounds=rounds),
        f"{today}, {_processor()}, {cores} cores, load {load:.1f} at the start.",
        f"Python {platform.python_version()}; here {packages}, isolation by {isolation};",
        f"peers {_peer_versions()}.",
        "Again: `make bench-peers`, or `python benchmarks/peers/run.py --help` for smaller runs.",
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def _peer_versions() -> str:
    ask = "from importlib.metadata import version as v; print(*[n + ' ' + v(n) for n in {names}], sep=', ')"
    code = ask.format(names=["nbgrader", "otter-grader", "tensorflow", "keras"])
    return subprocess.run(
        [str(PEERS / "bin" / "python"), "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def _write(report: str) -> None:
    """Put *report* between the markers of the page, or at its end with markers of its own."""
    page = README.read_text() if README.exists() else "# Benchmarks\n"
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n## Against nbgrader and otter-grader\n\n{BEGIN}\n{END}\n"
    head, _, rest = page.partition(BEGIN)
    README.write_text(f"{head}{BEGIN}\n{report}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
