"""The real sandbox: what student code can see, what it can leave behind, and how it ends."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from grader.evidence import ExportedModel, Happening
from grader.sandbox.session import Allowance, observe
from grader.sandbox.worker import Worker
from tests.sandbox.running import answer, asks, cells, run


def value(worker: Worker, expression: str) -> object:
    """Return what *expression* is inside the sandbox."""
    outcome = answer(worker, f"import os, sys, socket\ndef answer():\n    return {expression}\n")
    assert outcome.happening is Happening.RETURNED, outcome
    return outcome.value


class TestWhatIsSeen:
    """Nothing of the machine but the system, the packages and the public datasets."""

    def test_no_home_and_no_project(self, worker: Worker) -> None:
        """The root folder holds no home, no solutions and no submissions."""
        top = value(worker, "sorted(os.listdir('/'))")

        assert isinstance(top, list)
        assert not {"root", "work", "var", "srv", "opt", "run", "mnt"} & set(top)
        assert value(worker, "os.listdir('/home')") == ["student"]

    def test_no_checks_and_no_readers(self, worker: Worker) -> None:
        """Of this package only what runs inside is there."""
        there = value(worker, "sorted(os.listdir('/own/grader'))")

        assert isinstance(there, list)
        assert not {"checks", "readers", "gradebook", "exercise.py", "references.py"} & set(there)

    def test_no_path_of_the_solutions_exists(self, worker: Worker) -> None:
        """The path that the solutions have outside leads nowhere inside."""
        outside = Path(__file__).parents[2] / "solutions"

        assert outside.is_dir()
        assert value(worker, f"os.path.exists({str(outside)!r})") is False

    def test_only_its_own_processes(self, worker: Worker) -> None:
        """The submission is the first process of its namespace and sees no other."""
        assert value(worker, "[name for name in os.listdir('/proc') if name.isdigit()]") == ["1"]

    def test_no_network(self, worker: Worker) -> None:
        """There is not even a route out."""
        outcome = answer(
            worker,
            "import socket\ndef answer():\n    socket.create_connection(('192.0.2.1', 80), 1)\n",
        )

        assert outcome.error is not None
        assert "unreachable" in outcome.error.message

    def test_an_unprivileged_user_without_capabilities(self, worker: Worker) -> None:
        """Whoever started the grader, the submission is nobody and can become nobody else."""
        status = value(worker, "open('/proc/self/status').read()")

        assert isinstance(status, str)
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert fields["Uid"].split()[0] != "0"
        assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0
        assert fields["NoNewPrivs"] == "1"

    def test_no_namespaces_within_namespaces(self, worker: Worker) -> None:
        """They would bring capabilities back, and with them mounts without a limit."""
        made = value(worker, "__import__('ctypes').CDLL(None).unshare(0x10000000)")

        assert made == -1

    def test_no_secret_in_the_environment(self, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
        """Variables of the machine stay outside."""
        monkeypatch.setenv("GRADER_TEST_SECRET", "canary")

        assert value(worker, "'GRADER_TEST_SECRET' in os.environ") is False
        assert value(worker, "'GRADER_CONTROL' in os.environ") is False

    @pytest.mark.parametrize(
        "place", ["/", "/usr", "/python", "/site/0", "/own/grader", "/datasets", "/dev", "/etc"]
    )
    def test_nothing_is_writable(self, worker: Worker, place: str) -> None:
        """A submission cannot leave a file where the next one would find it."""
        assert value(worker, f"os.access({place!r}, os.W_OK)") is False

    def test_the_datasets_are_beside_it(self, worker: Worker) -> None:
        """A notebook reads the public data as ``datasets/...``."""
        assert value(worker, "open('datasets/fruit/data.csv').readline().strip()") == "name,weight,price,kind"


class TestWhatIsLeft:
    """A submission is gone when it ends, with everything it started."""

    @pytest.mark.parametrize("folder", ["/tmp", "/home/student", "/dev/shm"])
    def test_files_are_gone(self, worker: Worker, folder: str) -> None:
        """The next submission finds an empty folder."""
        path = f"{folder}/left-behind"
        answer(worker, f"open({path!r}, 'w').write('x')\ndef answer(): return 1\n")

        assert value(worker, f"os.path.exists({path!r})") is False

    def test_background_processes_are_dead(self, worker: Worker) -> None:
        """A daemon that left its session still dies."""
        source = (
            "import os, time\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    if os.fork() == 0:\n"
            "        time.sleep(987)\n"
            "    os._exit(0)\n"
            "def answer(): return 1\n"
        )

        before = _descendants(worker)

        assert answer(worker, source).value == 1
        deadline = time.monotonic() + 20
        while _descendants(worker) - before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _descendants(worker) - before == set()

    def test_patches_are_gone(self, worker: Worker) -> None:
        """What a submission did to Keras and NumPy does not reach the next."""
        answer(worker, "import numpy as np, keras\nnp.max = keras.Model.fit = None\ndef answer(): return 1\n")

        assert value(worker, "int(__import__('numpy').max([3]))") == 3


def _descendants(worker: Worker) -> set[int]:
    """Return the process ids of everything below the warm process's launcher."""
    found, waiting = set[int](), [worker.process_id]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            below = [int(pid) for pid in _read(task).split()]
            found.update(below)
            waiting += below
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


