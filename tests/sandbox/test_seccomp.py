"""The filter on system calls, tried on this kernel: what it refuses, and that nothing else does."""

import ctypes
import errno
import json
import mmap
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.inside import calls, seccomp
from grader.sandbox.inside.seccomp import Instruction, Machine
from tests.sandbox.running import in_fork

pytestmark = pytest.mark.skipif(not seccomp.available(), reason="needs Linux with seccomp filters")

ROOT = Path(__file__).parents[2]
LIBC = ctypes.CDLL(None, use_errno=True)
MACHINE = seccomp.MACHINES.get(platform.machine(), seccomp.MACHINES["x86_64"])
FORBIDDEN = seccomp.numbers(calls.FORBIDDEN, MACHINE)
MISSING = seccomp.numbers(calls.MISSING, MACHINE)
FORBIDDEN_ALONE = seccomp.numbers(calls.FORBIDDEN_ALONE, MACHINE)
FORBIDDEN_OUTSIDE = seccomp.numbers(calls.FORBIDDEN_OUTSIDE, MACHINE)
ALL = {**FORBIDDEN, **MISSING, **FORBIDDEN_ALONE, **FORBIDDEN_OUTSIDE}
NOBODY = 99_999_999
#: -1 everywhere is a bad pointer, descriptor, flag or request for every other call of the table.
HARMLESS = {"msgget": (-1, 0), "shmget": (-1, 0, 0), "syslog": (-1, 0, 0)}
STRAY_BIT = 1 << 32


def call(number: int, *arguments: int) -> int:
    """Make one system call; return 0 or its error."""
    ctypes.set_errno(0)
    result = LIBC.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return ctypes.get_errno() if result < 0 else 0


def errors(calls: dict[str, int]) -> dict[str, int]:
    """Return the errors of *calls*, each made with arguments that do nothing."""
    return {name: call(number, *HARMLESS.get(name, (-1,) * 6)) for name, number in calls.items()}


def number_of(name: str) -> int:
    """Return the number on this machine of a call that is filtered by its arguments."""
    demands = (*calls.DEMANDS, *calls.demands_alone(0, signals_scoped=False))
    return {key: n for demand in demands for key, n in seccomp.numbers(demand.calls, MACHINE).items()}[name]


def filtered(function: Callable[[], Any], *, alone: bool = False) -> Any:
    """Return what *function* returns in a fork under the filter."""

    def under_the_filter() -> Any:
        seccomp.install(own_processes_only=alone)
        return function()

    return in_fork(under_the_filter)


@pytest.fixture(scope="module")
def plain() -> dict[str, int]:
    """The errors of all calls without a filter."""
    return in_fork(lambda: errors(ALL))


@pytest.fixture(scope="module")
def under_filter() -> dict[str, int]:
    """The errors of all calls under the filter."""
    return filtered(lambda: errors(ALL))


@pytest.fixture(scope="module")
def under_filter_alone() -> dict[str, int]:
    """The same, when the fork has no namespaces."""
    return filtered(lambda: errors(ALL), alone=True)


@pytest.fixture(scope="module")
def under_filter_outside() -> dict[str, int]:
    """The same, when the fork has no mounts."""

    def under_the_filter() -> dict[str, int]:
        seccomp.install(own_processes_only=True, own_files_only=True)
        return errors(ALL)

    return in_fork(under_the_filter)


