"""Whose a file is: what the paths on a command line hold, by student. No file is opened here.

A class is a folder with a file or a folder for each student. One student's own folder may look the same, so
nothing is guessed from what stands beside it: whose work a path is depends on how it was named alone.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.readers.names import there_are

SUFFIXES = (".ipynb", ".py")
#: How names begin that are an editor's, a system's or Python's, and no student's.
PASSED_OVER = (".", "__")
SYSTEMS = frozenset({"__MACOSX", "__pycache__", ".git", ".ipynb_checkpoints", ".venv"})
#: What students hand in instead of a notebook; a person must look at it.
HAND_INS = frozenset(
    {".7z", ".bz2", ".doc", ".docx", ".gz", ".htm", ".html", ".odt", ".pdf", ".rar", ".rtf", ".tar", ".tgz"}
    | {".txt", ".xz", ".zip"}
)
#: What a course lays beside hand-ins, in those formats.
COURSE_FILES = (
    *("assignment", "exercise", "grades", "instructions", "license", "notes", "readme", "requirements"),
    *("rubric", "syllabus", "template"),
)
DATA = frozenset({".csv", ".json", ".npy", ".npz", ".tsv"})


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedIn:
    """Each student's notebooks and scripts; none for a folder without any.

    ``others`` are files of students who have nothing else. ``decision`` says what a path was taken for that
    could have been meant otherwise. ``by_name`` are notebooks and scripts whose names say that they are no
    student's.
    """

    work: Mapping[str, Sequence[Path]]
    others: Mapping[str, Sequence[Path]]
    passed_over: tuple[Path, ...]
    by_name: tuple[Path, ...]
    decision: str


def gather(paths: Sequence[Path]) -> HandedIn:
    """Say whose is what in *paths*: files, folders of classes, or a class's entries as a shell lists them.

    A folder is a class's. Several paths out of one folder are entries of that class, as ``submissions/*`` is;
    a folder among them is a student's. The student is the file's name without its ending, or the name of the
    student's folder. Raises ``UsageError`` for a path that is not there, for entries that may be classes, and
    when there is nothing to grade.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{path} is neither a file nor a folder")
    entries = _entries(paths)
    work = _work(entries)
    if not any(work.values()):
        raise UsageError(f"no notebooks (.ipynb) or scripts (.py) in {_named(paths)}")
    loose = [entry for entry in dict.fromkeys(entries) if not entry.is_dir() and not _is_work(entry)]
    others = _others([entry for entry in loose if _is_hand_in(entry) and owner(entry) not in work])
    told = {file for files in others.values() for file in files}
    return HandedIn(
        work=work,
        others=others,
        passed_over=tuple(entry for entry in loose if entry not in told),
        by_name=tuple(passed_over_by_name(paths)),
        decision=_decision(paths),
    )


def of_students(handed: HandedIn, students: Sequence[str]) -> HandedIn:
    """Return what *students* alone handed in; all, if none is named. Raises ``UsageError`` for a stranger."""
    if not students:
        return handed
    known = [*handed.work, *handed.others]
    strangers = [name for name in students if name not in known]
    if strangers:
        raise UsageError(f"no student {', '.join(strangers)} there; {there_are(strangers, known)}")
    chosen = frozenset(students)
    return HandedIn(
        work={name: files for name, files in handed.work.items() if name in chosen},
        others={name: files for name, files in handed.others.items() if name in chosen},
        passed_over=(),
        by_name=(),
        decision="",
    )


def _entries(paths: Sequence[Path]) -> list[Path]:
    if not _are_one_class(paths):
        return [entry for path in paths for entry in (_visible(path) if path.is_dir() else [path])]
    crowded = [path for path in paths if path.is_dir() and _may_be_a_class(path)]
    if crowded:
        above = Path(os.path.abspath(paths[0])).parent  # noqa: PTH100 - links are not followed
        raise UsageError(
            f"{_named(crowded)}: found several notebooks there, or folders with some; expected one student's "
            f"work in each folder, where several paths are given. Of a class give its folder ({above}), of "
            "several classes one at a time."
        )
    return [path for path in paths if not path.name.startswith("__")]


def _are_one_class(paths: Sequence[Path]) -> bool:
    return len(paths) > 1 and len({Path(os.path.abspath(path)).parent for path in paths}) == 1  # noqa: PTH100 - the same


def _may_be_a_class(folder: Path) -> bool:
    own = _student_folder(folder)
    return len(own) > 1 or (not own and any(map(_student_folder, _folders(folder))))


def _decision(paths: Sequence[Path]) -> str:
    """Return whose name a folder's only notebook goes under, which is another in a class above it."""
    if len(paths) != 1 or not paths[0].is_dir():
        return ""
    loose = [entry for entry in _visible(paths[0]) if _is_work(entry) and not entry.is_dir()]
    if len(loose) != 1 or any(map(_student_folder, _folders(paths[0]))):
        return ""
    return (
        f"{paths[0]} is taken for a class, so the student is {loose[0].stem}. "
        "Of one student in a class, give the class's folder and --student NAME."
    )


def passed_over_by_name(paths: Sequence[Path]) -> list[Path]:
    """Return the work in *paths* that is not graded because of its name: files, and folders with some."""
    entries = list(paths) if _are_one_class(paths) else [one for path in paths for one in _listed(path)]
    named = [one for one in entries if one.name.startswith(PASSED_OVER) and one.name not in SYSTEMS]
    return [entry for entry in named if (_student_folder(entry) if entry.is_dir() else _is_work(entry))]


def owner(file: Path) -> str:
    """Return the student whose *file* it is by its name: ``zoe`` for ``zoe.tar.gz``."""
    name = Path(file.name)
    while name.suffix.lower() in HAND_INS | set(SUFFIXES):
        name = name.with_suffix("")
    return str(name)


def _work(entries: Sequence[Path]) -> dict[str, list[Path]]:
    """Return each student's notebooks and scripts; a file that is named twice counts once."""
    work: dict[str, list[Path]] = {}
    for entry in entries:
        if entry.is_dir():
            known, files = work.setdefault(_name(entry), []), _student_folder(entry)
        elif _is_work(entry):
            known, files = work.setdefault(entry.stem, []), [entry]
        else:
            continue
        known += [file for file in files if file not in known]
    return work


def _others(files: Sequence[Path]) -> dict[str, list[Path]]:
    others: dict[str, list[Path]] = {}
    for file in files:
        others.setdefault(owner(file), []).append(file)
    return others


def _is_work(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _is_hand_in(file: Path) -> bool:
    course = file.name.lower().startswith((".", *COURSE_FILES))
    return file.suffix.lower() in HAND_INS and not course and Path(owner(file)).suffix.lower() not in DATA


def _name(path: Path) -> str:
    """Return the last part of *path*, of ``.`` the folder's own name."""
    return path.name if path.name not in ("", "..") else Path(os.path.abspath(path)).name  # noqa: PTH100 - links are not followed


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []


def _visible(folder: Path) -> list[Path]:
    return [entry for entry in _listed(folder) if not entry.name.startswith(PASSED_OVER)]


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
    files = [file for file in files if not file.is_dir()]
    for suffix in SUFFIXES:
        chosen = [file for file in files if file.suffix.lower() == suffix]
        if chosen:
            return chosen
    return []


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in _visible(folder) if entry.is_dir()]


def _named(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))
