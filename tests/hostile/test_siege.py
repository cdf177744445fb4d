"""The siege itself: a promise that is broken is seen. Without a wall, harmless breaches are easily had."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.errors import UsageError
from grader.grade import Grade
from grader.redteam import processes, siege
from grader.redteam.canaries import Canaries, texts_of
from grader.redteam.memory import MemoryWatch
from grader.redteam.siege import Attack, Siege, besieged
from grader.redteam.technique import Family, Technique
from grader.redteam.techniques.hunting import hunts
from grader.redteam.views import Views, injected
from grader.sandbox.worker import Isolation

HARMLESS = Technique(name="nothing", family=Family.FORGES, source="here")
RIGHT = """
import keras

def build_model():
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(4, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
"""
CLEAN = Views(student_pages=(), staff_pages=(), check="", summary="", table=())


@pytest.fixture(scope="module")
def open_siege() -> Iterator[Siege]:
    """A course without a wall; what is run here harms nothing."""
    with besieged(Isolation.PROCESS, unprotected=True) as one:
        yield one


def does(*cells: str, **more: object) -> Technique:
    """Return a harmless technique of *cells*."""
    return replace(HARMLESS, cells=cells, **more)  # type: ignore[arg-type]


class TestWithoutAWall:
    """Each kind of breach is reported."""

    def test_an_honest_submission_is_held(self, open_siege: Siege) -> None:
        """There is nothing to report of it."""
        assert open_siege.run(HARMLESS).breaches == ()

    def test_a_secret_that_was_read(self, open_siege: Siege) -> None:
        """Loot is recognised in the answer, and named by its place."""
        technique = hunts(
            "read the course",
            "here",
            "import glob\ndef hunt(key):\n    for top in glob.glob('/tmp/redteam-*'): keep_tree(top)",
        )

        breaches = open_siege.run(technique).breaches

        assert {"read the reference's source", "read the gradebook", "read a sibling submission"} <= set(
            breaches
        )

    def test_the_arguments_of_another_process(self, open_siege: Siege) -> None:
        """What ``ps`` shows counts."""
        technique = hunts(
            "ps",
            "here",
            "def hunt(key):\n    for name in os.listdir('/proc'): keep_file(f'/proc/{name}/cmdline')",
        )

        assert "read another process's arguments" in open_siege.run(technique).breaches

    def test_a_file_that_was_left(self, open_siege: Siege) -> None:
        """Also the next submission finds it."""
        left = open_siege.course.datasets / "drops" / "left"

        breaches = open_siege.run(does("open('datasets/drops/left', 'w').write('x')")).breaches
        left.unlink()

        assert f"left behind {left}" in breaches
        assert any("graded otherwise on surroundings" in breach for breach in breaches)

    def test_rights_that_were_changed(self, open_siege: Siege) -> None:
        """Of the data that all share."""
        data = open_siege.course.datasets / "drops" / "data.csv"
        before = data.stat().st_mode

        breaches = open_siege.run(does("import os\nos.chmod('datasets/drops/data.csv', 0o640)")).breaches
        data.chmod(before)

        assert f"changed {data}" in breaches

    def test_a_call_to_the_machine(self, open_siege: Siege) -> None:
        """A connection is seen without anybody answering it."""
        call = "import socket\nend = socket.socket(socket.AF_UNIX)\nend.connect('\\0grader-redteam')"

        assert "reached a socket of the machine" in open_siege.run(does(call)).breaches

    def test_points_that_were_not_earned(self, open_siege: Siege) -> None:
        """More than the honest part is worth is too much."""
        breaches = open_siege.run(does(RIGHT, targets={"network": 1.0})).breaches

        assert breaches == ("earned 4 on network, where 1 was honest",)

    def test_points_that_were_lost(self, open_siege: Siege) -> None:
        """An honest part that is not marked is reported, unless that is its own doing."""
        spoilt = does("def double(x): return 0")

        assert any("the honest part earned 0 of 2" in breach for breach in open_siege.run(spoilt).breaches)
        assert open_siege.run(replace(spoilt, own_loss=True)).breaches == ()


class TestWhatIsSeen:
    """Single promises, told from made-up results."""

    def test_no_wall_is_refused(self) -> None:
        """Real techniques are never run on the machine itself."""
        with pytest.raises(UsageError, match="without isolation"), besieged(Isolation.PROCESS):
            pass

    def test_a_submission_that_was_left_ungraded(self) -> None:
        """That is never the technique's to decide."""
        grade = Grade(
            student="mallory", submission="", sha256="", exercise="double", score=None, max_score=2.0,
            needs_review=True, seconds=0.0, findings=(),
        )  # fmt: skip

        assert list(siege._undeserved(HARMLESS, Attack(grades=(grade,)))) == ["double was left ungraded: "]
        assert list(siege._undeserved(HARMLESS, Attack(grades=(grade,), undecided=True))) == []

    def test_time_and_memory(self, open_siege: Siege) -> None:
        """More than is allowed of either."""
        assert list(siege._late(Attack(seconds=99.0), open_siege.course)) == [
            "took 99 s, where 40 s were allowed"
        ]
        assert list(siege._late(Attack(seconds=9.0), open_siege.course)) == []
        assert len(list(siege._greedy(4096.0))) == 1
        assert list(siege._greedy(512.0)) == []

    def test_memory_is_watched(self) -> None:
        """What a block takes for a while is seen afterwards."""
        with MemoryWatch() as watch:
            taken = bytearray(2**30)
            taken[::4096] = b"x" * len(taken[::4096])
            time.sleep(0.2)

        assert watch.used_mib > 256

    @pytest.mark.parametrize(
        ("views", "told"),
        [
            (replace(CLEAN, student_pages=("<p><redteam>",)), "markup"),
            (replace(CLEAN, check="a\x1b[2J"), "control characters"),
            (replace(CLEAN, check="note\n    ::error::x"), "GitHub"),
            (replace(CLEAN, table=("=cmd|calc",)), "formula"),
        ],
    )
    def test_texts_that_act_on_their_reader(self, views: Views, told: str) -> None:
        """In pages, on the terminal, in the table."""
        (breach,) = injected(views)

        assert told in breach
        assert list(injected(CLEAN)) == []

    def test_hidden_inputs_may_be_said_but_not_shown(self) -> None:
        """A secret may be neither."""
        canaries = Canaries()
        secret, given = canaries.secret("a place"), canaries.hidden_input("an input")

        assert canaries.read(texts_of([{"a": (given, secret)}])) == {"a place"}
        assert canaries.shown(texts_of(["x" + given])) == {"an input"}
        assert canaries.fill("@input: an input@ @a place@") == f"{given} {secret}"

    def test_processes_that_are_left(self) -> None:
        """Children are found, and orphans that left their family by a word in their environment."""
        script = "sleep 30 >/dev/null 2>&1 & echo $!"
        known, word = processes.below(os.getpid()), "a-word-that-nobody-has"

        told = subprocess.run(
            ["/bin/sh", "-c", script],
            env={**os.environ, "WORD": word},
            capture_output=True,
            check=True,
            start_new_session=True,
        )
        orphan = int(told.stdout)

        assert processes.gone_within(0.1, known, word) == {orphan}
        os.kill(orphan, signal.SIGKILL)
        assert processes.gone_within(5.0, known, word) == set()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            assert processes.gone_within(0.1, known, word) == {child.pid}