class TestWholeCalls:
    """Calls that are refused whatever their arguments."""

    @pytest.mark.parametrize("name", FORBIDDEN)
    def test_forbidden(
        self, name: str, under_filter: dict[str, int], under_filter_alone: dict[str, int]
    ) -> None:
        """The answer is "not permitted"."""
        assert under_filter[name] == under_filter_alone[name] == errno.EPERM

    @pytest.mark.parametrize("name", MISSING)
    def test_missing(
        self, name: str, under_filter: dict[str, int], under_filter_alone: dict[str, int]
    ) -> None:
        """The answer is "not implemented", so that programs take their other way."""
        assert under_filter[name] == under_filter_alone[name] == errno.ENOSYS

    @pytest.mark.parametrize("name", FORBIDDEN_OUTSIDE)
    def test_forbidden_outside(
        self, name: str, under_filter_alone: dict[str, int], under_filter_outside: dict[str, int]
    ) -> None:
        """Files of others keep their modes, owners, times and attributes."""
        assert under_filter_alone[name] != errno.EPERM
        assert under_filter_outside[name] == errno.EPERM

    @pytest.mark.parametrize("name", FORBIDDEN_ALONE)
    def test_forbidden_alone(
        self,
        name: str,
        plain: dict[str, int],
        under_filter: dict[str, int],
        under_filter_alone: dict[str, int],
    ) -> None:
        """Where others are in sight, and only there."""
        assert under_filter_alone[name] == errno.EPERM
        assert under_filter[name] == plain[name] != errno.EPERM

    @pytest.mark.skipif(os.geteuid() != 0, reason="the kernel itself refuses these to all but root")
    @pytest.mark.parametrize("name", FORBIDDEN)
    def test_the_kernel_alone_would_look_at_it(self, name: str, plain: dict[str, int]) -> None:
        """Without the filter the arguments are what is wrong, so that the tests above show the filter."""
        assert plain[name] != errno.EPERM

    @pytest.mark.parametrize("name", ["clone3"])
    def test_the_kernel_alone_has_it(self, name: str, plain: dict[str, int]) -> None:
        """Without the filter it is there; a kernel may lack the others."""
        assert plain[name] != errno.ENOSYS

    def test_the_numbers_are_those_of_the_kernel(self) -> None:
        """A few, against the C library's header, where it is installed."""
        header = Path(f"/usr/include/{platform.machine()}-linux-gnu/asm/unistd_64.h")
        if not header.exists():
            pytest.skip("the header is not installed")
        words = [line.split() for line in header.read_text().splitlines() if line.startswith("#define __NR_")]
        known = {word[1].removeprefix("__NR_"): int(word[2]) for word in words}

        ours = ALL
        assert len(set(ours) & set(known)) > 50
        assert {name: known[name] for name in set(ours) & set(known)} == {
            name: number for name, number in ours.items() if name in known
        }


CLONE_NEWUSER_AND_FS = 0x10000200
REFUSED_ARGUMENTS = [
    # The kernel takes no user namespace with a shared working folder: nothing is made in the control run.
    ("clone", (CLONE_NEWUSER_AND_FS, 0, 0, 0, 0), errno.EPERM),
    *(("socket", (family, 1, 0), errno.ENETUNREACH) for family in (socket.AF_INET, socket.AF_INET6)),
    *(("socket", (family, 3, 0), errno.ENETUNREACH) for family in (16, 17, 38, 40)),
    ("socket", (socket.AF_INET | STRAY_BIT, 1, 0), errno.ENETUNREACH),
    ("socketpair", (socket.AF_INET, 1, 0, 0), errno.ENETUNREACH),
    *(("ioctl", (-1, request), errno.EPERM) for request in (0x5412, 0x541C, 0x5423)),
    ("ioctl", (-1, calls.TIOCSTI | STRAY_BIT), errno.EPERM),
    ("personality", (0x0040000,), errno.EPERM),
]
REFUSED_ARGUMENTS_ALONE = [
    *(("kill", (pid, 0), errno.EPERM) for pid in (1, -1, NOBODY, 1 | STRAY_BIT)),
    ("tkill", (1, 0), errno.EPERM),
    ("tgkill", (1, 1, 0), errno.EPERM),
    ("rt_sigqueueinfo", (1, 0, 0), errno.EPERM),
    ("rt_tgsigqueueinfo", (1, 1, 0, 0), errno.EPERM),
    ("prlimit64", (1, 0, 0, 0), errno.EPERM),
    ("sched_setaffinity", (1, 0, 0), errno.EPERM),
    ("sched_setscheduler", (1, -1, 0), errno.EPERM),
    ("sched_setparam", (1, 0), errno.EPERM),
    ("sched_setattr", (1, 0, 0), errno.EPERM),
    ("migrate_pages", (NOBODY, 0, 0, 0), errno.EPERM),
    ("move_pages", (NOBODY, 0, 0, 0, 0, 0), errno.EPERM),
    ("setpriority", (0, NOBODY, 0), errno.EPERM),
    ("setpriority", (calls.PRIO_USER, NOBODY, 0), errno.EPERM),
    *(("fcntl", (-1, command, 0), errno.EPERM) for command in (8, 15)),
    *(("ioctl", (-1, request, 0), errno.EPERM) for request in (0x8901, 0x8902)),
]


