"""Getting hidden inputs shown to the student: attacks 6 and 7."""

from grader.redteam.technique import Family, Technique
from grader.redteam.techniques.hunting import TOOLS

REMEMBER = """
SEEN = []
"""


def tells(name: str, source: str, body: str, *, own_loss: bool = False) -> Technique:
    """Return a technique that tries to have its hidden inputs shown to the student."""
    return Technique(
        name=name,
        family=Family.READS,
        source=source,
        cells=(TOOLS, REMEMBER + body),
        targets={"vault": 0.0},
        own_loss=own_loss,
    )


TECHNIQUES: tuple[Technique, ...] = (
    tells(
        "put a hidden input into an exception's message",
        "attacks 7",
        "def vault(key):\n    raise ValueError(f'the key is {key}')\n",
    ),
    tells(
        "put a hidden input into an exception's class and its causes",
        "attacks 7",
        """
def vault(key):
    kind = type(key, (Exception,), {"__str__": lambda self: key, "__notes__": [key]})
    raise kind(key) from type("Cause" + key, (Exception,), {})(key)
""",
    ),
    tells(
        "print hidden inputs, write them to descriptors 1 and 2, warn of them",
        "attacks 6",
        """
import warnings

def vault(key):
    print(key, flush=True)
    print(key, file=sys.__stderr__, flush=True)
    warnings.warn(key)
    for number in (1, 2):
        os.write(number, (key + "\\n").encode())
    return "who is there" if key == "knock" else key
""",
    ),
    tells(
        "crash with a hidden input as the last words",
        "attacks 7",
        """
def vault(key):
    if key == "knock":
        return "who is there"
    os.write(2, f"MemoryError: {key}\\n".encode())
    os.abort()
""",
    ),
    tells(
        "remember hidden inputs and raise them in a public question",
        "attacks 7",
        """
def vault(key):
    SEEN.append(key)
    with open("/tmp/seen", "a") as file:
        file.write(key)
    raise ValueError(f"so far: {SEEN} {open('/tmp/seen').read()}")

def double(x):
    if SEEN:
        raise ValueError(str(SEEN))
    return 2 * x
""",
        own_loss=True,
    ),
    tells(
        "return hidden inputs as the text of objects without a form",
        "attacks 7",
        """
def vault(key):
    kind = type(key, (), {"__repr__": lambda self: key, "__module__": key})
    return {key: kind(), kind(): [kind()]}
""",
    ),
    tells(
        "name a model and its layers after hidden inputs",
        "attacks 7",
        """
import keras

def vault(key):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name=key)], name=key + "s")
""",
    ),
    tells(
        "run out of time or memory depending on a hidden input",
        "attacks 7",
        """
def vault(key):
    if key == "knock":
        return "who is there"
    if int(key[-1], 16) % 2:
        while True: pass
    return [0] * 10**11
""",
    ),
    tells(
        "redefine other exercises' functions once a hidden input was seen",
        "attacks 7",
        """
def vault(key):
    import builtins
    builtins.print = builtins.len = lambda *_: key
    sys.modules["__main__"].double = lambda x: key
    globals()["double"] = lambda x: key
    return key
""",
        own_loss=True,
    ),
)
