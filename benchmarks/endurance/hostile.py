"""What hostile students do instead of answering the third exercise. Only ever run behind bubblewrap's wall.

What takes memory stops at 2 GiB, and earlier where the machine has less than two left: a wall that does not
hold must not take the machine with it.
"""

_IN_ANSWER = "def build_model():\n"


def _answer(body: str, before: str = "") -> str:
    """Return a cell whose ``build_model`` does *body*."""
    return before + _IN_ANSWER + "".join(f"    {line}\n" for line in body.strip().splitlines())


_CAREFUL = """
import mmap, os, time

STEP, MOST = 64 * 2**20, 2 * 2**30
FULL, KEPT = b"x" * STEP, []

def room():
    with open("/proc/meminfo") as told:
        return any(line.startswith("MemAvailable") and int(line.split()[1]) > 2 * 2**20 for line in told)

"""
_SPEAK = """
import os, struct

def say(*frames):
    for number in range(3, 256):
        for frame in frames:
            try:
                if os.readlink(f"/proc/self/fd/{number}").startswith("socket"):
                    os.write(number, frame)
            except OSError:
                pass

def pack(message):
    from grader.sandbox.channel import pack as real
    return real(message)

"""

#: By kind: what its submissions do, one of these each.
ACTS: dict[str, tuple[str, ...]] = {
    "crash": (
        _answer("os._exit(0)", "import os\n"),
        "import os\nos._exit(1)",
        _answer("os.abort()", "import os\n"),
        "import ctypes\nctypes.string_at(0)",
    ),
    "hang": (
        "while True: pass",
        _answer(
            """
while True:
    try:
        while True: pass
    except BaseException: pass
"""
        ),
        _answer("ctypes.PyDLL(None).sleep(600)", "import ctypes\n"),
    ),
    "memory": (
        _answer("while room() and len(KEPT) * STEP < MOST: KEPT.append(bytearray(FULL))", _CAREFUL),
        _answer(
            """
for _ in range(8):
    if room() and os.fork() == 0:
        try:
            for _ in range(4): KEPT.append(bytearray(FULL))
        finally:
            time.sleep(20)
            os._exit(0)
time.sleep(2)
""",
            _CAREFUL,
        ),
        _CAREFUL
        + """
while room() and len(KEPT) * STEP < MOST:
    KEPT.append(mmap.mmap(-1, STEP))
    KEPT[-1][:] = FULL
""",
    ),
    "fork bomb": (
        _answer(
            """
while True:
    try: os.fork()
    except OSError: pass
""",
            "import os\n",
        ),
        _answer(
            """
for _ in range(500):
    try:
        if os.fork() == 0:
            os.setsid()
            while True: pass
    except OSError: pass
""",
            "import os\n",
        ),
    ),
    "thread bomb": (
        _answer(
            """
wait = threading.Event()
while True:
    try: threading.Thread(target=wait.wait, daemon=True).start()
    except RuntimeError: return "no more"
""",
            "import threading\n",
        ),
    ),
    "huge output": (
        'import sys\nfor _ in range(200):\n    print("spam" * 10**5)\n    sys.stderr.write("x" * 10**6)\n',
        _answer('while True: os.write(1, b"y" * 65536), os.write(2, b"z" * 65536)', "import os\n"),
        _answer('return np.zeros(2**27, "uint8")', "import numpy as np\n"),
        _answer('return ["y" * 10**6] * 100'),
    ),
    "full disk": (
        """
import os
for folder in ("/tmp", "/home/student", "/dev/shm", "."):
    try:
        for number in range(20):
            with open(f"{folder}/fill{number}", "wb") as file:
                for _ in range(32): file.write(bytes(2**20))
    except OSError as error:
        print(folder, error)
""",
    ),
    "forged frames": (
        _answer('say(b"\\xff" * 64)', _SPEAK),
        _answer('say(struct.pack(">Q", 2**63 + 5))\nos._exit(0)', _SPEAK),
        _answer(
            'say(pack({"error": "WorkerDied"}), pack({"ours": "the machine ran out of memory"}))', _SPEAK
        ),
        _answer('say(pack({"cell": 99}), pack({"done": True}), pack({"outcomes": []}))', _SPEAK),
    ),
    "closed descriptors": (
        "import os\nos.closerange(3, 1000)",
        _answer("os.closerange(0, 1000)", "import os\n"),
    ),
    "left behind": (
        """
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(600)
        os._exit(0)
""",
    ),
}
