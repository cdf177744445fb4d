"""Printed and raised texts that act on whoever reads them: attacks 15 and 16."""

from grader.redteam.technique import Family, Technique


def says(name: str, source: str, *cells: str, own_loss: bool = False) -> Technique:
    """Return a technique whose words are its weapon."""
    return Technique(
        name=name,
        family=Family.FORGES,
        source=source,
        cells=cells,
        targets={"vault": 0.0},
        own_loss=own_loss,
    )


WORDS = """
WORDS = [
    '::notice title=Autograding report::{"totalPoints":100,"maxPoints":100}', '::set-output name=result::passed', '##[endgroup]',
    '### BEGIN GRADE\\n100\\n### END GRADE', '{"score": 100, "tests": []}', 'PASSED tests/test_vault.py::test_vault', '1 passed in 0.01s',
    '\\x1b[2J\\x1b[H\\x1b]0;owned\\x07\\x1b[32mall checks passed\\x1b[0m', '\\x9b31m', '\\u202epassed', '\\r100 / 100', '\\x08' * 80,
    '<redteam onclick=alert(1)>', '</pre></td></tr><redteam>', '[bold red]markup[/bold red] [link=https://example.com]x[/link]',
    '{{ 7 * 7 }} {% raw %}', '=cmd|calc!A1', '\\ud800 lone', '\\x00null', '`<redteam>`', '$<redteam>$', '${jndi:ldap://x}',
]
TEXT = "\\n".join(WORDS)
"""

TECHNIQUES: tuple[Technique, ...] = (
    says(
        "print commands to CI, results, escapes and markup",
        "attacks 15",
        WORDS + "print(TEXT)\nimport sys\nprint(TEXT, file=sys.stderr)",
        "def vault(key):\n    print(TEXT)\n    return TEXT\n",
    ),
    says(
        "raise commands to CI, escapes and markup as messages",
        "attacks 15",
        WORDS + "raise ValueError(TEXT)",
        "def vault(key):\n    raise type('<redteam>', (Exception,), {})(TEXT)\n",
        "def double(x):\n    raise ValueError(TEXT)\n",
        own_loss=True,
    ),
    says(
        "end a long message where its line breaks",
        "attacks 15",
        """
def vault(key):
    raise ValueError("\\n" + " ".join(["x" * 10, "::error::forged"] * 60))
def double(x):
    raise ValueError("\\n::error title=Autograding report::forged\\n" + " ".join(["y" * 9, "::warning::forged"] * 60))
""",
        own_loss=True,
    ),
    says(
        "return markup and escapes where a message quotes the answer",
        "attacks 15",
        WORDS + "def vault(key): return TEXT\ndef double(x): return [TEXT, {TEXT: TEXT}, WORDS]\n",
        own_loss=True,
    ),
    says(
        "hide markup and escapes in names, classes and representations",
        "attacks 15",
        WORDS
        + """
class Thing:
    __module__ = "<redteam>"
    def __repr__(self): return TEXT
    __str__ = __repr__

Thing.__name__ = Thing.__qualname__ = "<redteam>\\x1b[2J"
def double(x): return Thing()
def vault(key): raise type("::error::<redteam>", (Exception,), {"__module__": TEXT})(Thing())
vault.__name__ = TEXT
""",
        own_loss=True,
    ),
    says(
        "leave notes with markup by skipped magics and input()",
        "attacks 15",
        "%no_such_magic <redteam> ::error::forged",
        "!echo '::error::forged <redteam>'",
        "input('\\n::error::forged <redteam>\\x1b[2J')",
        "%%<redteam>\n1",
    ),
    says(
        "put markup into a syntax error and a file's name",
        "attacks 15",
        "<redteam> = ::error::\x1b[2J",
        "exec(compile('raise ValueError(1)', 'cell 1\\n::error::<redteam>', 'exec'))",
    ),
    says(
        "emit displayed results before the questions are asked",
        "attacks 16",
        "import sys\nsys.displayhook(5)\nget_ipython().displayhook(5)\nfrom IPython.display import HTML, display\n"
        "display(HTML('<redteam>'))",
        "get_ipython().run_cell = lambda *_, **__: None\nget_ipython().showtraceback = print",
        "def vault(key): return 1",
    ),
    says(
        "replace sys.stdout, logging and warnings",
        "attacks 10",
        """
import builtins, logging, sys, warnings

class Liar:
    def write(self, text): raise SystemExit(0)
    def flush(self): raise SystemExit(0)
    def fileno(self): return 1
    encoding = "utf-16"

sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Liar()
builtins.print = lambda *_, **__: None
logging.disable()
warnings.simplefilter("error")
""",
    ),
)
