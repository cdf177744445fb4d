"""Time, processes and output without end: attacks 29."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.hogging import exhausts

TECHNIQUES: tuple[Technique, ...] = (
    exhausts(
        "loop for ever in a cell and in a function",
        "while True: pass",
        "def vault(key):\n    while True: pass",
        slow=True,
    ),
    exhausts(
        "loop in native code that never comes back",
        "def vault(key):\n    return sum(range(10**15)) if key == 'knock' else pow(3, 10**9)",
        slow=True,
    ),
    exhausts(
        "sleep with the interpreter's lock held",
        "import ctypes\ndef vault(key):\n    ctypes.PyDLL(None).sleep(600)",
        slow=True,
    ),
    exhausts(
        "swallow every exception, the alarm's too",
        "def vault(key):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        slow=True,
    ),
    exhausts(
        "switch the alarm off",
        """
import signal

def vault(key):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    while True: pass
""",
        slow=True,
    ),
    exhausts(
        "match a regular expression that backtracks for ever",
        "import re\ndef vault(key):\n    return re.match('(a+)+$', 'a' * 60 + 'b')",
        slow=True,
    ),
    exhausts(
        "sleep in every cell for just less than its time", *["import time\ntime.sleep(1.8)"] * 8, slow=True
    ),
    exhausts("crash in every cell, so that each costs a fork", *["import os\nos._exit(1)"] * 12),
    exhausts("hand in very many cells", *["x = 1"] * 400),
    exhausts(
        "recurse without end, in Python and in C",
        "def f(): f()\nf()",
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
        "x = eval('[' * 500 + ']' * 500)",
        "def vault(key):\n    x = []\n    for _ in range(10**6): x = [x]\n    return repr(x)",
    ),
    exhausts(
        "fork as often as the kernel lets it",
        """
import os

def vault(key):
    while True:
        try:
            if os.fork() == 0:
                while True:
                    try: os.fork()
                    except OSError: pass
        except OSError: pass
""",
        slow=True,
    ),
    exhausts(
        "start as many threads as the kernel lets it",
        """
import threading

def vault(key):
    wait = threading.Event()
    while True:
        try:
            threading.Thread(target=wait.wait, daemon=True).start()
        except RuntimeError:
            return "no more"
""",
    ),
    exhausts(
        "burn all processors in the background",
        "import os\nfor _ in range(16):\n    if os.fork() == 0:\n        while True: pass\n",
    ),
    exhausts(
        "open as many files and sockets as it can",
        """
import os, socket

KEPT = []
def vault(key):
    while True:
        try:
            KEPT.extend(socket.socketpair())
        except OSError:
            return "no more"
""",
    ),
    exhausts(
        "print without end, to standard output and to its descriptors",
        """
import os, sys

def vault(key):
    while True:
        print("spam" * 10**5)
        sys.stderr.write("x" * 10**6)
        os.write(1, b"y" * 65536)
        os.write(2, b"z" * 65536)
""",
        slow=True,
    ),
    exhausts(
        "return a generator and iterators without end",
        """
import itertools
from collections.abc import Mapping

class Endless(Mapping):
    def __len__(self): return 3
    def __getitem__(self, key): return self
    def __iter__(self): return itertools.count()
    def items(self): return ((n, self) for n in itertools.count())

class List(list):
    def __iter__(self): return itertools.repeat(1)
    def __len__(self): return 1

def vault(key):
    return itertools.count() if key == "knock" else [Endless(), List([1])]
""",
    ),
    exhausts(
        "return objects that hang when they are looked at",
        """
import time

class Slow:
    def numpy(self): time.sleep(600)
    def __array__(self, *_, **__): time.sleep(600)
    def __repr__(self): time.sleep(600)
    __str__ = __hash__ = __len__ = __repr__
    def __getattr__(self, name): time.sleep(600)
    def __del__(self): time.sleep(600)

class Late(Exception):
    def __str__(self): time.sleep(600)
    __repr__ = __str__

def vault(key):
    if key == "knock":
        raise Late
    return Slow()
""",
        slow=True,
    ),
    exhausts(
        "hang in the class of an exception",
        """
import time

class Meta(type):
    @property
    def __name__(cls): time.sleep(600)
    def mro(cls): return type.mro(cls)

class Odd(BaseException, metaclass=Meta):
    def __getattribute__(self, name): time.sleep(600)

def vault(key): raise Odd
""",
        slow=True,
    ),
)