class TestHowItEnds:
    """One bad question costs only itself."""

    GOOD = "def good():\n    return 7\n"

    def both(self, worker: Worker, bad: str) -> tuple[Happening, object]:
        """Ask *bad*, then a good function; return how the first ended and what the second gave."""
        observed = run(worker, [bad + self.GOOD], asks("bad"), asks("good"))
        good = observed.evidence["exercise", "good"].outcomes[0]
        return observed.evidence["exercise", "bad"].outcomes[0].happening, good.value

    def test_endless_loop(self, worker: Worker) -> None:
        """A loop is stopped, and the next question is asked."""
        assert self.both(worker, "def bad():\n    while True: pass\n") == (Happening.TIMED_OUT, 7)

    def test_loop_that_swallows_everything(self, worker: Worker) -> None:
        """A loop that catches the alarm is killed from outside."""
        bad = (
            "def bad():\n"
            "    while True:\n"
            "        try:\n"
            "            while True: pass\n"
            "        except BaseException: pass\n"
        )

        assert self.both(worker, bad) == (Happening.TIMED_OUT, 7)

    def test_sleep_in_native_code(self, worker: Worker) -> None:
        """Code that does not return to the interpreter is killed from outside."""
        bad = "import ctypes\ndef bad():\n    ctypes.PyDLL(None).sleep(60)\n"

        assert self.both(worker, bad) == (Happening.TIMED_OUT, 7)

    @pytest.mark.parametrize("hog", ["[0] * 10**11", "b'x' * 2**33", "__import__('numpy').ones(10**10)"])
    def test_memory(self, worker: Worker, hog: str) -> None:
        """Memory has an end, and running into it is told apart from a mistake."""
        assert self.both(worker, f"def bad():\n    return {hog}\n") == (Happening.OUT_OF_MEMORY, 7)

    def test_memory_bit_by_bit(self, worker: Worker) -> None:
        """A list that grows without end is stopped by the limit, not by the machine."""
        bad = "def bad():\n    kept = []\n    while True:\n        kept.append(bytearray(10**7))\n"

        assert self.both(worker, bad)[0] in (Happening.OUT_OF_MEMORY, Happening.TIMED_OUT)

    @pytest.mark.parametrize("end", ["os._exit(0)", "ctypes.string_at(0)", "os.abort()"])
    def test_crash(self, worker: Worker, end: str) -> None:
        """A process that ends itself is a crash, whatever its exit status."""
        assert self.both(worker, f"import os, ctypes\ndef bad():\n    {end}\n") == (Happening.CRASHED, 7)

    def test_sys_exit(self, worker: Worker) -> None:
        """``sys.exit`` in a function is an exception like any other."""
        assert self.both(worker, "import sys\ndef bad():\n    sys.exit(0)\n") == (Happening.RAISED, 7)

    def test_fork_bomb(self, worker: Worker) -> None:
        """The number of processes is bounded."""
        bad = "import os\ndef bad():\n    while True:\n        try: os.fork()\n        except OSError: pass\n"

        assert self.both(worker, bad) == (Happening.TIMED_OUT, 7)

    def test_something_that_cannot_be_handed_over(self, worker: Worker) -> None:
        """A value nested without end is malformed, not a crash."""
        bad = "def bad():\n    deep = []\n    for _ in range(10**4): deep = [deep]\n    return deep\n"

        happening, good = self.both(worker, bad)
        assert (happening in (Happening.MALFORMED, Happening.RETURNED), good) == (True, 7)

    def test_forged_bytes(self, worker: Worker) -> None:
        """Garbage on the conversation's descriptor is the submission's own loss."""
        bad = (
            "import os\ndef bad():\n"
            "    for number in range(3, 64):\n"
            "        try: os.write(number, b'\\xff' * 64)\n"
            "        except OSError: pass\n"
        )

        happening, good = self.both(worker, bad)
        assert (happening, good) == (Happening.MALFORMED, 7)


