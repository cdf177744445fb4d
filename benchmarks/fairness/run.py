"""Grades five answers to ``feature-scaling`` again and again, and counts how often the mark is the same.

Prints Markdown tables and writes them into ``benchmarks/README.md``. Ctrl-C stops a run; the same command
goes on from there, unless the trainer, the exercise or a package has changed since. Exit status 1 when a
goal is missed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from benchmarks.fairness import kept
from benchmarks.fairness.noise import NOISES
from benchmarks.fairness.plan import Piece, order_for, pieces
from benchmarks.fairness.shipped import ROOT, scaling_check, settings_of
from benchmarks.fairness.table import goals_missed, lines_of

README = ROOT / "benchmarks" / "README.md"
BEGIN, END = "<!-- fairness: begin -->", "<!-- fairness: end -->"
QUICK = 20
SECONDS_BETWEEN = 15.0
#: What the processes say on standard error, TensorFlow's chatter with it; beside the gradings.
ERRORS = "errors.log"
#: It ends by itself when whoever started it was killed.
BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"


@dataclass(kw_only=True)
class Progress:
    """How far a run is, told now and then on standard error."""

    whole: int
    before: int
    made: int = 0
    began: float = field(default_factory=time.monotonic)
    told: float = 0.0

    def one_more(self) -> None:
        """Count a grading."""
        self.made += 1
        now = time.monotonic()
        if now - self.told < SECONDS_BETWEEN:
            return
        self.told = now
        there, each = self.before + self.made, (now - self.began) / self.made
        minutes = each * (self.whole - there) / 60
        print(f"{there:,} of {self.whole:,} gradings, about {minutes:.0f} min to go", file=sys.stderr)


def main() -> int:
    """Grade what is not yet graded, print, write."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    digest = kept.circumstances()
    path, plan = kept.file_of(options.results, digest), pieces(options.gradings, options.every)
    if not options.tables:
        try:
            _grade(plan, path, digest)
        except KeyboardInterrupt:
            print("stopped; the same command goes on from here", file=sys.stderr)
            return 130
    graded = kept.planned(kept.read(path), plan)
    again = f"python -m benchmarks.fairness.run --gradings {options.gradings} --every {options.every}"
    report = "\n".join(lines_of(graded, settings_of(scaling_check()), again))
    print(f"\n{report}\n")
    if options.write:
        _write(report)
    return 1 if goals_missed(graded) else 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gradings", type=int, default=1000, help="of each submission and part (1000)")
    parser.add_argument(
        "--quick",
        dest="gradings",
        action="store_const",
        const=QUICK,
        help=f"only {QUICK}, and nothing written",
    )
    parser.add_argument(
        "--every", type=int, default=1, help="grade borderline submissions only once in so many times (1)"
    )
    parser.add_argument("--tables", action="store_true", help="grade nothing, tell what is there")
    parser.add_argument("--results", type=Path, default=kept.HERE / "results", help="where gradings are kept")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave the page alone")
    options = parser.parse_args()
    if options.gradings < len(NOISES):
        parser.error(f"--gradings: found {options.gradings}, expected at least {len(NOISES)}, one a setting")
    if options.every < 1:
        parser.error(f"--every: found {options.every}, expected at least 1")
    options.write = options.write and options.gradings != QUICK
    return options


def _grade(plan: list[Piece], path: Path, digest: str) -> None:
    known = kept.planned(kept.read(path), plan)
    whole = sum(len(piece.jobs) for piece in plan)
    progress = Progress(whole=whole, before=len(known))
    for piece in plan:
        order = order_for(piece, kept.done(known, piece))
        if order["jobs"]:
            with _load() if piece.loaded else nullcontext():
                for line in _lines(piece, {**order, "digest": digest}, path):
                    kept.append(path, line)
                    progress.one_more()


def _lines(piece: Piece, order: dict[str, object], path: Path) -> Iterator[str]:
    """Yield what a process of *piece*'s setting answers, as it answers."""
    environment = {**os.environ, **NOISES[piece.noise].environment}
    command = [sys.executable, "-m", "benchmarks.fairness.process"]
    with (
        (path.parent / ERRORS).open("a") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield from _conversation(process, order)
        finally:
            process.kill()


def _conversation(process: "subprocess.Popen[str]", order: dict[str, object]) -> Iterator[str]:
    if process.stdin is None or process.stdout is None:
        raise SystemExit("a process without pipes")
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.close()
    yield from process.stdout
    if process.wait():
        raise SystemExit(f"a grading process ended with status {process.returncode}: see {ERRORS} there")


@contextmanager
def _load() -> Iterator[None]:
    """Keep a core busy."""
    with subprocess.Popen([sys.executable, "-c", BUSY], start_new_session=True) as busy:
        try:
            yield
        finally:
            busy.kill()


def _write(report: str) -> None:
    """Put the report between the markers of the page on benchmarks."""
    head, found, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    if found:
        text = f"{head}{BEGIN}\n{report}\n{END}{rest.partition(END)[2]}"
        README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
