"""Writing a file so that a reader sees the old one or the new one, never a half."""

import os
import tempfile
from pathlib import Path

from grader.errors import GraderError

# A report may hold hidden expected values, so by default only its owner reads it.
PRIVATE = 0o600


def write_atomically(path: str | Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write *content* to *path* by way of a temporary file beside it, safe against a crash or power cut."""
    path = Path(path)
    try:
        _replace(path, content, mode)
    except OSError as error:
        raise GraderError(
            f"{path} could not be written: {error.strerror}. What was there before is unchanged, and all "
            "grades are in the gradebook: mend this, then run the same command again."
        ) from error


def _replace(path: Path, content: bytes, mode: int) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
