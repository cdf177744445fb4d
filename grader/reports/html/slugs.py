"""File names for students of any name."""

import hashlib
import re
import unicodedata

from grader.reports.prose import clean

READABLE = 40


def slug(name: str) -> str:
    """Return a file name for *name*: what is readable of it, then a digest that tells like names apart.

    It holds only ``a-z``, ``0-9`` and ``-``, is the same in every report, and stays distinct where
    capitals do not count. It is no secret: whoever knows a name can work it out.
    """
    bare = (
        unicodedata.normalize("NFKD", clean(name).casefold().replace("đ", "d"))
        .encode("ascii", "ignore")
        .decode()
    )
    readable = re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:READABLE].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable}-{digest}" if readable else digest
