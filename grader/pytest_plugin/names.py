"""What students are called in ids, and in scores and properties: a name each, which is nobody else's."""

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from grader.reports.prose import one_line

LONGEST_NAME = 60
#: More than a file's name can have, each of its bytes written as an escape.
WHOLE = 4096
#: What separates the parts of a check's id in pytest.
SEPARATORS = str.maketrans({"[": "(", "]": ")", ":": "."})
#: How a name ends that would be another's too; long enough that nobody finds a second file name with it.
MARK = re.compile(r"[~\u02dc\u223c\uff5e][0-9a-f]{16}")
#: Signs without a width of their own, which Unicode's tables call letters' companions.
INVISIBLE = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")


def shown_names(students: Iterable[str]) -> dict[str, str]:
    """Return a name for each of *students*, by the exact one, that is distinct and fits a check's id."""
    return _distinct({student: one_line(student, LONGEST_NAME).translate(SEPARATORS) for student in students})


def whole_names(students: Iterable[str]) -> dict[str, str]:
    """Return the whole name of each of *students*, by the exact one, on one line: a course looks it up."""
    return _distinct({student: one_line(student, WHOLE) for student in students})


def _distinct(looks: Mapping[str, str]) -> dict[str, str]:
    """Return *looks*, with a mark made from the exact name where those of several students are the same.

    All of them get one. So what is said of one does not depend on the order, and nobody takes another's
    name by that of a file.
    """
    counts = Counter(map(_seen, looks.values()))
    return {
        student: look
        if look and counts[_seen(look)] == 1 and not _is_marked(look)
        else f"{look}~{_digest(student)}"
        for student, look in looks.items()
    }


def _seen(look: str) -> str:
    """Return what is alike in names that a reader takes for the same: case, accents' spelling, widths."""
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", look)).casefold()


def _is_marked(look: str) -> bool:
    """Whether *look* ends as the marked names do: one that is handed in must not be taken for such."""
    return MARK.search(INVISIBLE.sub("", look).casefold()[-17:]) is not None


def _digest(student: str) -> str:
    return hashlib.sha256(os.fsencode(student)).hexdigest()[:16]


@contextmanager
def nameless(nodes: Collection[pytest.Collector]) -> Iterator[None]:
    """Take the names away from *nodes* for a while, so that ``-k`` does not choose by them.

    Otherwise a student called ``larger`` is left out by ``-k "not larger"``.
    """
    names = {node: node.name for node in nodes}
    for node in names:
        node.name = ""
    try:
        yield
    finally:
        for node, name in names.items():
            node.name = name
