"""Grades a folder as ``grader grade`` does, and writes down when each attempt began and ended.

A process of its own, so that its memory is the grader's and nothing else's:
``python -m benchmarks.endurance.grading COURSE CLASS OUT JOBS``
"""

import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from benchmarks.endurance.classroom import ASSIGNMENT
from grader import pipeline
from grader.batch import run
from grader.cli.grade import GradeOptions, run_grade
from grader.sandbox.defences import Isolation
from grader.submission import Submission

BOOK, LOG = "gradebook.db", "attempts.jsonl"


class Logged:
    """``grade_submission``, with a line in a log for each beginning and each end."""

    def __init__(self, log: TextIO) -> None:
        """Write to *log*."""
        self._grade, self._log, self._lock = pipeline.grade_submission, log, threading.Lock()

    def __call__(self, submission: Submission, *arguments: Any) -> Any:
        """Grade *submission*; what goes wrong is told in its line."""
        began, fault = time.monotonic(), ""
        self._write(student=submission.student, began=began)
        try:
            return self._grade(submission, *arguments)
        except BaseException as error:
            fault = f"{type(error).__name__}: {error}"[:300]
            raise
        finally:
            self._write(student=submission.student, began=began, ended=time.monotonic(), fault=fault)

    def _write(self, **line: object) -> None:
        with self._lock:
            self._log.write(json.dumps(line) + "\n")
            self._log.flush()


def main(course: Path, handed_in: Path, out: Path, jobs: int) -> int:
    """Grade *handed_in* by *course* into *out*, behind the wall and nowhere else."""
    options = GradeOptions(
        paths=(handed_in,),
        assignment=ASSIGNMENT,
        only=(),
        exercises=course / "exercises",
        solutions=course / "solutions",
        datasets=course / "datasets",
        jobs=jobs,
        gradebook=str(out / BOOK),
        record=None,
        csv=None,
        html=None,
        isolation=Isolation.BUBBLEWRAP,
    )
    with (out / LOG).open("w") as log:
        vars(run)["grade_submission"] = Logged(log)
        return run_grade(options)


if __name__ == "__main__":
    # A shell has what it starts in the background ignore interrupts, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
    except KeyboardInterrupt:
        sys.exit(130)
