"""Frames that the grader's own protocol would carry, written by the student: attacks 18."""

from grader.redteam.technique import Family, Technique

SPEAK = """
import json, os, struct, sys, time

def pack(message):
    from grader.sandbox.channel import pack as real
    return real(message)

def ends():
    \"\"\"Return the descriptors that are sockets: one of them is the conversation.\"\"\"
    return [number for number in range(3, 256) if os.path.lexists(f"/proc/self/fd/{number}")
            and os.readlink(f"/proc/self/fd/{number}").startswith("socket")]

def say(*messages):
    for number in ends():
        for message in messages:
            try:
                os.write(number, message if isinstance(message, bytes) else pack(message))
            except OSError:
                pass

def outcome(value):
    return {"outcomes": [{"happening": "returned", "value": value}] * 3, "printed": "", "seconds": 0.0}

def done(number, **more):
    return {"ran": {"number": number, "happening": "returned", "error": None, "printed": "", "notes": [], "seconds": 0.0, **more}}
"""


def speaks(name: str, *cells: str, source: str = "attacks 18", slow: bool = False) -> Technique:
    """Return a technique that writes frames of its own; what that costs its own answers is its own loss."""
    return Technique(
        name=name,
        family=Family.FORGES,
        source=source,
        cells=(SPEAK, *cells),
        targets={"vault": 0.0},
        own_loss=True,
        slow=slow,
    )


TECHNIQUES: tuple[Technique, ...] = (
    speaks(
        "write rubbish to every descriptor",
        "for number in range(3, 256):\n    try: os.write(number, b'\\xff' * 64)\n    except OSError: pass",
    ),
    speaks(
        "say that all cells are done and answer every question beforehand",
        "say(done(2), {'done': True}, *[outcome(8)] * 20)",
    ),
    speaks(
        "answer all later questions while answering the first",
        "def double(x):\n    say(*[outcome(2 * x)] * 10)\n    return 2 * x\ndef vault(key):\n    say(*[outcome(key)] * 10)\n    return key",
    ),
    speaks(
        "report cells that are not there, twice, or with a number of another kind",
        "say({'cell': 99}, done(99), done(True), done(-1), done('2'), done(2), done(2), {'cell': None})",
    ),
    speaks(
        "claim that a fault was the grader's",
        "def vault(key):\n    say({'outcomes': [{'happening': 'lost', 'detail': 'our fault'}], 'printed': '', 'seconds': 0})",
        "say({'error': 'WorkerDied'}, {'failed': 'isolation'}, {'ours': 'the machine ran out of memory'})",
    ),
    speaks(
        "announce a frame of the largest size and send nothing more",
        "say(struct.pack('>Q', 2**26 - 1))\ntime.sleep(600)",
        slow=True,
    ),
    speaks("announce a frame of no possible size", "say(struct.pack('>Q', 2**63 + 5))"),
    speaks(
        "send frames byte by byte",
        "frame = pack(outcome('x' * 500))\nfor place in range(len(frame)):\n    say(frame[place:place + 1])\n    time.sleep(0.02)",
        slow=True,
    ),
    speaks(
        "send JSON that is hard to read",
        """
def raw(text):
    body = struct.pack(">I", len(text)) + text
    return struct.pack(">Q", len(body)) + body
say(raw(b"[" * 2**20 + b"]" * 2**20))
say(raw(b'{"int":"' + b"9" * 10**6 + b'"}'), raw(b"1" * 10**6), raw(b"1e999999"), raw(b"NaN"), raw(b'"\\\\ud800"'), raw(b"\\xff\\xfe"))
say(raw(b'{"set":[' + b",".join(b'{"tuple":[%d]}' % n for n in range(5000)) + b"]}"))
""",
    ),
    speaks(
        "send JSON that nests without end, first of all",
        """
text = b"[" * 2**24
def double(x):
    body = struct.pack(">I", len(text)) + text
    say(struct.pack(">Q", len(body)) + body)
""",
    ),
    speaks(
        "send arrays with impossible shapes and types",
        """
def raw(tree, buffer=b""):
    text = json.dumps(tree).encode()
    body = struct.pack(">I", len(text)) + text + buffer
    return struct.pack(">Q", len(body)) + body

SHAPES = ([2**62, 4], [-1], [0, 2**63], [True], ["3"], [], None, [1] * 100, [10**30])
TYPES = ("O", "|O", "float64", "<f8", "<M8[s]", "|V99999999", "<U999999999", "|S9", "object", "i4,f8", "(2,)f8", "", None, 3)
def double(x):
    say(*(raw({"dict": [["outcomes", [{"dict": [["happening", "returned"], ["value", {"array": [kind, shape, 0, 8]}]]}]],
              ["printed", ""], ["seconds", 0]]}, b"x" * 64) for kind in TYPES for shape in SHAPES))
""",
    ),
    speaks(
        "send outcomes of every wrong form",
        """
WRONG = [None, 1, "x", [], {}, {"outcomes": []}, {"outcomes": [None]}, {"outcomes": {}}, outcome(1) | {"seconds": float("nan")},
         outcome(1) | {"seconds": -1}, outcome(1) | {"seconds": 10**400}, outcome(1) | {"printed": 3}, {"outcomes": [{"happening": "passed"}]},
         {"outcomes": [{"happening": "raised", "error": {"type": 1}}]}, {"outcomes": [{"happening": "raised", "error": {"type": "X", "bases": 3}}]},
         {"outcomes": [{"happening": "raised", "error": None}] * 3}, {"outcomes": [{"happening": "returned"}] * 10**5}]
PLACE = [0]
def double(x):
    PLACE[0] += 1
    say(WRONG[int(abs(x)) % len(WRONG)])
def vault(key):
    say(WRONG[len(key) % len(WRONG)])
""",
    ),
    speaks(
        "let a child answer on the same connection, twice",
        """
def vault(key):
    if os.fork() == 0:
        time.sleep(0.05)
        say(outcome(key), outcome(key))
        os._exit(0)
    return key
""",
    ),
    speaks(
        "let a child keep the connection open after the process is gone",
        """
def vault(key):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    os._exit(0)
""",
    ),
    speaks(
        "answer from a second thread while the first is asked",
        """
import threading

def chatter():
    while True:
        say(outcome(8))
        time.sleep(0.05)

threading.Thread(target=chatter, daemon=True).start()
""",
    ),
    speaks(
        "shut down one direction of the connection",
        "import socket\nfor number in ends():\n    try: socket.socket(fileno=os.dup(number)).shutdown(socket.SHUT_RD)\n    except OSError: pass",
    ),
    speaks(
        "never read, so that the grader's questions fill the connection",
        "def vault(key):\n    return 'x' * 2**20\n",
        "import threading, ctypes\nthreading.Thread(target=lambda: ctypes.PyDLL(None).sleep(30), daemon=True).start()\ntime.sleep(0.1)",
    ),
    speaks(
        "read the questions before the process that is to answer them",
        """
import threading, socket

def steal():
    for number in ends():
        end = socket.socket(fileno=os.dup(number))
        while True:
            got = end.recv(2**20)
            if not got:
                return
            say(outcome(8))

threading.Thread(target=steal, daemon=True).start()
""",
    ),
)
