"""What a supervisor sees of its fork: processes, memory, files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import removal
from grader.sandbox.inside import watch
from tests.sandbox.test_removal import deep

PLENTY = 10**18


class TestProcesses:
    """Their number is bounded too, where the kernel's own bound counts others."""

    def test_too_many(self) -> None:
        """One more than there may be."""
        bounds = watch.Bounds(processes=2, memory=PLENTY)

        assert watch.excess(bounds, [1, 2, 3]) == "processes"
        assert watch.excess(bounds, [1, 2]) == ""

    def test_those_below(self) -> None:
        """Children and theirs, by nothing but their parents: not every kernel lists children."""
        source = (
            "import subprocess, sys; "
            "print(subprocess.Popen([sys.executable, '-I', '-S', '-c', 'input()']).pid, flush=True); input()"
        )
        words = [sys.executable, "-I", "-S", "-c", source]
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as child:
            assert child.stdout is not None
            grandchild = int(child.stdout.readline())

            assert {child.pid, grandchild} <= set(watch.below(os.getpid()))
            assert watch.below(child.pid) == [grandchild]
            child.communicate("\n\n")

    def test_a_kernel_that_lists_no_children(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is read is there on all; a name may hold what looks like the end of one."""
        monkeypatch.setattr(watch, "PROC", tmp_path)
        for process, parent in ((10, 1), (11, 10), (12, 11), (13, 1)):
            (tmp_path / str(process)).mkdir()
            (tmp_path / str(process) / "stat").write_text(f"{process} (a) S 13 (b) S {parent} 1 1")
        (tmp_path / "14").mkdir()

        assert watch.below(10) == [11, 12]


class TestMemory:
    """Kernels of different age tell it in different files."""

    STATUS = "Name:\tx\nRssAnon:\t     30 kB\nRssShmem:\t      4 kB\n"

    @pytest.mark.parametrize(
        ("rollup", "kib"),
        [("Pss:  9 kB\nPss_Anon:  5 kB\nPss_Shmem:  2 kB\n", 7), ("Rss:  9 kB\nPss:  9 kB\n", 34), ("", 34)],
    )
    def test_of_a_process(
        self, rollup: str, kib: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Linux 4.14 to 5.3 has the file, and not the field."""
        monkeypatch.setattr(watch, "PROC", tmp_path)
        (tmp_path / "7").mkdir()
        (tmp_path / "7" / "smaps_rollup").write_text(rollup)
        (tmp_path / "7" / "status").write_text(self.STATUS)

        assert watch.memory_of(7) == kib * 1024

    @pytest.mark.parametrize(
        ("plain", "apart", "said"),
        [
            ([130, 130, 130], None, ""),  # 100 shared, 30 more each: nothing else can come of a closer look
            ([400, 400, 130], [250, 50, 30], ""),  # shared among themselves
            ([400, 400, 130], [350, 350, 30], "memory"),
            ([200] * 25, None, "memory"),  # too many to be asked
        ],
    )
    def test_what_is_shared_is_asked_for_only_when_it_matters(
        self,
        plain: list[int],
        apart: list[int] | None,
        said: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The kernel keeps who asks waiting as long as a process forks: a fork bomb stopped its own end."""
        monkeypatch.setattr(watch, "PROC", tmp_path)
        for number, size in enumerate(plain):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "status").write_text(f"RssAnon: {size} kB\n")
            if apart is None:
                (folder / "smaps_rollup").mkdir()  # to read it fails
            else:
                (folder / "smaps_rollup").write_text(f"Pss_Anon: {apart[number]} kB\n")
        asked = list[object]()
        memory_of = watch.memory_of
        monkeypatch.setattr(watch, "memory_of", lambda each: asked.append(each) or memory_of(each))
        bounds = watch.Bounds(processes=64, memory=500 * 1024, shared=100 * 1024)

        assert watch.excess(bounds, range(len(plain))) == said
        assert bool(asked) == (apart is not None)

    def test_of_this_one(self) -> None:
        """There is something to tell."""
        assert watch.memory_of(os.getpid()) > 2**20


class TestFiles:
    """The folder that a fork writes to is bounded, where it is no file system of its own."""

    BOUNDS = watch.Bounds(processes=1, memory=PLENTY, disk=2**19, files=50)

    def found(self, folder: Path) -> str:
        """Return what there is too much of."""
        return watch.excess_on_disk(self.BOUNDS, str(folder))

    def test_what_is_allowed(self, tmp_path: Path) -> None:
        """Some files, some folders, a link to much more."""
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "file").write_bytes(b"x" * 2**18)
        (tmp_path / "link").symlink_to("/usr")

        assert self.found(tmp_path) == ""

    def test_too_many_bytes(self, tmp_path: Path) -> None:
        """In whatever folder."""
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "big").write_bytes(b"x" * 2**20)

        assert self.found(tmp_path) == "disk"

    @pytest.mark.parametrize("kind", ["files", "folders", "links"])
    def test_too_many_empty_ones(self, kind: str, tmp_path: Path) -> None:
        """What has no size counts all the same."""
        (tmp_path / "in").mkdir()
        for number in range(51):
            path = tmp_path / "in" / str(number)
            {"files": path.touch, "folders": path.mkdir, "links": lambda at=path: at.symlink_to("x")}[kind]()

        assert self.found(tmp_path) == "files"

    @pytest.mark.parametrize("levels", [49, 2000])
    def test_too_deep(self, levels: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is not looked through to its end, and no descriptor is left open."""
        monkeypatch.setattr(watch, "MOST_LEVELS", 40)
        before = len(list(Path("/proc/self/fd").iterdir()))

        try:
            assert self.found(deep(tmp_path / "fork", levels)) == "files"
            assert len(list(Path("/proc/self/fd").iterdir())) == before
        finally:
            # pytest removes old folders by recursion, and would fail a later run.
            assert removal.remove(tmp_path / "fork")

    def test_closed_folders(self, tmp_path: Path) -> None:
        """What is in them counts: they are opened."""
        (tmp_path / "closed").mkdir()
        (tmp_path / "closed" / "big").write_bytes(b"x" * 2**20)
        (tmp_path / "closed").chmod(0)

        assert self.found(tmp_path) == "disk"
        assert (tmp_path / "closed").stat().st_mode & 0o500 == 0o500

    def test_a_folder_that_stays_closed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever keeps it so wants it uncounted."""

        def refused(_name: str, within: int | None) -> int:
            raise PermissionError(within)

        monkeypatch.setattr(watch.removal, "open_folder", refused)

        assert self.found(tmp_path) == "files"

    def test_a_folder_that_is_gone(self, tmp_path: Path) -> None:
        """There is nothing in it."""
        assert self.found(tmp_path / "nowhere") == ""
