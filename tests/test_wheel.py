"""The package as it is handed out: what it carries, and that it works where the repository is not."""

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOW = "import grader, pathlib; print(pathlib.Path(grader.__file__).parent)"


def run(*command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run *command* in *folder* and wait for it."""
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **environment},
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fresh wheel and source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), folder=ROOT)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def carried(built: Path) -> Mapping[str, bytes]:
    """The wheel's files."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel was installed into, alone; what it needs is this environment's."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = built.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target")
    done = run(*pip, str(folder), str(wheel), folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


def private_lines() -> set[bytes]:
    """Return the lines that only solutions have, long enough to be nobody else's."""
    private = {line.strip() for file in files_of("solutions") for line in file.read_bytes().splitlines()}
    public = {
        line.strip()
        for folder in ("exercises", "grader/demo", "grader/redteam", "datasets")
        for file in files_of(folder)
        for line in file.read_bytes().splitlines()
    }
    return {line for line in private - public if len(line) > 40}


def files_of(folder: str) -> list[Path]:
    """Return the YAML files in *folder*."""
    return sorted((ROOT / folder).rglob("*.yaml"))


def test_there_are_lines_to_look_for() -> None:
    """Else the tests below could not fail."""
    assert len(private_lines()) > 300


def test_the_wheel_carries_the_public_files(carried: Mapping[str, bytes]) -> None:
    """Every exercise, assignment and dataset as it is, and the demonstration."""
    for folder in ("exercises", "datasets"):
        for file in (path for path in (ROOT / folder).rglob("*") if path.is_file()):
            assert carried[f"grader/public/{file.relative_to(ROOT)}"] == file.read_bytes()
    assert "grader/py.typed" in carried
    assert {name.split("/")[2] for name in carried if name.startswith("grader/demo/")} == {
        "class",
        "exercises",
        "solutions",
    }


def test_the_wheel_carries_nothing_of_the_solutions(carried: Mapping[str, bytes]) -> None:
    """No file of that folder, and no line of one under another name."""
    ids = {file.name for file in files_of("solutions")}
    secret = private_lines()

    assert not [name for name in carried if "solutions/" in name and name.rpartition("/")[2] in ids]
    for name, content in carried.items():
        assert not secret & {line.strip() for line in content.splitlines()}, name


def test_the_source_distribution_carries_none_either(built: Path) -> None:
    """Whoever asks the registry for it is anybody."""
    (source,) = built.glob("*.tar.gz")
    secret = private_lines()
    with tarfile.open(source) as opened:
        files = {one.name: opened.extractfile(one) for one in opened.getmembers() if one.isfile()}
        assert any(name.endswith("/exercises/small-cnn.yaml") for name in files)
        for name, file in files.items():
            assert file is not None
            assert not secret & {line.strip() for line in file.read().splitlines()}, name


def test_it_finds_its_own_exercises(installed: Path, tmp_path: Path) -> None:
    """In an empty folder, without the repository."""
    where = run(sys.executable, "-c", SHOW, folder=tmp_path, PYTHONPATH=str(installed))
    listed = run(
        sys.executable, "-m", "grader", "exercises", folder=tmp_path, PYTHONPATH=str(installed), COLUMNS="200"
    )

    assert where.stdout.strip() == str(installed / "grader")
    assert listed.returncode == 0, listed.stderr
    assert all(file.stem in listed.stdout for file in (ROOT / "exercises").glob("*.yaml"))


@pytest.mark.slow
def test_the_demonstration_grades_three_students(installed: Path, tmp_path: Path) -> None:
    """The right one has all points, the mistakes are named, and the hostile one found nothing."""
    done = run(sys.executable, "-m", "grader", "demo", folder=tmp_path, PYTHONPATH=str(installed))

    assert done.returncode == 0, done.stdout + done.stderr
    assert max(map(len, done.stdout.splitlines()[:20])) <= 80
    marks = {line.split()[0]: line.split()[-1] for line in done.stdout.splitlines() if line.split()}
    assert (marks["ada"], float(marks["ben"]) < 7, float(marks["cleo"]) < 7) == ("7", True, True)
    report = "".join(path.read_text() for path in (tmp_path / "grader-demo" / "report").rglob("*.html"))
    assert "A filter as wide as the side fits once" in report
    assert "gives none. Which activation does?" in report
    assert "timed out" in report
