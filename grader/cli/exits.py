"""Exit statuses, the same for every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command's exit status means."""

    OK = 0
    INCOMPLETE = 1
    USAGE = 2
    FAULT = 3
    UNGRADED = 4
    INTERRUPTED = 130