class TestArguments:
    """Calls that are refused for one of their arguments."""

    @pytest.mark.parametrize(("name", "arguments", "error"), REFUSED_ARGUMENTS)
    def test_refused(self, name: str, arguments: tuple[int, ...], error: int) -> None:
        """With the filter only."""
        assert filtered(lambda: call(number_of(name), *arguments)) == error
        assert filtered(lambda: call(number_of(name), *arguments), alone=True) == error
        assert in_fork(lambda: call(number_of(name), *arguments)) != error

    @pytest.mark.skipif(os.geteuid() != 0, reason="the kernel itself refuses these to all but root")
    @pytest.mark.parametrize(("name", "arguments", "error"), REFUSED_ARGUMENTS_ALONE)
    def test_refused_alone(self, name: str, arguments: tuple[int, ...], error: int) -> None:
        """Only where others are in sight; in a PID namespace of its own a fork signals its children."""
        assert filtered(lambda: call(number_of(name), *arguments), alone=True) == error
        assert filtered(lambda: call(number_of(name), *arguments)) != error
        assert in_fork(lambda: call(number_of(name), *arguments)) != error

    @pytest.mark.parametrize(
        ("name", "arguments", "error"),
        [
            ("socket", (socket.AF_UNIX, 1, 0), 0),
            ("socket", (socket.AF_UNIX | STRAY_BIT, 1, 0), 0),
            ("ioctl", (-1, 0x5413), errno.EBADF),
            ("personality", (0,), 0),
            ("personality", (0xFFFFFFFF,), 0),
            ("kill", (0, 0), 0),
            ("prlimit64", (0, 0, 0, 0), 0),
            ("setpriority", (0, 0, 19), 0),
            ("fcntl", (-1, 1, 0), errno.EBADF),
        ],
    )
    def test_what_python_needs_passes(self, name: str, arguments: tuple[int, ...], error: int) -> None:
        """The kernel's own answer comes through, in either case."""
        assert filtered(lambda: call(number_of(name), *arguments)) == error
        assert filtered(lambda: call(number_of(name), *arguments), alone=True) == error

    def test_it_may_signal_itself(self) -> None:
        """By its own number, as ``os.abort`` and ``signal.raise_signal`` do."""
        assert filtered(lambda: os.kill(os.getpid(), 0), alone=True) is None
        assert filtered(lambda: signal.raise_signal(signal.SIGTERM), alone=True) == -signal.SIGTERM


class TestSockets:
    """A service that listens on a path, as syslog does, and another fork's socket without one."""

    @pytest.fixture(params=["path", "abstract"])
    def service(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
        """A socket outside of the fork that takes datagrams."""
        name = str(tmp_path / "service") if request.param == "path" else f"\0grader-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as service:
            service.bind(name)
            yield service

    @pytest.fixture(params=["path", "abstract"])
    def server(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
        """A socket outside of the fork that takes connections."""
        name = str(tmp_path / "server") if request.param == "path" else f"\0grader-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(name)
            server.listen()
            yield server

    @pytest.mark.parametrize("rules", [{"own_files_only": True, "signals_scoped": True}, {}])
    @pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_SEQPACKET])
    def test_nothing_is_delivered(self, service: socket.socket, kind: int, rules: dict[str, bool]) -> None:
        """Neither by a path, nor where Landlock does not hold abstract sockets apart."""

        def send() -> None:
            with socket.socket(socket.AF_UNIX, kind) as client:
                client.sendto(b"x", service.getsockname())

        assert under(send, **rules) == -errno.ENETUNREACH
        with pytest.raises(BlockingIOError):
            service.recv(1)

    def test_it_is_delivered_without(self, service: socket.socket) -> None:
        """Where Landlock holds abstract sockets apart, and mounts hide the paths, the filter lets it pass."""

        def send() -> None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
                client.sendto(b"x", service.getsockname())

        assert under(send, signals_scoped=True) is None
        assert service.recv(1) == b"x"

    @pytest.mark.parametrize("rules", [{"own_files_only": True, "signals_scoped": True}, {}])
    def test_no_connection(self, server: socket.socket, rules: dict[str, bool]) -> None:
        """The same for a stream."""

        def connect() -> None:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(server.getsockname())

        assert under(connect, **rules) == -errno.EPERM
        assert under(connect, signals_scoped=True) is None

    def test_pairs_pass(self) -> None:
        """Pipes between a process and its children are made of them."""

        def pair() -> int:
            left, right = socket.socketpair()
            with left, right:
                left.send(b"x")
                return len(right.recv(1))

        assert under(pair, own_files_only=True) == 1


