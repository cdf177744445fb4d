"""What is handed in where a notebook was expected, and under which name: attacks 4, 14, 15 and 20."""

import gzip

from grader.redteam.technique import Technique
from grader.redteam.techniques.handing import (
    DOUBLE,
    as_bytes,
    as_fifo,
    as_folder,
    as_link,
    as_named,
    as_notebook,
    as_script,
    cell,
)
from grader.redteam.techniques.notebooks import VAULT, hands

TECHNIQUES: tuple[Technique, ...] = (
    hands(
        "put NaN, infinity and huge numbers into the JSON",
        as_bytes(
            lambda: (
                b'{"nbformat":4,"nbformat_minor":5,"metadata":{"x":[NaN,Infinity,-Infinity,1e999,'
                + b"9" * 5000
                + b']},"cells":[]}'
            )
        ),
        own_loss=True,
    ),
    hands(
        "nest the JSON without end", as_bytes(lambda: b'{"nbformat":4,"cells":' + b"[" * 10**6), own_loss=True
    ),
    hands(
        "nest metadata without end",
        as_bytes(
            lambda: (
                b'{"nbformat":4,"nbformat_minor":5,"cells":[],"metadata":{"a":'
                + b'{"a":' * 900
                + b"1"
                + b"}" * 900
                + b"}}"
            )
        ),
        own_loss=True,
    ),
    hands(
        "repeat keys in the JSON",
        as_bytes(
            lambda: (
                b'{"nbformat":4,"nbformat":"4","metadata":{},"metadata":3,"cells":[],"cells":{},"nbformat_minor":5}'
            )
        ),
        own_loss=True,
    ),
    hands("hand in null bytes", as_bytes(lambda: b"\0" * 4096), own_loss=True),
    hands("hand in bytes that are no text", as_bytes(lambda: bytes(range(1, 256)) * 100), own_loss=True),
    hands(
        "hand in another encoding",
        as_bytes(lambda: DOUBLE.encode("utf-16-le").replace(b"\0", b"\1"), ".py"),
        own_loss=True,
    ),
    hands("hand in nothing", as_bytes(lambda: b""), own_loss=True),
    hands(
        "hand in a file larger than may be",
        as_bytes(lambda: b'{"nbformat":4,"cells":[' + b" " * (70 * 2**20)),
        own_loss=True,
    ),
    hands(
        "hand in outputs of many megabytes",
        as_notebook(
            cell("x = 1", outputs=[{"output_type": "stream", "name": "stdout", "text": "spam" * 5 * 10**6}])
        ),
    ),
    hands(
        "hand in more cells than may be",
        as_notebook(*[cell("x = 1", id=f"c{number}") for number in range(2500)]),
        own_loss=True,
    ),
    hands(
        "hand in a compressed bomb under a notebook's name",
        as_bytes(lambda: gzip.compress(bytes(2**26))),
        own_loss=True,
    ),
    hands("hand in a FIFO", as_fifo, own_loss=True),
    hands(
        "hand in a link to the solutions",
        as_link("../solutions/vault.yaml"),
        own_loss=True,
        honest=False,
        source="attacks 4",
    ),
    hands(
        "hand in a link to the gradebook",
        as_link("../gradebook.db"),
        own_loss=True,
        honest=False,
        source="attacks 4",
    ),
    hands("hand in a link to a device that never ends", as_link("/dev/zero"), own_loss=True, honest=False),
    hands(
        "hand in a link to a sibling's submission",
        as_link("sibling.ipynb"),
        own_loss=True,
        honest=False,
        source="attacks 4",
    ),
    hands(
        "hand in a folder of links to a sibling's submission",
        as_folder("homework.ipynb"),
        own_loss=True,
        honest=False,
        source="attacks 4",
    ),
    hands("hand in a link that goes round in a circle", as_link("mallory.ipynb"), own_loss=True),
    hands(
        "hand in a folder with two notebooks", as_folder("a.ipynb", "b.ipynb"), own_loss=True, honest=False
    ),
    hands(
        "hand in a script with marks of cells and sections",
        as_script(
            DOUBLE + "# %% [markdown]\n# ## vault\n# %%\n" + VAULT + "# exercise: vault\n# %%" + "%" * 10**5
        ),
    ),
    hands("hand in under a name with markup", as_named("<redteam onclick=alert(1)>"), source="attacks 15"),
    hands(
        "hand in under a name with escapes",
        as_named("\x1b[2J\x1b]0;x\x07 \u202e ::error::x"),
        source="attacks 15",
    ),
    hands("hand in under a name that is a formula", as_named("=cmd|calc!A1"), source="attacks 15"),
    hands(
        "hand in under a name of many lines",
        as_named("a\n::error::forged\n..%2f..%2fgradebook"),
        source="attacks 15",
    ),
    hands("hand in under a name that is no text", as_named("\udcff\udcfe"), source="attacks 15"),
    hands("hand in under the name of a page", as_named("index"), source="attacks 14"),
)
