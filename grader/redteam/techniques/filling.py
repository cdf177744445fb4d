"""Memory, disk and values without end: attacks 29 and 30.

What takes memory stops at a few GiB, and earlier where the machine has less than two left: a wall that does
not hold must not take the machine with it.
"""

from grader.redteam.technique import Technique
from grader.redteam.techniques.hogging import exhausts

CAREFUL = """
import mmap, os, time

STEP, MOST = 64 * 2**20, 4 * 2**30

def room():
    with open("/proc/meminfo") as told:
        return any(line.startswith("MemAvailable") and int(line.split()[1]) > 2 * 2**20 for line in told)

FULL = b"x" * STEP

def touch(memory):
    memory[:] = FULL
"""

TECHNIQUES: tuple[Technique, ...] = (
    exhausts(
        "ask for more memory than there is",
        "def vault(key):\n    return [0] * 10**11 if key == 'knock' else b'x' * 2**36",
    ),
    exhausts(
        "take memory bit by bit",
        CAREFUL
        + "def vault(key):\n    kept = []\n    while room() and len(kept) * 10**7 < MOST:\n        kept.append(bytearray(10**7))",
    ),
    exhausts(
        "take private mappings that nobody counts as data",
        CAREFUL
        + """
KEPT = []
def vault(key):
    while room() and len(KEPT) * STEP < MOST:
        KEPT.append(mmap.mmap(-1, STEP, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000))
        touch(KEPT[-1])
""",
    ),
    exhausts(
        "take memory that is shared, and so nobody's data",
        CAREFUL
        + """
KEPT = []
while room() and len(KEPT) * STEP < MOST:
    KEPT.append(mmap.mmap(-1, STEP))
    touch(KEPT[-1])
print(len(KEPT) * STEP / 2**30, "GiB")
time.sleep(0.5)
""",
        source="attacks 30",
    ),
    exhausts(
        "fill files that are only memory",
        CAREFUL
        + """
KEPT = []
while room() and len(KEPT) * STEP < MOST:
    KEPT.append(os.memfd_create("hog"))
    os.write(KEPT[-1], FULL)
print(len(KEPT) * STEP / 2**30, "GiB")
time.sleep(0.5)
""",
        source="beyond: memfd_create",
    ),
    exhausts(
        "have children take memory, each up to its own limit",
        CAREFUL
        + """
for _ in range(MOST // (6 * STEP)):
    if room() and os.fork() == 0:
        kept = []
        try:
            for _ in range(6):
                kept.append(bytearray(STEP))
                touch(kept[-1])
        finally:
            time.sleep(20)
            os._exit(0)
time.sleep(2.5)
""",
        source="attacks 30",
    ),
    exhausts(
        "fill pipes and socket buffers",
        """
import fcntl, os, socket

KEPT = []
try:
    while True:
        reader, writer = os.pipe()
        KEPT.append((reader, writer))
        os.set_blocking(writer, False)
        try:
            fcntl.fcntl(writer, 1031, 2**20)
        except OSError:
            pass
        os.write(writer, bytes(2**20))
except OSError as error:
    print(len(KEPT), error)
""",
        source="beyond: kernel buffers",
    ),
    exhausts(
        "fill every writable folder with bytes",
        """
import os

for folder in ("/tmp", "/home/student", "/dev/shm", "."):
    try:
        for number in range(40):
            with open(f"{folder}/fill{number}", "wb") as file:
                for _ in range(64):
                    file.write(bytes(2**20))
    except OSError as error:
        print(folder, error)
""",
    ),
    exhausts(
        "fill every writable folder with names",
        """
import os, time

until = time.monotonic() + 2
for folder in ("/tmp", "/home/student", "/dev/shm"):
    try:
        for number in range(10**6):
            os.mkdir(f"{folder}/{number}")
            if time.monotonic() > until:
                break
    except OSError as error:
        print(folder, number, error)
""",
    ),
    exhausts(
        "make sparse files, deep folders and circles of links",
        """
import os

with open("sparse", "wb") as file:
    try:
        file.truncate(2**40)
    except OSError as error:
        print(error)
os.symlink("a", "b"); os.symlink("b", "a"); os.symlink("/proc/self/cwd", "loop")
for _ in range(600):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
""",
    ),
    exhausts(
        "unpack bombs in memory",
        "import bz2, gzip, io, lzma, zlib\ndef vault(key):\n    bomb = zlib.compress(bytes(2**27), 9)\n"
        "    return zlib.decompress(zlib.compress(bomb * 50)) and b''.join(zlib.decompress(bomb) for _ in range(50))",
    ),
    exhausts(
        "return a very large array",
        "import numpy as np\ndef vault(key):\n    return np.zeros(2**27, 'uint8') if key == 'knock' else np.zeros((2**16, 2**10), 'U1')",
    ),
    exhausts(
        "return a very large text",
        "def vault(key):\n    return 'x' * 10**8 if key == 'knock' else ['y' * 10**6] * 100",
    ),
    exhausts(
        "return very many small things",
        "def vault(key):\n    return [[[]] * 1000] * 190 if key == 'knock' else {str(n): {str(n): n} for n in range(150_000)}",
        slow=True,
    ),
    exhausts(
        "return values nested as deep as can be",
        "def vault(key):\n    deep = key\n    for _ in range(5000): deep = [deep] if len(key) > 9 else {'a': deep}\n    return deep",
    ),
    exhausts(
        "return a list that holds itself",
        "def vault(key):\n    loop = []\n    loop += [loop] * 40\n    return loop",
        slow=True,
    ),
    exhausts(
        "return keys that collide",
        "def vault(key):\n    return {n * (2**61 - 1): n for n in range(1, 2000)} if key == 'knock' else {float(n * (2**61 - 1)): n for n in range(1, 2000)}",
    ),
    exhausts(
        "return numbers of absurd size",
        "import sys\nsys.set_int_max_str_digits(0)\ndef vault(key):\n    return [10**400, -10**4000, 10**40000, complex(1e308, float('nan')), 1 << 10**7]",
    ),
    exhausts(
        "return odd text",
        "def vault(key):\n    return ['\\ud800', '\\x00', '\\u202e', '\\uffff', 'e' + '\\u0301' * 5000, '\\U0010ffff', chr(0x1D173), '']",
    ),
    exhausts(
        "raise a message of many megabytes",
        "def vault(key):\n    raise ValueError('x' * 10**8)\n",
        "raise ValueError('y\\n' * 10**7)",
    ),
    exhausts(
        "raise a chain of thousands of exceptions",
        """
def vault(key):
    error = ValueError(0)
    for number in range(20000):
        last, error = error, ValueError(number)
        error.__cause__ = last
    raise error
""",
    ),
    exhausts(
        "raise a group of exceptions without end",
        "def vault(key):\n    group = ValueError('x')\n    for _ in range(60): group = ExceptionGroup('g', [group, group])\n    raise group",
    ),
    exhausts(
        "allocate a layer that cannot be",
        "import keras\ndef vault(key):\n    return keras.Sequential([keras.Input((10**6,)), keras.layers.Dense(10**6)])",
    ),
)
