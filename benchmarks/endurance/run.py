"""Grades a class, a third of it hostile, kills the warm process now and then, and looks at every mark.

First each honest variant is graded alone, in a worker of its own. Then the whole class is graded in one run
of the ordinary ``grader grade``, in a process of its own whose memory is sampled. The table goes to the
screen and into ``benchmarks/endurance/results.md``. Exit status 1 when a promise was broken.

Nothing of this is ever run without isolation: there are fork bombs among the submissions.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from benchmarks.endurance import machine, watch
from benchmarks.endurance.classroom import ROOT, Member, alone, hand_in, make_class, write_course
from benchmarks.endurance.grading import BOOK
from benchmarks.endurance.honest import VARIANTS
from benchmarks.endurance.hostile import ACTS
from benchmarks.endurance.kills import Kills
from benchmarks.endurance.table import lines_of
from benchmarks.endurance.verify import Alone, Book, Run, broken_promises
from grader.gradebook import open_gradebook

RESULTS = ROOT / "benchmarks" / "endurance" / "results.md"
README = ROOT / "benchmarks" / "README.md"
BEGIN, END = "<!-- endurance: begin -->", "<!-- endurance: end -->"
SHOWN = 40


def main() -> int:
    """Grade, hold against the promises, print, write."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    machine.adopt_orphans()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="endurance-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # a sandbox that drops its user must reach the datasets
        write_course(folder / "course")
        try:
            run = _run(folder, options)
        except KeyboardInterrupt:
            print("interrupted; nothing is left behind", file=sys.stderr)
            return 130
    report = "\n".join(lines_of(run, jobs=options.jobs, seed=options.seed, load=load))
    broken = broken_promises(run)
    print(f"\n{report}\n")
    print("\n".join(broken[:SHOWN]) or "Every promise was held.")
    if options.write and not broken:
        _write(report)
    return 1 if broken else 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submissions", type=int, default=2000, help="the size of the class (2000)")
    parser.add_argument("--jobs", type=int, default=2, help="submissions at a time (2)")
    parser.add_argument("--seed", type=int, default=1, help="of the class and of the kills (1)")
    parser.add_argument("--kills", type=int, default=6, help="how often to kill the warm process (6)")
    parser.add_argument(
        "--kinds", nargs="+", choices=ACTS, default=list(ACTS), metavar="KIND", help=f"of {', '.join(ACTS)}"
    )
    parser.add_argument(
        "--one-worker", action="store_true", help="grade the variants one after another in the same worker"
    )
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave the results alone")
    return parser.parse_args()


def _run(folder: Path, options: argparse.Namespace) -> Run:
    known = _grade_alone(folder, one_worker=options.one_worker)
    members = make_class(options.submissions, options.seed, options.kinds)
    hand_in(members, folder / "class")
    kills = Kills(options.kills, len(members), options.seed)
    print(
        f"{len(members)} submissions; kills after {', '.join(map(str, kills.moments)) or 'none'}", flush=True
    )
    followed = watch.grade(folder / "course", folder / "class", folder / "out", options.jobs, kills)
    if followed.status not in (0, 1):
        print((folder / "out" / "output.log").read_text(errors="replace")[-3000:], file=sys.stderr)
    return Run(members=members, followed=followed, book=_book(folder / "out"), alone=known)


def _grade_alone(folder: Path, *, one_worker: bool) -> Alone:
    members = alone(list(VARIANTS))
    groups: Sequence[Sequence[Member]] = [members] if one_worker else [[member] for member in members]
    known = {}
    for number, group in enumerate(groups):
        hand_in(group, folder / f"alone{number}")
        out = folder / f"alone{number}-out"
        followed = watch.grade(folder / "course", folder / f"alone{number}", out, 1)
        if followed.status != 0:
            raise SystemExit(f"a variant alone was not graded:\n{(out / 'output.log').read_text()[-3000:]}")
        named = {member.name: member.variant for member in group}
        for (student, exercise), grade in _book(out).items():
            known[named[student], exercise] = grade
            print(f"alone: {named[student]}, {exercise}: {grade.score:g} of {grade.max_score:g}", flush=True)
    return known


def _book(out: Path) -> Book:
    with open_gradebook(out / BOOK) as book:
        return {(grade.student, grade.exercise): grade for grade in book.latest()}


def _write(report: str) -> None:
    """Write the results, and put them between the markers of the page on benchmarks."""
    RESULTS.write_text(f"# Endurance\n\n{report}\n")
    page = README.read_text()
    head, found, rest = page.partition(BEGIN)
    if found:
        README.write_text(f"{head}{BEGIN}\n{report}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    sys.exit(main())
