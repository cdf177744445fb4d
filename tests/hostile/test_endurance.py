"""Endurance: a worker that dies costs nobody a mark; a small run, and that the large one sees what breaks."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.endurance.attempts import Attempt, Attempts
from benchmarks.endurance.classroom import Member, make_class
from benchmarks.endurance.honest import EXERCISES
from benchmarks.endurance.hostile import ACTS
from benchmarks.endurance.kills import Kills
from benchmarks.endurance.machine import Held, Left
from benchmarks.endurance.table import lines_of
from benchmarks.endurance.verify import Run, broken_promises
from benchmarks.endurance.watch import Followed, Sample
from grader.batch.run import Batch, Done, grade_class
from grader.errors import WorkerDied
from grader.grade import Grade, MarkedFinding
from grader.gradebook import Gradebook, open_gradebook
from grader.pipeline import Course
from grader.readers.exercises import read_exercises
from grader.readers.inputs import probes_of
from grader.references import References
from grader.sandbox.defences import Isolation
from grader.sandbox.edge import Ending
from grader.sandbox.session import Allowance
from grader.sandbox.worker import Worker
from grader.submission import Cell, CellKind, Submission
from grader.trainings import Trainings
from grader.verdict import Finding, Verdict
from tests.sandbox.fake import FakeFork, FakeSandbox, cell, returns, runs

ROOT = Path(__file__).parents[2]
GONE = Ending(ours="the warm process went away")
ANSWERS = (76, 456, 19456)
FULL = 3.0


def right() -> FakeFork:
    """Return a fork that answers everything."""
    return FakeFork(replies=[*runs(1), *(returns(value) for value in ANSWERS)])


def dying(*replies: object) -> FakeFork:
    """Return a fork that is lost, by no fault of the submission's, after *replies*."""
    return FakeFork(replies=replies, ending=GONE)


def submission(student: str = "ada") -> Submission:
    """Return a submission with one cell."""
    return Submission(
        student=student,
        path=f"{student}.py",
        sha256="0" * 64,
        cells=(Cell(number=1, kind=CellKind.CODE, source="pass"),),
    )


def grade(sandbox: FakeSandbox, book: Gradebook, *students: str) -> dict[str, Grade]:
    """Grade *students* one after another in *sandbox* on the visible checks of one exercise."""
    exercises = tuple(read_exercises(ROOT / "exercises", None, ["conv-parameters"]))
    course = Course(
        exercises=exercises,
        probes={each.id: tuple(probes_of(each, ROOT / "datasets", 1.0)) for each in exercises},
        trainings=Trainings(ROOT / "datasets"),
        allowance=Allowance(),
        references=References(sandbox),
    )
    fingerprints = {"conv-parameters": "x"}
    told: list[Done] = []
    batch = Batch(
        course=course, sandbox=sandbox, book=book, run=book.begin({}), fingerprints=fingerprints, jobs=1
    )
    grade_class(batch, map(submission, students), told.append)
    return {done.submission.student: done.grades[0] for done in told}


@pytest.fixture
def book(tmp_path: Path) -> Gradebook:
    """A new gradebook."""
    return open_gradebook(tmp_path / "book.db")


class TestADyingWorker:
    """It is replaced; the submission is tried once more, then left to a person."""

    @pytest.mark.parametrize(
        "first",
        [
            pytest.param(dying(), id="before anything"),
            pytest.param(dying(cell(1)), id="in a cell"),
            pytest.param(dying(*runs(1), returns(76)), id="between questions"),
            pytest.param(WorkerDied("the warm process does not take requests"), id="when asked for a fork"),
        ],
    )
    def test_the_submission_is_tried_again(self, book: Gradebook, first: FakeFork | Exception) -> None:
        """From its beginning, and marked as if nothing had been."""
        sandbox = FakeSandbox(first, right())

        graded = grade(sandbox, book, "ada")["ada"]

        assert (graded.score, graded.needs_review, graded.notes) == (FULL, False, ())
        assert len(sandbox.wanted) == 2

    def test_it_is_tried_no_third_time(self, book: Gradebook) -> None:
        """A fork too many would fail the test."""
        sandbox = FakeSandbox(dying(cell(1)), dying(*runs(1)))

        graded = grade(sandbox, book, "ada")["ada"]

        assert len(sandbox.wanted) == 2
        assert (graded.score, graded.needs_review) == (None, True)
        assert {each.finding.verdict for each in graded.findings} == {Verdict.UNGRADED}

    def test_the_next_submission_is_graded(self, book: Gradebook) -> None:
        """And both are in the gradebook."""
        sandbox = FakeSandbox(dying(), dying(), right(), dying(cell(1)), right())

        graded = grade(sandbox, book, "ada", "bob", "cai")

        assert {student: each.score for student, each in graded.items()} == {
            "ada": None,
            "bob": FULL,
            "cai": FULL,
        }
        assert [each.score for each in book.latest()] == [None, FULL, FULL]

    def test_a_crash_of_its_own_is_no_reason_to_try_again(self, book: Gradebook) -> None:
        """The cell that crashes is left out; only a fault of ours begins anew."""
        crashing = FakeFork(replies=[cell(1)], ending=Ending(signal=11))
        rest = FakeFork(replies=[{"done": True}, *(returns(value) for value in ANSWERS)])

        graded = grade(FakeSandbox(crashing, rest), book, "ada")["ada"]

        assert graded.notes
        assert not graded.needs_review

    def test_the_process_itself_is_replaced(self) -> None:
        """A real one, killed by the kernel's hardest signal."""
        with Worker(Isolation.BUBBLEWRAP, warm=False) as worker:
            first, held = worker.process_id, worker.held
            os.kill(first, signal.SIGKILL)
            # On a busy machine it takes its time to die, and a fork asked for meanwhile dies with it.
            os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
            worker.fork("inspector", 64).end()

            assert worker.held == held
            assert worker.process_id not in (0, first)