def under(action: Callable[[], Any], **rules: bool) -> Any:
    """Return what *action* returns in a fork where others are in sight, under the filter with *rules*."""

    def under_the_filter() -> Any:
        seccomp.install(own_processes_only=True, **rules)
        return action()

    return in_fork(under_the_filter)


class TestOtherWays:
    """Numbers that are no call of this machine, or not yet."""

    @pytest.mark.skipif(platform.machine() != "x86_64", reason="int 0x80 is x86")
    def test_a_call_as_another_architecture_ends_the_process(self) -> None:
        """Where the kernel takes ``int 0x80`` at all, it gives an answer without the filter."""
        assert filtered(_getpid_by_interrupt) == -signal.SIGSYS
        assert in_fork(_getpid_by_interrupt) != -signal.SIGSYS

    @pytest.mark.parametrize("number", [0x40000000 | 39, 0x40000000 | 520, 0xFFFFFFFF, 470, 400, 512])
    def test_unknown_numbers(self, number: int) -> None:
        """Calls by the x32 way, calls of the future and gaps are not implemented."""
        assert filtered(lambda: call(number, -1, -1, -1)) == errno.ENOSYS

    def test_the_last_known_call_is_the_limit(self) -> None:
        """A kernel that has a newer one seems not to have it: here with a limit before cachestat(2)."""

        def with_an_older_table() -> int:
            seccomp.LAST_KNOWN = 450
            seccomp.install()
            return call(451, -1, -1, -1, -1)

        if in_fork(lambda: call(451, -1, -1, -1, -1)) == errno.ENOSYS:
            pytest.skip("this kernel has no cachestat")
        assert in_fork(with_an_older_table) == errno.ENOSYS
        assert filtered(lambda: call(451, -1, -1, -1, -1)) != errno.ENOSYS


def _getpid_by_interrupt() -> int:
    # mov eax, 20; int 0x80; ret
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    code = mmap.mmap(-1, 4096, flags=private, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(address)())


class TestHowItIsInstalled:
    """It stays, it is inherited, and its absence is told."""

    def test_no_privileges_come_back(self) -> None:
        """The process has no_new_privs, so that set-user-ID programs do not help."""
        status = filtered(lambda: Path("/proc/self/status").read_text())

        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status

    def test_threads_and_programs_inherit_it(self) -> None:
        """Also a thread that was there before."""
        source = "import socket\ntry: socket.socket()\nexcept OSError as error: print(error.errno)"

        def tried() -> list[int]:
            begin, seen = threading.Event(), list[int]()
            early = threading.Thread(target=lambda: (begin.wait(), seen.append(_socket())))
            early.start()
            seccomp.install()
            begin.set()
            early.join()
            printed = subprocess.run([sys.executable, "-I", "-c", source], capture_output=True, check=True)
            return [*seen, int(printed.stdout)]

        assert in_fork(tried) == [errno.ENETUNREACH] * 2

    def test_a_second_filter_is_no_way_out(self) -> None:
        """Installing it again, in another form, adds to it."""

        def twice() -> list[int]:
            seccomp.install(own_processes_only=True)
            seccomp.install()
            return [_socket(), call(number_of("kill"), 1, 0)]

        assert in_fork(twice) == [errno.ENETUNREACH, errno.EPERM]

    def test_a_machine_without_a_table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is an error, never silence."""
        monkeypatch.setattr(seccomp, "MACHINES", {})

        assert seccomp.available() is False
        with pytest.raises(OSError, match="no table of system calls") as caught:
            seccomp.install()
        assert caught.value.errno == errno.ENOSYS

    def test_a_program_that_the_kernel_refuses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The kernel's error is raised."""
        monkeypatch.setattr(seccomp, "program", lambda *_, **__: [Instruction(0xFFFF, 0, 0, 0)])

        assert in_fork(seccomp.install) == -errno.EINVAL


