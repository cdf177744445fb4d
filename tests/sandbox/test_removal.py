"""Removing what a submission made, whatever it is."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.sandbox import removal
from tests.sandbox.running import in_fork


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in *folder*."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def deep(folder: Path, levels: int) -> Path:
    """Make *levels* folders within one another, with a file in each: by no path that could be named whole."""
    folder.mkdir()
    with inside(folder):
        for _ in range(levels):
            Path("file").write_text("x")
            Path("d").mkdir()
            os.chdir("d")
    return folder


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A fork's own folder."""
    folder = tmp_path / "fork"
    folder.mkdir()
    return folder


def test_very_deep_folders(tmp_path: Path) -> None:
    """Deeper than Python recurses, than descriptors reach, and than a path may be long."""
    levels = max(2100, sys.getrecursionlimit() + 100)

    assert removal.remove(deep(tmp_path / "fork", levels))
    assert list(tmp_path.iterdir()) == []


def test_few_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No level keeps one."""
    seen, opened = set[int](), os.open

    def noted(*arguments: object, **more: object) -> int:
        place: int = opened(*arguments, **more)  # type: ignore[arg-type]
        seen.add(place)
        return place

    monkeypatch.setattr(os, "open", noted)

    assert removal.remove(deep(tmp_path / "fork", 100))
    assert len(seen) < 5


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o500, 0o600])
def test_closed_folders(fork: Path, mode: int) -> None:
    """Their owner may close them; whoever removes them is the same user."""
    closed = fork / "outer" / "closed"
    (closed / "inner").mkdir(parents=True)
    (closed / "inner" / "file").write_text("x")
    for folder in (closed / "inner", closed, closed.parent, fork):
        folder.chmod(mode)

    assert removal.remove(fork)
    assert not fork.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
@pytest.mark.parametrize("mode", [0o000, 0o300, 0o500, 0o600])
def test_closed_folders_of_an_ordinary_user(mode: int) -> None:
    """Root is let in everywhere; so here as somebody else."""

    def as_nobody(place: Path) -> bool:
        os.setgid(64321)
        os.setuid(64321)
        closed = place / "outer" / "closed"
        (closed / "inner").mkdir(parents=True)
        for folder in (closed / "inner", closed, closed.parent, place):
            folder.chmod(mode)
        return removal.remove(place)

    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o777)
        assert in_fork(lambda: as_nobody(Path(open_to_all) / "own")) is True
        assert list(Path(open_to_all).iterdir()) == []


def test_links_are_not_followed(fork: Path, tmp_path: Path) -> None:
    """Only the links go, also one that stands for the whole folder."""
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o755)
    (kept / "file").write_text("x")
    (fork / "folder").mkdir()
    for link in (fork / "link", fork / "folder" / "link", tmp_path / "fork-too"):
        link.symlink_to(kept)

    assert removal.remove(fork)
    assert removal.remove(tmp_path / "fork-too")
    assert [path.name for path in kept.iterdir()] == ["file"]
    assert kept.stat().st_mode & 0o777 == 0o755


def test_names_of_every_kind(fork: Path) -> None:
    """Also what is no text, and pipes and files that are open."""
    Path(os.fsdecode(os.fsencode(fork) + b"/\xff\xfe")).mkdir()
    os.mkfifo(fork / "pipe")
    with (fork / "open").open("w") as file:
        file.write("x")

        assert removal.remove(fork)


def test_what_is_not_there(tmp_path: Path) -> None:
    """It is gone already."""
    assert removal.remove(tmp_path / "nowhere")


def test_no_time(fork: Path) -> None:
    """What is left is told, and removed when there is time."""
    (fork / "file").write_text("x")

    assert not removal.remove(fork, seconds=0)
    assert removal.remove(fork)


def test_what_cannot_be_removed(fork: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps neither the rest from going nor anybody waiting."""
    for name in ("a", "stuck", "z"):
        (fork / name).write_text("x")
    unlink = os.unlink

    def refused(name: str, **more: int) -> None:
        if name == "stuck":
            raise PermissionError
        unlink(name, **more)

    monkeypatch.setattr(os, "unlink", refused)

    assert not removal.remove(fork)
    assert [path.name for path in fork.iterdir()] == ["stuck"]
