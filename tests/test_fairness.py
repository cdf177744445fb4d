"""The benchmark of fairness: its plan, what it keeps, and that it sees marks that differ."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.fairness import counting, kept
from benchmarks.fairness.kept import Graded
from benchmarks.fairness.noise import NOISES, PRODUCTION
from benchmarks.fairness.plan import OTHER, SAME, order_for, pieces
from benchmarks.fairness.shipped import ROOT, scaling_check, settings_of
from benchmarks.fairness.submissions import SUBMITTED
from benchmarks.fairness.table import goals_missed, lines_of

LINE = (
    '{"part": "same", "noise": "production", "process": 0, "number": 3, "submission": "good", '
    '"verdict": "passed", "words": "w", "seeds": 1, "accuracies": {"raw": [0.4]}, "curves": "c"}'
)
GOOD = Graded(
    part=SAME,
    noise=PRODUCTION,
    process=0,
    number=0,
    submission="good",
    verdict="passed",
    words="said",
    seeds=3,
    accuracies={"raw": [0.4, 0.4, 0.4], "scaled": [1.0, 0.95, 0.9]},
    curves="curve",
)
SETTINGS = settings_of(scaling_check())
BELOW = SETTINGS.accuracy_at_least - 0.05


def gradings(count: int, one: Graded = GOOD) -> list[Graded]:
    """Make *count* gradings that came out alike."""
    return [replace(one, number=number) for number in range(count)]


@pytest.mark.parametrize("count", [20, 50, 1000])
def test_every_grading_is_planned_once(count: int) -> None:
    """Of each submission: production, other seeds, and as many again that the other settings share."""
    jobs = [(piece.part, piece.noise, *job) for piece in pieces(count) for job in piece.jobs]
    noisy = Counter(name for part, noise, _, name in jobs if part == SAME and noise != PRODUCTION)

    assert len(jobs) == len(set(jobs)) == 3 * count * len(SUBMITTED)
    assert dict.fromkeys(SUBMITTED, count) == noisy
    assert {noise for _, noise, _, _ in jobs} == NOISES.keys()


def test_borderline_submissions_may_be_graded_less_often() -> None:
    """Clear ones are not; the goals are about them."""
    counts = Counter(name for piece in pieces(100, every=5) if piece.part == OTHER for _, name in piece.jobs)

    assert counts == {"good": 100, "bad": 100, "near": 20, "middle": 20, "even": 20}


def test_a_stopped_run_goes_on_from_its_lines(tmp_path: Path) -> None:
    """Without the line that was cut off, which is graded again."""
    path = tmp_path / "kept.jsonl"
    path.write_text(LINE + "\n" + LINE[:40], encoding="utf-8")
    kept.append(path, LINE.replace('"number": 3', '"number": 4') + "\n")
    (piece, *_rest) = pieces(20)
    done = kept.done(kept.read(path), piece)

    assert done == [(3, "good"), (4, "good")]
    assert {tuple(job) for job in order_for(piece, done)["jobs"]} == set(piece.jobs) - set(done)


def test_gradings_outside_the_plan_do_not_count() -> None:
    """Nor does one that was made twice."""
    plan = pieces(20)

    assert gradings(20) == kept.planned([*gradings(30), *gradings(20)], plan)


def test_a_mark_that_differs_is_counted_and_misses_the_goal() -> None:
    """One in twenty; its message alone is enough."""
    other = replace(GOOD, number=20, words="said otherwise")

    assert goals_missed(gradings(20)) == []
    assert goals_missed([*gradings(20), other]) == ["the same mark for `good`"]
    assert "* **Missed**: the same mark for `good`, 20 of 21." in lines_of(
        [*gradings(20), other], SETTINGS, "again"
    )


def test_a_goal_is_reached_by_a_thousand_gradings_only() -> None:
    """Fewer show no exception, and say that they are fewer."""
    few, enough = (list(lines_of(gradings(count), SETTINGS, "again")) for count in (999, 1000))

    assert "* Reached: the same mark for `good`, 1,000 of 1,000." in enough
    assert not any("Reached" in line for line in few)


def test_a_false_fail_misses_the_goal() -> None:
    """Ungraded is none."""
    other = replace(GOOD, part=OTHER)

    assert goals_missed([replace(other, verdict="ungraded")]) == []
    assert goals_missed([replace(other, verdict="failed")]) == ["no false fail for `good` with other seeds"]


def test_what_moved_is_told_by_seed() -> None:
    """Two accuracies differ, one of them across the limit, which turns both answers of that seed at most."""
    found = replace(GOOD, accuracies={"raw": [0.4, 0.4, 0.4], "scaled": [1.0, BELOW, 0.92]})
    moved = counting.moved([found], {"good": GOOD}, SETTINGS)

    assert (moved.trainings, moved.other, moved.turned, moved.seeds) == (6, 2, 1, 6)
    assert moved.apart == pytest.approx(0.95 - BELOW)


def test_the_share_is_that_of_the_limit_that_fewest_meet() -> None:
    """Over all seeds together."""
    low = replace(GOOD, accuracies={"raw": [0.4] * 5, "scaled": [BELOW, BELOW, BELOW, 0.9, BELOW]})

    assert counting.share_met([GOOD, low], SETTINGS) == (4, 8)


@pytest.mark.slow
def test_a_process_grades_what_it_is_told() -> None:
    """The real trainer, twice the same: every loss, bit for bit."""
    jobs = [[0, "good"], [1, "bad"], [2, "good"]]
    order = {"part": SAME, "noise": PRODUCTION, "process": 0, "jobs": jobs, "digest": kept.circumstances()}
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.fairness.process"],
        cwd=ROOT,
        env={**os.environ, **NOISES[PRODUCTION].environment},
        input=json.dumps(order) + "\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    good, bad, again = (Graded(**json.loads(line)) for line in told.stdout.splitlines())

    assert (good.verdict, bad.verdict) == ("passed", "failed")
    assert again == replace(good, number=2)
    assert bad.curves != good.curves
