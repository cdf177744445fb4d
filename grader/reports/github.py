"""What a GitHub Actions runner obeys in a log, and how to keep it from obeying anything else.

The runner takes for a command whatever stands first in a line and looks like ``::name key=value::data``, and
``##[name]data`` wherever it stands. Texts are escaped as the runner unescapes them.
"""

import secrets
from collections.abc import Iterable, Iterator

from grader.reports.prose import clean, one_line

#: The runner keeps so many annotations of each kind for a step.
MOST_ANNOTATIONS = 10
#: Bytes of a step's summary; a larger one is not shown at all.
MOST_SUMMARY = 1024 * 1024
MESSAGE_LENGTH = 8000
PROPERTY_LENGTH = 300


def escape_data(text: str) -> str:
    """Return *text* as a command's data."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Return *text* as the value of a command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def command(name: str, data: str = "", **properties: str) -> str:
    """Return the line that makes the runner do *name*; what it is given may be a student's."""
    given = ",".join(
        f"{key}={escape_property(one_line(value, PROPERTY_LENGTH))}"
        for key, value in properties.items()
        if value
    )
    return f"::{name}{' ' if given else ''}{given}::{escape_data(clean(data)[:MESSAGE_LENGTH])}"


def folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield *lines* folded away under *title*, none of them a command, whatever they hold."""
    # Drawn after the submission has ended, so that it cannot know the word that lets commands in again.
    token = secrets.token_hex(16)
    yield command("group", title)
    yield f"::stop-commands::{token}"
    yield from lines
    yield f"::{token}::"
    yield "::endgroup::"
