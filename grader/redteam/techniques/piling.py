"""Files and memory that a count of bytes in folders, or of one process, does not see."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.filling import CAREFUL
from grader.redteam.techniques.hogging import exhausts

TECHNIQUES: tuple[Technique, ...] = (
    exhausts(
        "nest folders 1,500 deep",
        """
import os

for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
open("last", "w").write("x" * 1000)
os.chmod(".", 0)
""",
        source="beyond: recursion in whoever removes them",
    ),
    exhausts(
        "make 300,000 empty files",
        *[
            """
import os, time

FOLDER = globals().get("FOLDER") or os.getcwd()
NUMBER = globals().get("NUMBER", 0)
until = time.monotonic() + 1.5
try:
    while NUMBER < 300_000 and time.monotonic() < until:
        if NUMBER % 5000 == 0:
            os.makedirs(f"{FOLDER}/{NUMBER}", exist_ok=True)
        os.close(os.open(f"{FOLDER}/{NUMBER // 5000 * 5000}/{NUMBER}", os.O_CREAT | os.O_WRONLY))
        NUMBER += 1
except OSError as error:
    print(error)
print(NUMBER)
"""
        ]
        * 8,
        source="beyond: files that take no bytes",
        slow=True,
    ),
    exhausts(
        "fill files that no folder has any more",
        CAREFUL
        + """
KEPT = []
def fill(folder):
    while room() and len(KEPT) * STEP < MOST:
        KEPT.append(os.open(f"{folder}/gone{len(KEPT)}", os.O_CREAT | os.O_RDWR))
        os.unlink(f"{folder}/gone{len(KEPT) - 1}")
        if os.write(KEPT[-1], FULL) < STEP:
            return
for folder in (".", os.environ.get("TMPDIR", "/tmp"), "/dev/shm"):
    try:
        fill(folder)
    except OSError as error:
        print(folder, len(KEPT), error)
time.sleep(0.5)
""",
        source="beyond: unlinked files",
    ),
    exhausts(
        "have children share memory that none of them owns",
        CAREFUL
        + """
from multiprocessing import resource_tracker, shared_memory

resource_tracker.register = resource_tracker.unregister = lambda *_: None
for number in range(8):
    if room() and os.fork() == 0:
        kept = []
        try:
            for piece in range(6):
                kept.append(mmap.mmap(-1, STEP))
                touch(kept[-1])
                if os.fork() == 0:
                    time.sleep(20)
                    os._exit(0)
            kept.append(shared_memory.SharedMemory(f"hog{number}", create=True, size=STEP))
            touch(kept[-1].buf)
        except (OSError, MemoryError):
            pass
        finally:
            time.sleep(20)
            os._exit(0)
time.sleep(1.8)
""",
        source="beyond: shared memory",
    ),
)
