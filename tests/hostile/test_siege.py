"""The siege itself: a promise that is broken is seen. Without a wall, harmless breaches are easily had."""

import base64
import codecs
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import UsageError
from grader.grade import Grade
from grader.redteam import abandoned, planting, processes, promises, traces
from grader.redteam.canaries import Canaries, texts_of
from grader.redteam.course import write_ground
from grader.redteam.memory import MemoryWatch
from grader.redteam.promises import Attack
from grader.redteam.siege import Siege, besieged
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
            "import glob\ndef hunt(key):\n"
            f"    for top in glob.glob('{tempfile.gettempdir()}/grader-redteam-*'): keep_tree(top)",
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
        left = open_siege.course.trainings.datasets / "drops" / "left"

        breaches = open_siege.run(does("open('datasets/drops/left', 'w').write('x')")).breaches
        left.unlink()

        assert f"left behind {left}" in breaches
        assert any("graded otherwise on surroundings" in breach for breach in breaches)

    def test_rights_that_were_changed(self, open_siege: Siege) -> None:
        """Of the data that all share."""
        data = open_siege.course.trainings.datasets / "drops" / "data.csv"
        before = data.stat().st_mode

        breaches = open_siege.run(does("import os\nos.chmod('datasets/drops/data.csv', 0o640)")).breaches
        data.chmod(before)

        assert f"changed {data}" in breaches

    @pytest.mark.parametrize(
        ("call", "place"),
        [
            ("s.socket(s.AF_UNIX).connect('\\0@abstract@')", "an abstract socket of the machine"),
            ("s.socket(s.AF_UNIX).connect('@path@')", "a socket in a folder of the machine"),
            ("s.socket(s.AF_INET).connect(('127.0.0.1', @tcp@))", "a port of the machine"),
            (
                "s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @udp@))",
                "a datagram port of the machine",
            ),
            (
                "s.socket(s.AF_UNIX, s.SOCK_DGRAM).sendto(b'x', '\\0@abstract datagrams@')",
                "an abstract datagram socket",
            ),
            (
                "s.socket(s.AF_UNIX, s.SOCK_DGRAM).sendto(b'x', '@path datagrams@')",
                "a datagram socket in a folder of the machine",
            ),
        ],
    )
    def test_a_call_to_the_machine(self, open_siege: Siege, call: str, place: str) -> None:
        """A connection or a datagram is seen without anybody answering it."""
        assert open_siege.run(does(f"import socket as s\n{call}")).breaches == (f"reached {place}",)

    def test_a_file_that_every_user_may_write(self, open_siege: Siege) -> None:
        """Also a change of nothing but its time is one."""
        (breach,) = open_siege.run(does("import os\nos.utime('@commons@/minutes', (0, 0))")).breaches

        assert breach.startswith("changed ")
        assert breach.endswith("/commons/minutes")

    def test_a_daemon_that_outlives_its_fork(
        self, open_siege: Siege, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also one that left its session, its family, its folder and its environment; it is ended."""
        monkeypatch.setattr(traces, "DYING_SECONDS", 0.5)
        source = (
            "import ctypes, os\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"
            "    os.setpgid(0, 0) if os.fork() == 0 else os._exit(0)\n"
            "    os.chdir('/')\n"
            "    os.execve('/bin/sleep', ['kworker', '61'], {})\n"
        )

        assert open_siege.run(does(source)).breaches == ()
        known = processes.below(os.getpid())
        with subprocess.Popen(["/bin/sh", "-c", "setsid sh -c 'sleep 62 & sleep 62' &"], env={}) as shell:
            shell.wait()
        breaches = open_siege.run(HARMLESS).breaches

        assert breaches[0].startswith("left ")
        assert processes.gone_within(5.0, known) == set()

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

        assert list(promises.undeserved(HARMLESS, Attack(grades=(grade,)))) == ["double was left ungraded: "]
        assert list(promises.undeserved(HARMLESS, Attack(grades=(grade,), undecided=True))) == []

    def test_time_and_memory(self, open_siege: Siege) -> None:
        """More than is allowed of either; a machine that is busy with others takes longer."""
        allowance = open_siege.course.allowance

        assert list(promises.late(Attack(seconds=99.0), allowance)) == ["took 99 s, where 40 s were allowed"]
        assert list(promises.late(Attack(seconds=9.0), allowance)) == []
        assert list(promises.late(Attack(seconds=99.0, load=6.0), allowance)) == []
        assert list(promises.late(Attack(seconds=99.0, waited=60.0), allowance)) == []
        assert len(list(promises.greedy(4096.0))) == 1
        assert list(promises.greedy(512.0)) == []

    @pytest.mark.parametrize(
        "takes",
        [
            "bytearray(b'x') * 2**29",
            "mmap.mmap(-1, 2**29).write(b'x' * 2**29)",
            "os.write(os.memfd_create('hog'), b'x' * 2**29)",
            "nameless.write(b'x' * 2**29)",
        ],
    )
    def test_memory_is_watched(self, takes: str) -> None:
        """What a process below holds for a while is seen afterwards, also in files without a name."""
        source = (
            "import mmap, os, tempfile\nnameless = tempfile.TemporaryFile(dir='/dev/shm')\n"
            f"mapped = mmap.mmap(-1, 2**29)\nkept = {takes.replace('mmap.mmap(-1, 2**29)', 'mapped')}\n"
            "print()\ninput()\n"
        )
        with MemoryWatch(os.getpid()) as watch:
            with subprocess.Popen(
                [sys.executable, "-uc", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            ) as child:
                assert child.stdout is not None
                child.stdout.readline()
                time.sleep(0.5)
            bytearray(b"x") * 2**30

        assert 500 < watch.used_mib < 1100

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

    @pytest.mark.parametrize(
        "disguised",
        [
            lambda word: word[::-1],
            lambda word: word.encode().hex(),
            lambda word: word.encode().hex(" ").upper(),
            lambda word: "".join(f"\\x{byte:02x}" for byte in word.encode()),
            lambda word: codecs.encode(word, "rot13"),
            lambda word: base64.b64encode(word.encode()).decode(),
            lambda word: base64.b64encode(f"a{word}bc".encode()).decode(),
            lambda word: base64.b64encode(f"ab{word}c".encode()).decode(),
            lambda word: base64.encodebytes(b"x" * 40 + word.encode()).decode(),
            " ".join,
            lambda word: repr(list(word.encode())),
            list,
            lambda word: list(word.encode()),
            lambda word: np.array(list(word.encode())),
            lambda word: np.array(list(word)),
            lambda word: word.encode("utf-16-le").decode("latin-1"),
        ],
    )
    def test_a_secret_in_disguise(self, disguised: Callable[[str], Any]) -> None:
        """However it is written down, and amid whatever."""
        canaries = Canaries()
        told = disguised(canaries.secret("a place"))
        canaries.secret("another place")

        assert canaries.read(texts_of({"loot": told})) == {"a place"}
        if isinstance(told, str):
            assert canaries.read([f"some words {told} and others"]) == {"a place"}

    def test_words_that_are_none(self) -> None:
        """What only looks like a canary is no secret."""
        canaries = Canaries()
        canaries.secret("a place")

        assert canaries.read(texts_of(["canary-" + "0" * 24, list(range(99)), "99, 97, 110"])) == set()

    def test_what_a_killed_red_team_left(self, tmp_path: Path) -> None:
        """It is removed by the next; what is in use, new, a link or named otherwise is not."""
        (tmp_path / "it-folder__" / "inner").mkdir(parents=True)
        for name in ("it-file____", "it-used____", "it-new_____", "it-mine", "other"):
            (tmp_path / name).touch()
        for path in tmp_path.iterdir():
            if path.name != "it-new_____":
                os.utime(path, (0, 0))
        (tmp_path / "it-link____").symlink_to(tmp_path / "other")

        with abandoned.locked(tmp_path / "it-used____"):
            abandoned.remove(tmp_path, "it-")

        kept = {"it-used____", "it-new_____", "it-link____", "it-mine", "other"}
        assert {path.name for path in tmp_path.iterdir()} == kept

    def test_a_folder_goes_with_its_block(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another red team that starts in the meantime leaves it alone."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr(abandoned, "YOUNG_SECONDS", -1.0)

        with abandoned.folder("it-") as first, abandoned.folder("it-") as second:
            assert {first, second} == set(tmp_path.iterdir())
        assert list(tmp_path.iterdir()) == []

    def test_what_cannot_be_planted_is_told(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A secret that is not there is not held."""
        monkeypatch.setitem(planting.FOLDERS, "shared memory of the machine", lambda: tmp_path / "none")

        # A socket's path has at most 107 bytes, unix(7).
        with (
            tempfile.TemporaryDirectory(prefix="siege-") as folder,
            planting.planted(write_ground(Path(folder) / "course")) as places,
        ):
            assert [one.split(":")[0] for one in places.missing] == ["shared memory of the machine"]

    def test_processes_that_are_left(self) -> None:
        """Children are found, and orphans that left their family and their environment."""
        script = "sleep 30 >/dev/null 2>&1 & echo $!"
        known = processes.below(os.getpid())

        with processes.adopting_orphans():
            told = subprocess.run(
                ["/bin/sh", "-c", script], env={}, capture_output=True, check=True, start_new_session=True
            )
            orphan = int(told.stdout)

            assert processes.gone_within(0.1, known) == {orphan}
            processes.end_all_but(known)
            assert processes.gone_within(5.0, known) == set()
            with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
                assert processes.gone_within(0.1, known) == {child.pid}

    def test_nobody_descends_from_no_process(self) -> None:
        """A worker that is not there has the id 0, as the kernel itself."""
        assert processes.below(0) == set()
