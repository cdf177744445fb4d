"""Sections that a GitLab log can fold.

A section's mark needs a carriage return and an escape; neither is ever in a text that was made clean.
"""

import time
from collections.abc import Iterable, Iterator

from grader.reports.prose import one_line

ERASE = "\x1b[0K"


def folded(title: str, lines: Iterable[str], name: str = "grader_details") -> Iterator[str]:
    """Yield *lines* folded away under *title*."""
    now = int(time.time())
    yield f"{ERASE}section_start:{now}:{name}[collapsed=true]\r{ERASE}{one_line(title)}"
    yield from lines
    yield f"{ERASE}section_end:{now}:{name}\r{ERASE}"
