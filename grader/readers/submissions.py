"""Reads notebooks and scripts. A file that cannot be read is that student's finding; the class goes on."""

import errno
import hashlib
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from grader.errors import UsageError
from grader.readers.notebooks import MAX_CELLS, Unreadable, notebook_cells
from grader.readers.sections import assign_sections
from grader.submission import Cell, CellKind, Submission

SUFFIXES = (".ipynb", ".py")
#: How names begin that are an editor's, a system's or Python's, and no student's.
PASSED_OVER = (".", "__")
MAX_BYTES = 64 * 2**20
CELL_MARK = re.compile(r"^# ?%%(.*)$", re.MULTILINE)
Titles = Mapping[str, Sequence[str]]


def find_submissions(paths: Sequence[Path], titles: Titles) -> list[Submission]:
    """Read every submission that *paths* name: files, folders of files, folders of one folder a student.

    The student is the file's name without its ending, or the folder's name for a file in a student's
    folder. Raises ``UsageError`` for a path that is not there, and when there is nothing to grade.
    """
    found: dict[str, list[Path]] = {}
    for path in paths:
        for student, files in _files(path):
            known = found.setdefault(student, [])
            known += [file for file in files if file not in known]
    if not any(found.values()):
        raise UsageError(f"no notebooks (.ipynb) or scripts (.py) in {', '.join(map(str, paths))}")
    return [_submission_of(student, files, titles) for student, files in found.items()]


def passed_over(paths: Sequence[Path]) -> list[Path]:
    """Return the files in *paths*' folders that are neither notebook nor script; they may hold work."""
    entries = [entry for path in paths if path.is_dir() for entry in sorted(path.iterdir())]
    return [
        entry
        for entry in entries
        if not entry.is_dir() and entry.suffix.lower() not in SUFFIXES and not entry.name.startswith(".")
    ]


def passed_over_by_name(paths: Sequence[Path]) -> list[Path]:
    """Return the notebooks and scripts in *paths*' folders that are not graded because of their names."""
    entries = [entry for path in paths if path.is_dir() for entry in sorted(path.iterdir())]
    return [
        entry
        for entry in entries
        if not entry.is_dir() and entry.suffix.lower() in SUFFIXES and entry.name.startswith(PASSED_OVER)
    ]


def _files(path: Path) -> list[tuple[str, list[Path]]]:
    if path.is_file():
        return [(path.stem, [path])]
    if not path.is_dir():
        raise UsageError(f"{path} is neither a file nor a folder")
    files = []
    for entry in sorted(path.iterdir()):
        if entry.name.startswith(PASSED_OVER):
            continue
        if entry.is_dir():
            files.append((entry.name, _student_folder(entry)))
        elif entry.suffix.lower() in SUFFIXES:
            files.append((entry.stem, [entry]))
    return files


def _student_folder(folder: Path) -> list[Path]:
    """Return the notebooks in a student's folder; where there is none, the scripts.

    A link is no folder of the student's: it could lead to another's.
    """
    if folder.is_symlink():
        return []
    try:
        files = [file for file in sorted(folder.iterdir()) if not file.name.startswith(".")]
    except OSError:
        return []
    for suffix in SUFFIXES:
        chosen = [file for file in files if file.suffix.lower() == suffix]
        if chosen:
            return chosen
    return []


def _submission_of(student: str, files: Sequence[Path], titles: Titles) -> Submission:
    """Read a student's file. Which of several counts is for a person to say; the class goes on."""
    if len(files) == 1:
        return read_submission(files[0], titles, student)
    if not files:
        problem = f"no notebook or script in the folder {student}: put it there, or take the folder away"
        return Submission(student=student, path="", sha256="", undecided=problem)
    names = ", ".join(str(file) for file in files)
    problem = f"{len(files)} submissions: {names}; leave the one that counts, and grade again"
    return Submission(student=student, path=str(files[0].parent), sha256="", undecided=problem)


def read_submission(path: Path, titles: Titles, student: str | None = None) -> Submission:
    """Read *path*; ``unreadable`` says what is wrong with it, if anything."""
    name = student or path.stem
    try:
        content = _content(path)
    except OSError as error:
        # Whose fault that is, a person must say: it may be a full disk or a lost network drive.
        problem = (
            f"{path} cannot be read ({error.strerror}): put a file that can be read there, and grade again"
        )
        return Submission(student=name, path=str(path), sha256="", undecided=problem)
    digest = hashlib.sha256(content).hexdigest()
    try:
        cells, marks = _cells(path, content)
    except Unreadable as error:
        return Submission(student=name, path=str(path), sha256=digest, unreadable=str(error))
    return Submission(
        student=name, path=str(path), sha256=digest, cells=assign_sections(cells, titles, marks)
    )


def _content(path: Path) -> bytes:
    if path.is_symlink():
        # To another student's work, to a solution, to itself: whose work it is, a person must say.
        raise OSError(errno.EINVAL, f"it is a link to {path.readlink()}, not a file of its own")
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _cells(path: Path, content: bytes) -> tuple[list[Cell], dict[int, str]]:
    if len(content) > MAX_BYTES:
        raise Unreadable(
            f"the file is larger than {MAX_BYTES // 2**20} MiB: clear its outputs and hand it in again"
        )
    if not content.strip():
        raise Unreadable("the file is empty: save your work and hand it in again")
    if b"\0" in content:
        raise Unreadable("the file holds a null byte, so it is no text: export it again from Jupyter")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("the file is not UTF-8 text: export it again from Jupyter") from error
    if path.suffix.lower() == ".py":
        return _script_cells(text), {}
    return notebook_cells(text)


def _script_cells(text: str) -> list[Cell]:
    """Split a script at its ``# %%`` lines; ``# %% [markdown]`` begins a text cell."""
    starts = script_starts(text)
    if len(starts) > MAX_CELLS:
        raise Unreadable(f"the script has too many cells, more than {MAX_CELLS}: hand in your own work alone")
    pieces = [text[start:stop] for start, stop in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [_script_cell(number, piece) for number, piece in enumerate(pieces, start=1)]


def script_starts(text: str) -> list[int]:
    """Return where each cell of a script begins, up to one more than a submission may have."""
    marks = (match.start() for match in CELL_MARK.finditer(text) if match.start() > 0)
    return [0, *islice(marks, MAX_CELLS)]


def _script_cell(number: int, piece: str) -> Cell:
    mark = CELL_MARK.match(piece)
    if mark and "[markdown]" in mark[1]:
        lines = (re.sub(r"^# ?", "", line) for line in piece.splitlines()[1:])
        return Cell(number=number, kind=CellKind.TEXT, source="\n".join(lines))
    return Cell(number=number, kind=CellKind.CODE, source=piece)
