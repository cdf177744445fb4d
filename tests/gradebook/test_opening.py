"""What may be opened as a gradebook, and what is said when it may not."""

import multiprocessing
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import GraderError, UsageError
from grader.grade import Grade
from grader.gradebook import open_gradebook, opening, shown
from grader.verdict import Verdict


def refusal(target: str | Path) -> str:
    """Return what is said when *target* is refused."""
    with pytest.raises(UsageError) as caught:
        open_gradebook(target)
    return str(caught.value)


def test_a_text_file_is_not_a_gradebook(path: Path) -> None:
    """Naming the wrong file does no harm to it."""
    path.write_text("student,total\n" * 100)

    assert "is not a gradebook" in refusal(path)
    assert path.read_text() == "student,total\n" * 100


def test_another_database_is_not_a_gradebook(path: Path) -> None:
    """Somebody else's database is left as it is."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title)")
    connection.close()
    before = path.read_bytes()

    assert "not a gradebook" in refusal(path)
    assert path.read_bytes() == before


def test_a_newer_gradebook_is_refused(path: Path) -> None:
    """An older program must not write into a format it does not know."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE about (format, version)")
        connection.execute("INSERT INTO about VALUES ('grader.gradebook', 2)")
    connection.close()

    assert "newer grader (format 2, this one knows 1)" in refusal(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A typing mistake does not grow folders."""
    assert str(tmp_path / "no") in refusal(tmp_path / "no" / "gradebook.sqlite")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    """The message proposes a file in it."""
    assert str(tmp_path / "gradebook.sqlite") in refusal(tmp_path)


def test_a_place_that_cannot_be_written_is_refused() -> None:
    """Before a class is graded, not after."""
    assert "cannot be written" in refusal(Path("/proc/gradebook.sqlite"))


@pytest.mark.parametrize("url", ["nosuchdb://host/name", "://"])
def test_a_url_that_means_nothing_is_refused(url: str) -> None:
    """A URL without a driver gets a sentence, not a traceback."""
    assert refusal(url)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("book.db", "book.db"),
        ("sqlite:///book.db", "book.db"),
        ("postgresql+psycopg://ada:secret@host/marks", "postgresql+psycopg://ada:***@host/marks"),
    ],
)
def test_a_gradebook_is_shown_without_its_password(target: str, text: str) -> None:
    """As ``grader grade`` prints it at its end."""
    assert shown(target) == text


def test_a_password_is_never_shown() -> None:
    """Messages end up in logs."""
    assert "secret" not in refusal("nosuchdb://me:secret@host/name")


def test_opening_again_drops_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite loses its locks when the same process opens and closes the file by itself."""
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    with (
        open_gradebook(path) as gradebook,
        gradebook._engine.begin(),
        pytest.raises(UsageError, match="locked"),
    ):
        open_gradebook(path)


def test_a_new_gradebook_is_private(path: Path) -> None:
    """It holds grades and hidden expected values."""
    with open_gradebook(path) as gradebook:
        gradebook.begin({})
        made = [file.stat().st_mode & 0o777 for file in path.parent.iterdir()]

    assert set(made) == {0o600}


def test_an_empty_file_becomes_a_gradebook(path: Path) -> None:
    """As it is left by a crash between making the file and its first table."""
    path.touch()

    with open_gradebook(path) as gradebook:
        assert gradebook.latest() == []


@pytest.mark.parametrize(
    "deed", ["UPDATE attempts SET score = 10", "DELETE FROM attempts", "DELETE FROM runs"]
)
def test_the_file_itself_refuses_to_change_the_past(
    path: Path, grade: Callable[..., Grade], deed: str
) -> None:
    """Whoever opens the file with another program is stopped too."""
    with open_gradebook(path) as gradebook:
        gradebook.record(gradebook.begin({}), [grade(Verdict.FAILED)], {"output-shape": "f"})

    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(deed)
    connection.close()


def test_no_code_here_updates_or_deletes() -> None:
    """Append-only by construction, on every database."""
    sources = [file.read_text() for file in Path(opening.__file__).parent.glob("*.py")]

    assert sources
    assert not any(word in source for source in sources for word in ("update(", "delete(", "merge("))


def test_a_locked_gradebook_is_explained(
    path: Path, monkeypatch: pytest.MonkeyPatch, grade: Callable[..., Grade]
) -> None:
    """What to do, and that nothing is lost."""
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    with open_gradebook(path) as gradebook:
        run = gradebook.begin({})
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(GraderError, match=r"locked.*Nothing is lost.*close it.*goes on from there"):
            gradebook.record(run, [grade()], {"output-shape": "f"})
        holder.close()
        gradebook.record(run, [grade()], {"output-shape": "f"})


def test_a_full_disk_is_explained(path: Path, grade: Callable[..., Grade]) -> None:
    """What to do, and what was there stays."""
    with open_gradebook(path) as gradebook:
        run = gradebook.begin({})
        gradebook.record(run, [grade()], {"output-shape": "f"})
        with gradebook._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        big = grade(student="big", notes=("x" * 1_000_000,))
        with pytest.raises(GraderError, match=r"full.*Nothing is lost.*Free some space"):
            gradebook.record(run, [big], {"output-shape": "f"})
        assert gradebook.latest() == [grade()]


def test_a_read_only_database_is_explained(path: Path) -> None:
    """As when the right to write is lost later."""
    open_gradebook(path).close()

    with (
        open_gradebook(f"sqlite:///file:{path}?mode=ro&uri=true") as gradebook,
        pytest.raises(GraderError, match="right to write"),
    ):
        gradebook.begin({})


def write(path: Path, name: str, grades: list[Grade]) -> None:
    """Record *grades*, one at a time, as another process."""
    with open_gradebook(path) as gradebook:
        run = gradebook.begin({"who": name})
        for grade in grades:
            gradebook.record(run, [grade], {"output-shape": "f"})
    os._exit(0)


def test_two_processes_write_at_once(path: Path, grade: Callable[..., Grade]) -> None:
    """Both make the file, both write, nothing is lost."""
    fork = multiprocessing.get_context("fork")
    work = {name: [grade(student=f"{name}{n:02}") for n in range(40)] for name in "abc"}
    processes = [fork.Process(target=write, args=(path, name, grades)) for name, grades in work.items()]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]
    with open_gradebook(path) as gradebook:
        assert len(gradebook.latest()) == 120
