"""The C library, whose answers become Python's errors."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS = 38


def call(name: str, *arguments: object) -> int:
    """Call the function *name* of the C library. Raises ``OSError`` when it fails."""
    return checked(name, int(getattr(LIBC, name)(*arguments)))


def checked(name: str, result: int) -> int:
    """Return *result*. Raises ``OSError`` when it is below 0; *name* is what was called."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result
