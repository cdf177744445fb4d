"""Putting the pages into a folder."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from grader.errors import GraderError, UsageError
from grader.reports.class_report import ClassReport
from grader.reports.html.pages import Page, pages

FOLDERS = {"students": 0o755, "staff": 0o700}


def write_html(directory: str | Path, report: ClassReport) -> None:
    """Write *report* into *directory*, which is made if it is missing.

    All pages are written beside the old ones first and then take their places one by one, so a crash
    leaves whole pages, and none before the last page is done. Nothing is ever deleted: the page of a
    student who left the class stays, and the index no longer points to it. Pages for staff are
    readable by their owner alone.
    """
    directory = Path(directory)
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"The report's folder {directory} is a file; name another.")
    try:
        _write(directory, pages(report))
    except OSError as error:
        raise GraderError(
            f"The report in {directory} could not be written: {error.strerror}. All grades are in the "
            "gradebook: mend this, then write the report again."
        ) from error


def _write(directory: Path, made: Iterable[Page]) -> None:
    for folder, mode in FOLDERS.items():
        (directory / folder).mkdir(mode=mode, parents=True, exist_ok=True)
    # In the same folder, for files are only replaced in one step within one file system.
    new = Path(tempfile.mkdtemp(dir=directory, prefix=".new-"))
    try:
        names = [_draft(new, page) for page in made]
        for name in names:
            (new / name).replace(directory / name)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _draft(folder: Path, page: Page) -> str:
    """Write *page* without waiting for the disk: a report lost to a power cut can be written again."""
    path = folder / page.name
    path.parent.mkdir(exist_ok=True)
    mode = 0o600 if page.private else 0o644
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(page.text)
    return page.name
