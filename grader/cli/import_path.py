"""Where Python imports from, told so from outside, is no folder that a student could put a module in."""

import os
from pathlib import Path

from grader.errors import UsageError
from grader.pytest_plugin.grounds import Grounds


def refuse_imports(grounds: Grounds) -> None:
    """Raise ``UsageError`` when PYTHONPATH leads to what was handed in, or to wherever this was started.

    An empty entry is the current folder. Python has imported from there before this: ``sitecustomize``, say.
    """
    given = os.environ.get("PYTHONPATH")
    for entry in given.split(os.pathsep) if given else ():
        path = Path(entry)
        theirs = grounds.is_students(path) or _is_on_the_way(path, grounds)
        if theirs or not path.is_absolute():
            where = "beside or above a submission" if theirs else "below the current folder"
            raise UsageError(
                f"PYTHONPATH names {entry or 'the current folder (an empty entry)'}, {where}. Python imports "
                "from there, so code of the student's may have run already, with all that this process could "
                "read or change: take it out of PYTHONPATH, or unset it"
            )


def _is_on_the_way(entry: Path, grounds: Grounds) -> bool:
    """Whether *entry* lies between the current folder and a submission: that is the student's, too."""
    real, here = Path(os.path.realpath(entry)), Path(os.path.realpath(Path.cwd()))
    ways = [Path(os.path.realpath(path)).parents for path in grounds.submissions]
    return here in real.parents and any(real in way for way in ways)
