"""What is done to the notebook itself, before any of it is run: attacks 20."""

from grader.redteam.technique import Family, Technique
from grader.redteam.techniques.handing import (
    Hand,
    as_notebook,
    cell,
    text,
)

VAULT = "def vault(key):\n    return 'who is there'\n"


def hands(
    name: str, handed: Hand, *, own_loss: bool = False, source: str = "attacks 20", honest: bool = True
) -> Technique:
    """Return a technique that hands in a file of its own making; without an *honest* part it earns nothing."""
    return Technique(
        name=name,
        family=Family.FORGES,
        source=source,
        handed=handed,
        targets={"vault": 0.0} if honest else {"double": 0.0, "vault": 0.0},
        own_loss=own_loss,
    )


TECHNIQUES: tuple[Technique, ...] = (
    hands(
        "give several cells the same id", as_notebook(cell(VAULT, id="zero"), cell("vault = None", id="zero"))
    ),
    hands(
        "mark cells with metadata of other graders",
        as_notebook(
            cell(
                VAULT,
                metadata={
                    "nbgrader": {
                        "grade": True,
                        "grade_id": "vault",
                        "points": 100,
                        "locked": False,
                        "solution": True,
                    }
                },
            ),
            cell(
                "1 / 0", metadata={"tags": ["otter_ignore"], "otter": {"tests": ["q1"]}, "deletable": False}
            ),
        ),
    ),
    hands(
        "mark cells with metadata of this grader, of every wrong kind",
        as_notebook(
            *[
                cell(VAULT, id=f"c{number}", metadata=mark)
                for number, mark in enumerate(
                    [
                        {"grader": {"exercise": ["vault"]}},
                        {"grader": {"exercise": None}},
                        {"grader": "vault"},
                        {"grader": {"exercise": "../vault"}},
                        {"grader": {"points": 9}},
                    ]
                )
            ]
        ),
    ),
    hands(
        "have cells whose metadata are no mapping",
        as_notebook(cell(VAULT, metadata=[]), cell(VAULT, metadata=None)),
        own_loss=True,
    ),
    hands(
        "have cells of unknown kinds, and none",
        as_notebook({"cell_type": "evil", "source": VAULT}, {}, {"source": 3}),
        own_loss=True,
    ),
    hands("have cells that are no mappings", as_notebook(cells=[None, 3, "x", [VAULT]]), own_loss=True),
    hands(
        "have sources of lists, numbers and mappings",
        as_notebook(cell([VAULT, 3, None]), cell({"a": 1}), cell(7), cell(None)),
        own_loss=True,
    ),
    hands(
        "repeat sections and answer under other exercises' headings",
        as_notebook(
            text("## double"),
            cell("def double(x):\n    return 2 * x", id="a"),
            text("## vault", id="t1"),
            cell("def double(x):\n    return 0\n" + VAULT, id="b"),
            text("## double", id="t2"),
            cell("x = 1", id="c"),
            text("# vault double network", id="t3"),
            cell("double = None", id="d"),
        ),
        own_loss=True,
    ),
    hands(
        "redefine another exercise's names in one's own section",
        as_notebook(text("## vault"), cell(VAULT + "def double(x): return 0\nimport builtins\n")),
    ),
    hands(
        "write headings that take long to read",
        as_notebook(
            text("#" * 6 + " " * 10**6 + "x"),
            text("# " + "\u0300" * 10**5, id="t"),
            text("```\n" * 10**5, id="u"),
        ),
    ),
    hands(
        "write a comment that takes long to read",
        as_notebook(cell("#" + " " * 10**6 + "exercise" + " " * 10**6 + ": vault!")),
    ),
    hands(
        "use magics, the shell and other languages",
        as_notebook(
            cell("%%bash\nrm -rf /", id="a"),
            cell("!kill -9 -1", id="b"),
            cell("%run /etc/passwd", id="c"),
            cell("%%writefile /datasets/x\nx", id="d"),
            cell("%%script python\nprint(1)", id="e"),
            cell("%cd /", id="f"),
            cell("%env HOME=/", id="g"),
            cell("%load_ext evil", id="h"),
            cell("%%capture x\n1 / 0", id="i"),
            cell("%%timeit -n 1 -r 1\n1", id="j"),
            cell("%debug", id="k"),
            cell("%edit", id="l"),
            cell("%history -g", id="m"),
            cell("%store -r", id="n"),
            cell("%reset -f", id="o"),
            cell("%logstart /tmp/log", id="p"),
            cell("%system id", id="q"),
            cell("%sx id", id="r"),
            cell("%pdb on", id="s"),
            cell("%autoawait on", id="t"),
        ),
    ),
    hands(
        "ask for another kernel",
        as_notebook(
            metadata={
                "kernelspec": {"name": "../../evil", "argv": ["sh", "-c", "id"], "language": "sh"},
                "language_info": {"name": "<redteam>"},
            }
        ),
    ),
    hands("claim another format", as_notebook(nbformat=99, nbformat_minor=-1), own_loss=True),
    hands(
        "claim an old format",
        as_notebook(nbformat=3, worksheets=[{"cells": [{"cell_type": "code", "input": VAULT}]}]),
        own_loss=True,
    ),
)
