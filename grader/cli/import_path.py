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
        if grounds.is_students(path) or not path.is_absolute():
            where = "beside a submission" if grounds.is_students(path) else "below the current folder"
            raise UsageError(
                f"PYTHONPATH names {entry or 'the current folder (an empty entry)'}, {where}. Python imports "
                "from there, so code of the student's may have run already, with all that this process could "
                "read or change: take it out of PYTHONPATH, or unset it"
            )
