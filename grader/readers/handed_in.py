"""Whose a file is: what the paths on a command line hold, by student. No file is opened here.

A class is a folder with a file or a folder for each student. One student's own folder may look the same, so
what a path is taken for is told where it could have been meant otherwise.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError

SUFFIXES = (".ipynb", ".py")
#: How names begin that are an editor's, a system's or Python's, and no student's.
PASSED_OVER = (".", "__")
#: What students hand in instead of a notebook; a person must look at it.
HAND_INS = frozenset(
    {".7z", ".bz2", ".doc", ".docx", ".gz", ".htm", ".html", ".odt", ".pdf", ".rar", ".rtf", ".tar", ".tgz"}
    | {".txt", ".xz", ".zip"}
)
#: What a course lays beside hand-ins, in those formats.
COURSE_FILES = ("license", "readme", "requirements")
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
    """Say whose is what in *paths*: files, a class's folder, or a class's entries as a shell lists them.

    The student is the file's name without its ending, or the folder's name for a file in a student's
    folder. Raises ``UsageError`` for a path that is not there, and when there is nothing to grade.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{path} is neither a file nor a folder")
    classes, decision = _classes(paths)
    entries = [entry for path in paths for entry in (_visible(path) if path in classes else [path])]
    if len(paths) > 1:
        entries = [entry for entry in entries if not _name(entry).startswith("__")]
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
        decision=decision,
    )


def passed_over_by_name(paths: Sequence[Path]) -> list[Path]:
    """Return the notebooks and scripts in *paths*' folders that are not graded because of their names."""
    entries = [entry for path in paths if path.is_dir() for entry in sorted(path.iterdir())]
    named = [entry for entry in entries if entry.name.startswith(PASSED_OVER)]
    return [entry for entry in named if _is_work(entry) and not entry.is_dir()]


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


def _visible(folder: Path) -> list[Path]:
    try:
        return [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith(PASSED_OVER)]
    except OSError:
        return []


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


def _classes(paths: Sequence[Path]) -> tuple[frozenset[Path], str]:
    """Return which of *paths* are classes' folders, and what to say of that."""
    folders = [path for path in paths if path.is_dir()]
    if len(paths) == 1:
        return _alone(folders[0]) if folders else (frozenset(), "")
    crowded = [folder for folder in folders if len(_loose_work(folder)) > 1]
    if len(crowded) == len(paths):
        told = f"Taken for classes, a student a file: {_named(crowded)}. If they are students' own folders, "
        return frozenset(crowded), f"{told}give the folder above them."
    classes = frozenset(
        each
        for each in folders
        if _holds_another(each, paths)
        or (not _loose_work(each) and any(map(_student_folder, _folders(each))))
    )
    unsure = [each for each in crowded if each not in classes]
    told = f"Taken for one student's folder, as in a class: {_named(unsure)}. Give a class's folder alone."
    return classes, told if unsure else ""


def _alone(folder: Path) -> tuple[frozenset[Path], str]:
    """Take a folder that is given alone for a class, unless its one notebook is its student's.

    The documented use must stay: the first hand-in of a class is that of the student in its name. Where most
    of what stands beside the folder was handed in, the folder was, too.
    """
    a_class, loose = frozenset({folder}), _loose_work(folder)
    if folder.is_symlink() or len(loose) != 1 or any(map(_may_be_a_students, _folders(folder))):
        return a_class, ""
    if _stands_in_a_class(folder):
        return frozenset(), (
            f"{folder} is taken for one student's folder, since hand-ins stand beside it. "
            f"If it is a class, give its file: {loose[0]}."
        )
    return a_class, (
        f"{folder} is taken for a class, so the student is {loose[0].stem}. "
        "If it is one student's folder, give the folder above it."
    )


def _loose_work(folder: Path) -> list[Path]:
    return [entry for entry in _visible(folder) if _is_work(entry) and not entry.is_dir()]


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in _visible(folder) if entry.is_dir()]


def _may_be_a_students(folder: Path) -> bool:
    """Whether *folder* is a student's rather than one of pictures or data; an empty one is."""
    held = _visible(folder)
    return not held or any(_is_work(entry) or _is_hand_in(entry) for entry in held)


def _holds_another(folder: Path, paths: Sequence[Path]) -> bool:
    own = folder.absolute()
    return any(own in path.absolute().parents for path in paths)


def _stands_in_a_class(folder: Path) -> bool:
    """Whether most of what stands beside *folder* is somebody's work; archives and texts say nothing."""
    place = Path(os.path.abspath(folder))  # noqa: PTH100 - links are not followed
    beside = [entry for entry in _visible(place.parent) if entry != place and not _is_hand_in(entry)]
    return 2 * sum(map(_looks_handed_in, beside)) > len(beside)


def _looks_handed_in(entry: Path) -> bool:
    return len(_student_folder(entry)) == 1 if entry.is_dir() else _is_work(entry)


def _named(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))