def graded(student: str, exercise: str, score: float | None = 1.0, message: str = "") -> Grade:
    """Return a grade with one finding."""
    verdict = Verdict.PASSED if score else Verdict.UNGRADED if score is None else Verdict.FAILED
    finding = MarkedFinding(
        check="equals",
        finding=Finding(verdict=verdict, message=message),
        score=score,
        max_score=1.0,
        visible=True,
    )
    return Grade(
        student=student,
        submission="",
        sha256="",
        exercise=exercise,
        score=score,
        max_score=1.0,
        needs_review=score is None,
        seconds=0.1,
        findings=(finding,),
    )


HONEST = Member(name="ada", kind="honest", variant="all right")
HOSTILE = Member(name="mallory", kind="crash", variant="all right")


def attempt(student: str, fault: str = "") -> Attempt:
    """Return an attempt of one second."""
    return Attempt(student=student, began=10.0, ended=11.0, fault=fault)


def sample(done: int, mib: float = 100.0, files: int = 9) -> Sample:
    """Return what a grader holds when *done* are graded."""
    return Sample(done=done, grader=Held(mib=mib, threads=5, files=files), warm=None, processes=3)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of one honest and one hostile submission, in which all went well."""
    followed = Followed(kills=Kills(), attempts=Attempts(tmp_path / "none"), workers={7})
    followed.attempts.ended = [attempt("ada"), attempt("mallory")]
    followed.left = Left(processes=0, folders=0, groups=0)
    followed.samples = [sample(1000), sample(2000)]
    book = {(who, each): graded(who, each) for who in ("ada", "mallory") for each in EXERCISES}
    book["mallory", EXERCISES[-1]] = graded("mallory", EXERCISES[-1], 0.0)
    alone = {("all right", each): graded("alone", each) for each in EXERCISES}
    return Run(members=[HONEST, HOSTILE], followed=followed, book=book, alone=alone)


def changed(run: Run, grade: Grade) -> Run:
    """Return *run* with another grade."""
    return replace(run, book={**run.book, (grade.student, grade.exercise): grade})


class TestWhatIsSeen:
    """Each broken promise is told."""

    def test_a_good_run(self, run: Run) -> None:
        """Nothing is told, and the table has a row for each kind."""
        assert broken_promises(run) == []
        assert any(
            line.startswith("| crash | 1 | 1 | 0 ") for line in lines_of(run, jobs=2, seed=1, load=0.0)
        )

    @pytest.mark.parametrize(
        ("grade", "said"),
        [
            (graded("ada", EXERCISES[2], 0.0), "graded otherwise than alone"),
            (graded("ada", EXERCISES[0], 1.0, "other words"), "graded otherwise than alone"),
            (graded("mallory", EXERCISES[0], 0.0), "graded otherwise than alone"),
            (graded("mallory", EXERCISES[2], 0.5), "earned 0.5 points by its act"),
            (graded("ada", EXERCISES[1], None), "ungraded, although tried again"),
        ],
    )
    def test_a_mark(self, run: Run, grade: Grade, said: str) -> None:
        """Whose it is comes first."""
        (told,) = broken_promises(changed(run, grade))

        assert told.startswith(grade.student)
        assert said in told

    def test_a_submission_that_is_not_recorded(self, run: Run) -> None:
        """The gradebook is what counts."""
        kept = {key: grade for key, grade in run.book.items() if key != ("ada", EXERCISES[1])}

        (told,) = broken_promises(replace(run, book=kept))

        assert f"not in the gradebook: {EXERCISES[1]}" in told

    def test_a_submission_lost_twice_may_be_ungraded(self, run: Run) -> None:
        """When a worker was killed under it each time."""
        lost = changed(run, graded("mallory", EXERCISES[0], None))
        lost.followed.attempts.ended = [attempt("ada"), *[attempt("mallory", "WorkerDied")] * 2]
        lost.followed.kills.times = [10.5]
        lost.followed.workers = {7, 8}

        assert broken_promises(lost) == []

    @pytest.mark.parametrize("tries", [1, 2])
    def test_what_cells_said_is_told_of_a_first_try_only(self, run: Run, tries: int) -> None:
        """A second try leaves it out; after one only, its lack is seen."""
        noted = {key: replace(grade, notes=("cell 7 stopped",)) for key, grade in run.book.items()}
        alone = {key: replace(grade, notes=("cell 7 stopped",)) for key, grade in run.alone.items()}
        silent = {("ada", each): run.book["ada", each] for each in EXERCISES}
        told = replace(run, alone=alone, book={**noted, **silent})
        told.followed.attempts.ended = [
            *[attempt("ada", "WorkerDied")] * (tries - 1),
            attempt("ada"),
            attempt("mallory"),
        ]
        told.followed.kills.times, told.followed.workers = [10.5] * (tries - 1), set(range(tries))

        assert len(broken_promises(told)) == 2 - tries

    def test_a_fault_that_nobody_caused(self, run: Run) -> None:
        """A worker may not die of a submission."""
        run.followed.attempts.ended += [attempt("mallory", "WorkerDied")]

        assert broken_promises(run) == ["mallory: a fault without a kill: WorkerDied"]

    def test_a_submission_that_is_not_tried_again(self, run: Run) -> None:
        """One fault, one more attempt."""
        run.followed.attempts.ended = [attempt("ada"), attempt("mallory", "WorkerDied")]
        run.followed.kills.times, run.followed.workers = [10.5], {7, 8}

        assert broken_promises(run) == ["mallory: tried 1 times where 2 were due"]

    def test_a_worker_too_many(self, run: Run) -> None:
        """It died of something else."""
        run.followed.workers = {7, 8}

        assert broken_promises(run) == ["2 warm processes, where 0 were killed"]

    @pytest.mark.parametrize(
        ("samples", "said"),
        [
            ([sample(1000), sample(2000, mib=180.0)], "memory grew"),
            ([sample(1000), sample(2000, files=50)], "open files grew from 9 to 50"),
        ],
    )
    def test_what_grows(self, run: Run, samples: list[Sample], said: str) -> None:
        """Memory and files."""
        run.followed.samples = samples

        (told,) = broken_promises(run)

        assert said in told

    def test_what_is_left(self, run: Run) -> None:
        """Also one process is too much."""
        run.followed.left = Left(processes=1, folders=0, groups=0)

        (told,) = broken_promises(run)

        assert "processes=1" in told


class TestTheClass:
    """Made anew from its seed."""

    def test_a_third_is_hostile(self) -> None:
        """All kinds and acts are among them."""
        members = make_class(300, 1, list(ACTS))

        hostile = {(member.kind, member.act) for member in members if not member.is_honest}
        assert sum(not member.is_honest for member in members) == 100
        assert hostile == {(kind, act) for kind, acts in ACTS.items() for act in range(len(acts))}

    def test_the_same_seed_makes_the_same_class(self) -> None:
        """So that a run can be looked at again."""
        assert make_class(50, 3, list(ACTS)) == make_class(50, 3, list(ACTS))
        assert make_class(50, 3, list(ACTS)) != make_class(50, 4, list(ACTS))


def endure(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """Start a run whose temporary files are in *folder*."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.endurance.run", "--no-write", "--one-worker", *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said_by(process: "subprocess.Popen[str]") -> str:
    """Return all that *process* says until it ends."""
    with process:
        assert process.stdout is not None
        return process.stdout.read()


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that a sandbox which drops its user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="endure-"))
    folder.chmod(0o755)
    yield folder
    folder.rmdir()  # fails when something was left


@pytest.mark.slow
class TestASmallRun:
    """The whole of it, with 24 submissions."""

    def test_every_promise_is_held(self, reachable: Path) -> None:
        """A hang gives the time to kill a worker under it twice: the seed puts one late."""
        kinds = ["hang", "crash", "memory", "fork bomb", "huge output", "forged frames", "left behind"]

        # One at a time: of two that share the worker, both lose a try by each kill.
        size = ("--submissions", "24", "--jobs", "1", "--seed", "12", "--kills", "2")
        process = endure(reachable, *size, "--kinds", *kinds)
        said = said_by(process)

        assert process.returncode == 0, said
        assert "Every promise was held." in said
        # A kill that falls between two forks costs no try: the next fork comes from a new process.
        assert re.search(r"\| all \| 24 \| (23 \| 1|24 \| 0) \|", said), said
        assert "killed 2 times" in said

    def test_an_interruption_leaves_nothing(self, reachable: Path) -> None:
        """Neither processes nor files; the fixture looks for these."""
        process = endure(reachable, "--submissions", "24", "--kinds", "hang")
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("24 submissions"):
                break
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)

        assert "interrupted" in said_by(process)
        assert process.returncode == 130