class TestCells:
    """Cells run as in Jupyter, and none stops the next."""

    def test_a_failing_cell_does_not_stop_the_next(self, worker: Worker) -> None:
        """An exception and a syntax error cost their own cell."""
        observed = run(worker, ["1 / 0", "def (:", "def answer(): return 5"], asks("answer"))

        assert [cell.happening for cell in observed.cells] == ["raised", "raised", "returned"]
        assert observed.evidence["exercise", "answer"].outcomes[0].value == 5

    def test_a_name_whose_cell_failed_says_so(self, worker: Worker) -> None:
        """The question is broken, not unattempted, and the student's line is named."""
        outcome = answer(worker, "x = 1\ndef answer(:\n    return 5")

        assert outcome.happening is Happening.UNDEFINED
        assert outcome.error is not None
        assert outcome.error.type == "SyntaxError"
        assert "cell 1" in outcome.detail

    def test_an_endless_cell_is_stopped(self, worker: Worker) -> None:
        """The cells after it run."""
        observed = run(worker, ["while True: pass", "def answer(): return 5"], asks("answer"))

        assert observed.cells[0].happening is Happening.TIMED_OUT
        assert observed.evidence["exercise", "answer"].outcomes[0].value == 5

    def test_a_cell_that_ends_the_process_is_left_out(self, worker: Worker) -> None:
        """A second fork runs the others."""
        observed = run(worker, ["import os; os._exit(1)", "def answer(): return 5"], asks("answer"))

        assert observed.cells[0].happening is Happening.CRASHED
        assert observed.evidence["exercise", "answer"].outcomes[0].value == 5

    @pytest.mark.parametrize(
        ("line", "note"),
        [
            ("!pip install keras", "pip install keras"),
            ("x = !ls", "ls"),
            ("%matplotlib inline", "matplotlib"),
            ("%pip install keras", "pip"),
            ("%no_such_magic", "no_such_magic"),
            ("from google.colab import drive\ndrive.mount('/content')", "google.colab.drive.mount"),
            ("from google.colab import files\nfiles.upload()", "google.colab.files.upload"),
            ("name = input('your name? ')", "your name?"),
            ("%%bash\nrm -rf /", "bash"),
        ],
    )
    def test_what_needs_the_outside_is_skipped_with_a_note(
        self, worker: Worker, line: str, note: str
    ) -> None:
        """The cell goes on, and the student can read what was left out."""
        observed = run(worker, [line, "def answer(): return 5"], asks("answer"))

        assert observed.cells[0].happening is Happening.RETURNED
        assert any(note in text for text in observed.cells[0].notes)

    def test_plots_are_shown_to_nobody(self, worker: Worker) -> None:
        """``plt.show()`` does nothing and does not fail."""
        source = (
            "import matplotlib.pyplot as plt\n"
            "plt.plot([1, 2])\nplt.show()\n"
            "def answer(): return plt.get_fignums()"
        )

        assert answer(worker, source).value == []

    def test_printing_has_an_end(self, worker: Worker) -> None:
        """A flood of output is cut, and the cell goes on."""
        observed = run(worker, ["for _ in range(10**4): print('spam' * 10)"], asks("answer"))

        assert observed.cells[0].happening is Happening.RETURNED
        assert len(observed.cells[0].printed) < 10_000

    def test_tracebacks_show_the_students_lines_only(self, worker: Worker) -> None:
        """The trace names cell and line, and nothing of the grader."""
        outcome = answer(worker, "def helper(x):\n    return x['a']\n\ndef answer():\n    return helper([1])")

        assert outcome.error is not None
        assert outcome.error.trace.splitlines() == [
            "cell 1, line 5, in answer: return helper([1])",
            "cell 1, line 2, in helper: return x['a']",
        ]


