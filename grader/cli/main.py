"""The ``grader`` command: how errors become one line and an exit code.

Everything but the command line itself is imported when a command runs, so that ``--help`` and shell
completion answer at once.
"""

import sys
import traceback

from grader.cli import for_authors, for_courses, for_students
from grader.cli.app import app
from grader.cli.complaints import complain, replace_what_cannot_be_shown, tell
from grader.cli.exits import ExitCode
from grader.errors import ExerciseError, GraderError, IsolationError, UsageError

__all__ = ["app", "for_authors", "for_courses", "for_students", "main"]

#: What is said after Ctrl-C, by command; the others keep nothing.
STOPPED = {"grade": "stopped; what was graded is kept, and the same command goes on from there"}


def main() -> None:
    """Run the command. Every error that has a cause the user can mend is a message, not a traceback."""
    replace_what_cannot_be_shown()
    try:
        app()
    except ExerciseError as error:
        complain(f"{len(error.flaws)} mistake{'s' * (len(error.flaws) > 1)} in exercise files:\n{error}")
        sys.exit(ExitCode.USAGE)
    except (UsageError, IsolationError) as error:
        complain(str(error))
        sys.exit(ExitCode.USAGE)
    except GraderError as error:
        complain(str(error))
        sys.exit(ExitCode.FAULT)
    except SystemExit as end:
        # typer has turned Ctrl-C into this.
        if end.code == ExitCode.INTERRUPTED:
            complain(STOPPED.get(next(iter(sys.argv[1:]), ""), "stopped"))
        raise
    except Exception as error:  # noqa: BLE001 - one line and a status for whatever is left
        complain(f"a mistake in the grader itself: {type(error).__name__}: {error}; what was graded is kept")
        tell(traceback.format_exc())
        sys.exit(ExitCode.FAULT)


if __name__ == "__main__":
    main()