def _socket() -> int:
    return call(number_of("socket"), socket.AF_INET, 1, 0)


class TestWhatAStudentReads:
    """No network is told as such."""

    def test_an_address(self) -> None:
        """Python names the reason."""

        def asked() -> str:
            try:
                urllib.request.urlopen("http://192.0.2.1/data.csv", timeout=1)
            except urllib.error.URLError as error:
                return str(error)
            return ""

        assert "unreachable" in filtered(asked)


def outcome(steps: list[Instruction], architecture: int, number: int, *arguments: int) -> int:
    """Return what a program answers: bpf(4) in as much as the filter uses it."""
    words = [number, architecture, 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF]
    loaded, position = 0, 0
    while True:
        step = steps[position]
        position += 1
        if step.code == seccomp.RETURN:
            return step.operand
        if step.code == seccomp.LOAD:
            loaded = words[step.operand // 4]
            continue
        if step.code == seccomp.KEEP_BITS:
            loaded &= step.operand
            continue
        met = {
            seccomp.IF_EQUAL: loaded == step.operand,
            seccomp.IF_ABOVE: loaded > step.operand,
            seccomp.IF_AT_LEAST: loaded >= step.operand,
            seccomp.IF_BITS: loaded & step.operand != 0,
        }[step.code]
        position += step.if_true if met else step.if_false


@pytest.mark.parametrize("machine", seccomp.MACHINES.values(), ids=seccomp.MACHINES)
@pytest.mark.parametrize("own", [None, 4711])
class TestThePrograms:
    """For each machine, also the one that the tests do not run on."""

    def test_they_are_valid(self, machine: Machine, own: int | None) -> None:
        """Jumps stay inside and fit a byte; every path ends; the kernel takes at most 4096 steps."""
        steps = seccomp.program(machine, own)

        assert len(steps) <= 4096
        assert steps[-1] == (seccomp.RETURN, 0, 0, seccomp.ALLOW)
        for position, step in enumerate(steps):
            assert 0 <= step.if_true <= 255
            assert 0 <= step.if_false <= 255
            assert position + 1 + max(step.if_true, step.if_false) <= len(steps)

    def test_each_number_gets_its_answer(self, machine: Machine, own: int | None) -> None:
        """All numbers there are, once through the program."""
        refused = set(seccomp.numbers(calls.FORBIDDEN, machine).values())
        alone = f"{calls.FORBIDDEN_ALONE} {calls.MEETING}" if own else ""
        refused |= set(seccomp.numbers(alone, machine).values())
        missing = set(seccomp.numbers(calls.MISSING, machine).values())
        missing |= {*range(machine.last_own + 1, 424), *range(470, 600), 0x40000000, 0xFFFFFFFF}
        socket_calls = set(seccomp.numbers("socket 41/198 socketpair 53/199", machine).values())
        steps = seccomp.program(machine, own)

        for number in (*range(600), 0x40000000, 0xFFFFFFFF):
            expected = seccomp.ALLOW
            if number in refused:
                expected = seccomp.ERROR | errno.EPERM
            elif number in missing:
                expected = seccomp.ERROR | errno.ENOSYS
            elif number in socket_calls:
                expected = seccomp.ERROR | errno.ENETUNREACH
            assert outcome(steps, machine.architecture, number) == expected, number

    def test_a_foreign_architecture(self, machine: Machine, own: int | None) -> None:
        """Whatever the number, the process ends."""
        foreign = next(other for other in seccomp.MACHINES.values() if other != machine)

        for architecture in (0x40000003, foreign.architecture):
            assert outcome(seccomp.program(machine, own), architecture, 0) == seccomp.KILL_PROCESS

    def test_signals(self, machine: Machine, own: int | None) -> None:
        """Its own number and its group's pass, each alone where others are in sight."""
        kill = seccomp.numbers("kill 62/129", machine)["kill"]
        steps = seccomp.program(machine, own)
        passed = [
            pid
            for pid in (0, 4711, 4711 | STRAY_BIT, 1, -1, 4712, -4711)
            if outcome(steps, machine.architecture, kill, pid & 2**64 - 1, 9) == seccomp.ALLOW
        ]

        assert passed == (
            [0, 4711, 4711 | STRAY_BIT] if own else [0, 4711, 4711 | STRAY_BIT, 1, -1, 4712, -4711]
        )

    def test_priorities(self, machine: Machine, own: int | None) -> None:
        """Two demands on one call both hold."""
        setpriority = seccomp.numbers("setpriority 141/140", machine)["setpriority"]
        steps = seccomp.program(machine, own)
        passed = [
            (which, who)
            for which, who in ((0, 0), (0, 4711), (1, 0), (2, 0), (0, 1))
            if outcome(steps, machine.architecture, setpriority, which, who) == seccomp.ALLOW
        ]

        assert passed == [(0, 0), (0, 4711), (1, 0), *([] if own else [(2, 0), (0, 1)])]


#: Run in a process that has TensorFlow and has executed none of it: as the zygote does.
HONEST_WORK = """
import json, os, sys, tempfile, time, warnings
warnings.simplefilter("ignore")
import keras, matplotlib, numpy as np, tensorflow
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import multiprocessing, subprocess, threading
from concurrent.futures import ThreadPoolExecutor
from grader.sandbox.inside import calls, seccomp

def square(x):
    return x * x

def train():
    net = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(),
                            keras.layers.Dense(3, activation="softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    seen = net.fit(np.ones((32, 8, 8, 1), "float32"), np.zeros(32), epochs=2, verbose=0)
    data = tensorflow.data.Dataset.range(9).map(lambda x: x * 2, num_parallel_calls=2).prefetch(2)
    return len(seen.history["loss"]) + sum(int(x) for x in data) == 74

def savefig():
    with tempfile.TemporaryDirectory() as folder:
        plt.plot([1, 2]); plt.savefig(folder + "/a.png"); plt.savefig(folder + "/a.svg")
        return os.path.getsize(folder + "/a.png") > 0

def read_csv():
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("a,b\\n1,2\\n"); file.flush()
        try:
            import pandas
        except ImportError:
            return np.genfromtxt(file.name, delimiter=",", names=True)["b"] == 2
        return int(pandas.read_csv(file.name).b[0]) == 2

def pool():
    with multiprocessing.Pool(2) as workers:
        result = workers.map(square, [1, 2, 3])
        # To leave a pool at once needs a signal, which a fork alone may not send.
        workers.close(); workers.join()
    return result == [1, 4, 9]

def end_a_child():
    child = multiprocessing.Process(target=time.sleep, args=(2,))
    child.start(); child.terminate(); child.join()
    return child.exitcode == -15

def threads():
    with ThreadPoolExecutor(4) as many:
        return list(many.map(square, range(3))) == [0, 1, 4]

def listing():
    return subprocess.run(["ls", "/"], capture_output=True, check=True).stdout != b""

def attempt(work):
    try:
        return bool(work())
    except Exception as error:
        return repr(error)

WORK = (train, savefig, read_csv, pool, end_a_child, threads, listing)
for alone in (False, True):
    reader, writer = os.pipe()
    if os.fork() == 0:
        seccomp.install(own_processes_only=alone)
        os.write(writer, json.dumps({work.__name__: attempt(work) for work in WORK}).encode())
        os._exit(0)
    os.close(writer)
    print(os.fdopen(reader).read())
    os.wait()
"""


@pytest.mark.slow
class TestHonestWork:
    """What submissions do goes on working."""

    def test_tensorflow_and_the_rest_in_a_fork(self) -> None:
        """Training, plots, tables, processes, threads and programs; alone, a child cannot be killed."""
        ran = subprocess.run(
            [sys.executable, "-c", HONEST_WORK],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            timeout=200,
        )
        usual, alone = (json.loads(line) for line in ran.stdout.splitlines())

        assert set(usual.values()) == {True}, usual
        assert "PermissionError" in alone.pop("end_a_child")
        assert set(alone.values()) == {True}, alone