class TestNames:
    """Several exercises may ask for the same name."""

    def test_each_exercise_gets_its_own_section(self, worker: Worker) -> None:
        """A function and its helper are those of the section, though both are defined again later."""
        first = cells("def helper(): return 1\ndef build(): return helper()", section="one")
        second = [
            type(cell)(number=2, kind=cell.kind, source=cell.source, exercise="two")
            for cell in cells("def helper(): return 2\ndef build(): return helper()")
        ]
        probes = [asks("build", exercise="one"), asks("build", exercise="two")]

        observed = observe(worker, [*first, *second], probes, Allowance())

        assert observed.evidence["one", "build"].outcomes[0].value == 1
        assert observed.evidence["two", "build"].outcomes[0].value == 2

    def test_another_exercises_name_is_not_borrowed(self, worker: Worker) -> None:
        """An exercise that was left out is missing, although its name stands in another section."""
        only = cells("def build(): return 1", section="one")
        probes = [asks("build", exercise="one"), asks("build", exercise="two")]

        observed = observe(worker, only, probes, Allowance())

        assert observed.evidence["two", "build"].outcomes[0].happening is Happening.MISSING

    def test_a_misplaced_answer_is_found(self, worker: Worker) -> None:
        """A name that only one exercise asks for counts wherever it stands."""
        only = cells("def pool(): return 1", section="one")
        probes = [asks("build", exercise="one"), asks("pool", exercise="two")]

        observed = observe(worker, only, probes, Allowance())

        assert observed.evidence["two", "pool"].outcomes[0].value == 1

    def test_what_a_section_means_does_not_depend_on_what_else_is_asked(self, worker: Worker) -> None:
        """A name under another heading is not borrowed, though only one of the two is graded."""
        only = cells("def build(): return 1", section="one")
        names = {"build": frozenset({"one", "two"})}

        observed = observe(worker, only, [asks("build", exercise="two")], Allowance(), names=names)

        assert observed.evidence["two", "build"].outcomes[0].happening is Happening.MISSING

    def test_a_name_that_is_nearly_right_is_told(self, worker: Worker) -> None:
        """Not one that another exercise asks for, nor one that the shell brings along."""
        wanted = {"total_parameters": frozenset({"one"}), "total_parameter": frozenset({"two"})}
        sources = ["def total_paramters(): return 1", "def total_parameter(): return 2"]
        missing = [asks(name, exercise="one") for name in ("total_parameters", "get_ipytho")]

        observed = observe(worker, cells(*sources, section="two"), missing, Allowance(), names=wanted)

        outcomes = [observed.evidence["one", probe.name].outcomes[0] for probe in missing]
        assert [one.happening for one in outcomes] == [Happening.MISSING] * 2
        assert [one.near for one in outcomes] == ["total_paramters", ""]


