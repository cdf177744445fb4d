"""Landlock, tried on this kernel: each action goes well without the restriction, and is refused with it."""

import ctypes
import errno
import fcntl
import os
import platform
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.defences import Isolation
from grader.sandbox.inside import confine, landlock, seccomp
from grader.sandbox.inside.landlock import Right
from tests.sandbox.running import in_fork

ABI = landlock.abi()
pytestmark = pytest.mark.skipif(ABI == 0, reason="needs a kernel with Landlock")

LIBC = ctypes.CDLL(None, use_errno=True)
SYSTEM = ("/usr", "/bin", "/lib", "/lib64")
TCGETS = 0x5401


class Places:
    """Three folders with the same content: one to read, one to write, one to stay out of."""

    def __init__(self, root: Path) -> None:
        """Make them beneath *root*."""
        self.readable, self.writable, self.outside = (root / name for name in ("read", "write", "outside"))
        for folder in (self.readable, self.writable, self.outside):
            (folder / "folder").mkdir(parents=True)
            (folder / "file").write_text("text")
            shutil.copy(shutil.which("true") or "/bin/true", folder / "program")

    def restrict(self) -> None:
        """Put this process under the restriction."""
        landlock.restrict([*SYSTEM, str(self.readable)], [str(self.writable)])

    def restricted(self, action: Callable[[], Any]) -> Any:
        """Return what *action* returns in a restricted fork, or its error."""

        def under_restriction() -> Any:
            self.restrict()
            return action()

        return in_fork(under_restriction)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Folders to try it in."""
    return Places(tmp_path)


def _read(folder: Path) -> object:
    return (folder / "file").read_text()


def _list(folder: Path) -> object:
    return sorted(path.name for path in folder.iterdir())


def _execute(folder: Path) -> object:
    return subprocess.run([folder / "program"], check=False).returncode


LOOKS = (_read, _list, _execute)


def _write(folder: Path) -> object:
    return (folder / "file").write_text("other")


def _append(folder: Path) -> object:
    with (folder / "file").open("a") as file:
        return file.write("x")


def _truncate(folder: Path) -> object:
    return os.truncate(folder / "file", 1)


def _create(folder: Path) -> object:
    return (folder / "new").write_text("x")


def _remove(folder: Path) -> object:
    return (folder / "file").unlink()


def _make_folder(folder: Path) -> object:
    return (folder / "new").mkdir()


def _remove_folder(folder: Path) -> object:
    return (folder / "folder").rmdir()


def _symlink(folder: Path) -> object:
    return (folder / "new").symlink_to("file")


def _fifo(folder: Path) -> object:
    return os.mkfifo(folder / "new")


def _unix_socket(folder: Path) -> object:
    with socket.socket(socket.AF_UNIX) as server:
        return server.bind(str(folder / "s"))


def _move(folder: Path) -> object:
    return (folder / "file").rename(folder / "folder" / "file") and None


def _link(folder: Path) -> object:
    return (folder / "folder" / "file").hardlink_to(folder / "file")


CHANGES = (
    *(_write, _append, _truncate, _create, _remove, _make_folder, _remove_folder),
    *(_symlink, _fifo, _unix_socket, _move, _link),
)
#: What an older kernel does not hold back.
NEEDS = {_truncate: 3}


class TestFiles:
    """Reading and writing, where it is allowed and where not."""

    @pytest.mark.parametrize("look", LOOKS)
    def test_reading(self, places: Places, look: Callable[[Path], object]) -> None:
        """In both folders that were named, not outside of them."""
        plain = in_fork(lambda: look(places.outside))

        assert places.restricted(lambda: look(places.readable)) == plain
        assert places.restricted(lambda: look(places.writable)) == plain
        assert places.restricted(lambda: look(places.outside)) == -errno.EACCES

    @pytest.mark.parametrize("change", CHANGES)
    def test_writing(self, places: Places, change: Callable[[Path], object]) -> None:
        """In the writable folder only."""
        if NEEDS.get(change, 1) > ABI:
            pytest.skip("this kernel's Landlock is older")

        assert places.restricted(lambda: change(places.readable)) == -errno.EACCES
        assert places.restricted(lambda: change(places.outside)) == -errno.EACCES
        plain = in_fork(lambda: change(places.outside))
        assert places.restricted(lambda: change(places.writable)) == plain
        assert plain not in {-errno.EACCES, -errno.EPERM, -errno.EXDEV}

    def test_nothing_leaves_the_writable_folder(self, places: Places) -> None:
        """Neither into another folder nor from one."""
        for source, target in (("writable", "outside"), ("outside", "writable"), ("readable", "writable")):
            start, end = getattr(places, source) / "file", getattr(places, target) / "moved"

            assert places.restricted(lambda a=start, b=end: a.rename(b)) in {-errno.EACCES, -errno.EXDEV}
            assert places.restricted(lambda a=start, b=end: b.hardlink_to(a)) in {-errno.EACCES, -errno.EXDEV}

    def test_no_way_by_a_symlink_or_dots(self, places: Places) -> None:
        """The place counts, not the name."""
        (places.writable / "link").symlink_to(places.outside / "file")
        (places.readable / "up").symlink_to("..")

        assert places.restricted((places.writable / "link").read_text) == -errno.EACCES
        assert places.restricted((places.readable / "up" / "outside" / "file").read_text) == -errno.EACCES

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
    @pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK])
    def test_no_devices(self, places: Places, kind: int) -> None:
        """Not even in the writable folder."""
        null = os.makedev(1, 3)

        assert places.restricted(lambda: os.mknod(places.writable / "d", kind | 0o600, null)) == -errno.EACCES
        assert in_fork(lambda: os.mknod(places.writable / "d", kind | 0o600, null)) is None

    @pytest.mark.skipif(ABI < 5, reason="this kernel's Landlock does not hold back ioctl")
    def test_devices_that_may_only_be_read(self) -> None:
        """They can be read, and not commanded."""

        def command(how: str) -> int:
            landlock.restrict(*(([], ["/dev/zero"]) if how == "write" else (["/dev/zero"], [])))
            with Path("/dev/zero").open("rb", buffering=0) as device:
                assert device.read(1) == b"\0"
                fcntl.ioctl(device, TCGETS)
            return 0

        assert in_fork(lambda: command("read")) == -errno.EACCES
        assert in_fork(lambda: command("write")) == -errno.ENOTTY

    def test_single_files(self, places: Places) -> None:
        """A file may be named instead of a folder, and its neighbours stay closed."""

        def tried() -> list[object]:
            landlock.restrict([str(places.readable / "file")], [str(places.outside / "file"), "/dev/null"])
            (places.outside / "file").write_text("written")
            Path("/dev/null").write_text("x")
            return [(places.readable / "file").read_text(), (places.outside / "file").read_text()]

        assert in_fork(tried) == ["text", "written"]

        def neighbour() -> str:
            landlock.restrict([str(places.readable / "file")], [])
            return (places.readable / "program").read_bytes().hex()

        assert in_fork(neighbour) == -errno.EACCES

    def test_paths_that_do_not_exist(self, places: Places) -> None:
        """They are left out; also what only seems to lie beneath a file."""

        def tried() -> str:
            nowhere = [str(places.outside / "nowhere"), str(places.outside / "file" / "beneath")]
            landlock.restrict([*nowhere, str(places.readable)], nowhere)
            return (places.readable / "file").read_text()

        assert in_fork(tried) == "text"


class TestOtherWaysOut:
    """TCP, abstract sockets and signals."""

    @pytest.mark.skipif(ABI < 4, reason="this kernel's Landlock does not hold back TCP")
    def test_tcp(self, places: Places) -> None:
        """Neither to the outside nor as a server; without the restriction both go well."""
        "".encode("idna")  # behind the restriction Python could not read the codec that host names take
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()

            def connect() -> None:
                socket.create_connection(address, 5).close()

            assert places.restricted(connect) == -errno.EACCES
            assert in_fork(connect) is None

        def bind() -> None:
            socket.socket().bind(("127.0.0.1", 0))

        assert places.restricted(bind) == -errno.EACCES
        assert in_fork(bind) is None

    @pytest.mark.skipif(ABI < 6, reason="this kernel's Landlock has no scopes")
    def test_abstract_sockets(self, places: Places) -> None:
        """Another process' socket without a file is out of reach, its own is not."""
        name = f"\0grader-test-{os.getpid()}"

        def connect(to: str) -> None:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(to)

        def own() -> None:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(name + "-own")
                server.listen()
                connect(name + "-own")

        with socket.socket(socket.AF_UNIX) as server:
            server.bind(name)
            server.listen()
            assert places.restricted(lambda: connect(name)) == -errno.EPERM
            assert in_fork(lambda: connect(name)) is None
        assert places.restricted(own) is None

    @pytest.mark.skipif(ABI < 6, reason="this kernel's Landlock has no scopes")
    def test_signals(self, places: Places) -> None:
        """Not for the process that restricted it, but for its own children."""
        parent = os.getpid()

        def end_a_child() -> int:
            child = os.fork()
            if child == 0:
                signal.pause()
            os.kill(child, signal.SIGKILL)
            return os.WTERMSIG(os.waitpid(child, 0)[1])

        assert places.restricted(lambda: os.kill(parent, 0)) == -errno.EPERM
        assert in_fork(lambda: os.kill(parent, 0)) is None
        assert places.restricted(end_a_child) == signal.SIGKILL