class TestStarters:
    """A function that nobody has written is no wrong answer."""

    @pytest.mark.parametrize("body", ["...", "'Says what to do.'\n    ...", "raise NotImplementedError"])
    def test_an_empty_body_is_unwritten(self, worker: Worker, body: str) -> None:
        """However a starter writes it."""
        assert answer(worker, f"def answer():\n    {body}").happening is Happening.UNWRITTEN

    def test_an_empty_body_that_waits_is_unwritten(self, worker: Worker) -> None:
        """``async def`` is no answer by itself, and Python's warning about it is not the student's output."""
        observed = run(worker, ["async def answer(): ..."], asks("answer"))

        evidence = observed.evidence["exercise", "answer"]
        assert (evidence.outcomes[0].happening, evidence.printed) == (Happening.UNWRITTEN, "")

    @pytest.mark.parametrize(
        "source",
        [
            "def answer(): return None",
            "def answer(): return",
            "def answer(): pass",
            "def answer(): 'Says what to do.'",
            "def answer(): 42",
            "def answer():\n    x = 1\n    ...",
            "answer = lambda: None",
            "exec('def answer(): ...')",
            "class Answer:\n    def __call__(self): ...\nanswer = Answer()",
            "import functools\ndef starter(): ...\n@functools.wraps(starter)\ndef answer(): return starter()",
        ],
    )
    def test_nothing_that_somebody_wrote_is(self, worker: Worker, source: str) -> None:
        """It gave ``None``, and that is judged."""
        outcome = answer(worker, source)

        assert (outcome.happening, outcome.value) == (Happening.RETURNED, None)


class TestValues:
    """What functions return crosses the wall as plain data."""

    def test_arrays_and_tensors(self, worker: Worker) -> None:
        """A tensor becomes an array."""
        outcome = answer(
            worker, "import tensorflow as tf\ndef answer(x): return tf.constant(x) * 2", "answer", np.eye(2)
        )

        assert outcome.value.tolist() == [[2, 0], [0, 2]]

    def test_arguments_may_be_changed_in_place(self, worker: Worker) -> None:
        """A student's function owns its arguments."""
        outcome = answer(worker, "def answer(x):\n    x[0] = 9\n    return x", "answer", np.zeros(2))

        assert outcome.value.tolist() == [9, 0]

    def test_a_model_is_exported_with_its_configuration(self, worker: Worker) -> None:
        """A Sequential model crosses as data."""
        outcome = answer(
            worker,
            "import keras\n"
            "def answer():\n"
            "    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])",
        )

        assert isinstance(outcome.value, ExportedModel)
        assert outcome.value.config is not None

    def test_a_subclass_is_exported_as_a_claim(self, worker: Worker) -> None:
        """A subclass has no configuration that could be trusted."""
        source = (
            "import keras\n"
            "class Mine(keras.Model):\n"
            "    def call(self, x): return x\n"
            "    def get_config(self): return {}\n"
            "def answer(): return Mine()\n"
        )
        outcome = answer(worker, source)

        assert isinstance(outcome.value, ExportedModel)
        assert outcome.value.config is None

    def test_the_same_submission_draws_the_same_numbers(self, worker: Worker) -> None:
        """Random numbers start from the same place in every fork."""
        source = (
            "import numpy as np, random, keras\n"
            "def answer(): return [np.random.rand(), random.random(), float(keras.random.uniform(()))]"
        )

        assert answer(worker, source).value == answer(worker, source).value


class TestWorker:
    """The warm process itself."""

    def test_it_is_replaced_when_it_dies(self, worker: Worker) -> None:
        """The next fork comes from a new process."""
        before = worker.process_id
        os.kill(before, signal.SIGKILL)

        assert answer(worker, "def answer(): return 3").value == 3

    def test_a_fork_can_train(self, worker: Worker) -> None:
        """TensorFlow works in a fork, which it does only while the warm process has executed nothing."""
        source = (
            "import keras, numpy as np\n"
            "def answer():\n"
            "    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
            "    model.compile('sgd', 'mse')\n"
            "    return len(model.fit(np.eye(2), np.ones(2), epochs=2, verbose=0).history['loss'])\n"
        )
        observed = run(worker, [source], asks("answer", seconds=60.0))

        assert observed.evidence["exercise", "answer"].outcomes[0].value == 2

    def test_the_warm_process_has_no_threads_of_tensorflow(self, worker: Worker) -> None:
        """Threads do not survive a fork, so the warm process has none to lose."""
        threads = value(worker, "len(os.listdir('/proc/self/task'))")

        assert threads == 1

    def test_this_process_is_the_grader(self) -> None:
        """The tests' own process is not in the sandbox."""
        assert os.getpid() != 1