class TestHowItIsPut:
    """It is inherited, cannot be loosened, and its absence is told."""

    def test_programs_inherit_it(self, places: Places) -> None:
        """A program that student code starts is as restricted."""

        def tried() -> int:
            places.restrict()
            words = ["/bin/cat", str(places.outside / "file")]
            pipe = subprocess.PIPE
            with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe) as program:
                return program.wait()

        assert in_fork(tried) == 1
        assert (
            in_fork(lambda: subprocess.run(["/bin/cat", places.outside / "file"], check=False).returncode)
            == 0
        )

    def test_a_second_restriction_adds_to_the_first(self, places: Places) -> None:
        """Allowing everything afterwards allows nothing more."""

        def tried() -> str:
            places.restrict()
            landlock.restrict([], ["/"])
            return (places.outside / "file").read_text()

        assert in_fork(tried) == -errno.EACCES

    def test_no_privileges_come_back(self, places: Places) -> None:
        """The process has no_new_privs: prctl(2), PR_GET_NO_NEW_PRIVS."""
        assert places.restricted(lambda: LIBC.prctl(39, 0, 0, 0, 0)) == 1
        assert in_fork(lambda: LIBC.prctl(39, 0, 0, 0, 0)) == 0

    def test_no_descriptor_is_left_open(self, places: Places) -> None:
        """Neither the ruleset nor the places."""

        def tried() -> list[int]:
            before = os.dup(0)
            os.close(before)
            places.restrict()
            after = os.dup(0)
            return [before, after]

        before, after = in_fork(tried)
        assert before == after

    def test_a_kernel_without_landlock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is an error, never silence."""
        monkeypatch.setattr(landlock, "abi", lambda: 0)

        with pytest.raises(OSError, match="does not offer it") as caught:
            landlock.restrict([], [])
        assert caught.value.errno == errno.EOPNOTSUPP

    def test_the_kernel_says_no(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The kernel's error is raised: here for rights that it does not know."""
        monkeypatch.setattr(landlock, "known", lambda _abi: Right(0) | 1 << 40)

        with pytest.raises(OSError, match="landlock_create_ruleset: Invalid argument"):
            landlock.restrict([], [])

    @pytest.mark.skipif(not seccomp.available(), reason="needs seccomp filters")
    @pytest.mark.parametrize("first", ["landlock", "seccomp"])
    def test_together_with_the_filter(self, places: Places, first: str) -> None:
        """In either order."""

        def tried() -> str:
            if first == "seccomp":
                seccomp.install(own_processes_only=True)
            places.restrict()
            if first == "landlock":
                seccomp.install(own_processes_only=True)
            return (places.outside / "file").read_text()

        assert in_fork(tried) == -errno.EACCES

    @pytest.mark.parametrize("version", range(1, 8))
    def test_older_kernels(self, places: Places, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        """What each version can do is accepted, and holds back what is outside."""
        if version > ABI:
            pytest.skip("this kernel's Landlock is older")
        monkeypatch.setattr(landlock, "abi", lambda: version)

        assert places.restricted(lambda: _read(places.outside)) == -errno.EACCES
        assert places.restricted(lambda: _create(places.writable)) == 1


class TestTheRights:
    """The table of rights, against landlock(7)."""

    @pytest.mark.parametrize(
        ("version", "mask"),
        [
            (1, 0x1FFF),
            (2, 0x3FFF),
            (3, 0x7FFF),
            (4, 0x7FFF),
            (5, 0xFFFF),
            (6, 0xFFFF),
            (7, 0xFFFF),
            (9, 0xFFFF),
        ],
    )
    def test_what_each_version_knows(self, version: int, mask: int) -> None:
        """As many as the kernel's header of that time has."""
        assert int(landlock.known(version)) == mask

    def test_their_order(self) -> None:
        """First, last, and one between."""
        assert int(Right.EXECUTE) == 1
        assert int(Right.MAKE_SYM) == 1 << 12
        assert int(Right.IOCTL_DEV) == 1 << 15

    def test_the_machine_that_this_was_tried_on(self) -> None:
        """The numbers of the calls are common to all that have a table of calls for the filter."""
        assert platform.machine() in seccomp.MACHINES


class TestByItself:
    """Where there are no namespaces, it has to keep files from being emptied: Linux 6.2."""

    @pytest.mark.parametrize(("version", "isolation"), [(2, Isolation.LANDLOCK), (1, Isolation.LANDLOCK)])
    def test_too_old(self, version: int, isolation: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
        """A fork that would rely on it is not made."""
        monkeypatch.setattr(landlock, "abi", lambda: version)
        request = {"isolation": str(isolation), "off": [], "readable": []}

        assert in_fork(lambda: confine._restrict(request)) == -errno.EOPNOTSUPP

    @pytest.mark.parametrize(("version", "isolation"), [(3, Isolation.LANDLOCK), (1, Isolation.SHARED)])
    def test_enough(self, version: int, isolation: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
        """Behind a wall the files that it could empty are not there."""
        if version > ABI:
            pytest.skip("this kernel's Landlock is older")
        monkeypatch.setattr(landlock, "abi", lambda: version)
        request = {"isolation": str(isolation), "off": [], "readable": []}

        assert in_fork(lambda: confine._restrict(request)) is None
