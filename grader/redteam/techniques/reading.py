"""Reading answers out of the process itself: attacks 1 to 3."""

from grader.redteam.technique import Technique
from grader.redteam.techniques.hunting import hunts

TECHNIQUES: tuple[Technique, ...] = (
    hunts(
        "walk up the stack for locals and globals",
        "attacks 1",
        """
def hunt(key):
    frame = sys._getframe()
    while frame:
        keep_all(dict(frame.f_locals))
        keep_all(dict(frame.f_globals), 2)
        keep_all(frame.f_code.co_consts)
        frame = frame.f_back
""",
    ),
    hunts(
        "walk up a traceback, and the frames of all threads",
        "attacks 1",
        """
def hunt(key):
    try:
        raise ValueError
    except ValueError as error:
        frames = [error.__traceback__.tb_frame, *sys._current_frames().values()]
    for frame in frames:
        while frame:
            keep_all(dict(frame.f_locals), 6)
            frame = frame.f_back
""",
    ),
    hunts(
        "trace the caller with sys.settrace and sys.setprofile",
        "attacks 1",
        """
def watch(frame, event, arg):
    keep_all(dict(frame.f_locals), 3)
    keep_all(arg, 3)
    return watch

def hunt(key):
    frame = sys._getframe()
    while frame:
        frame.f_trace = watch
        frame = frame.f_back
    sys.settrace(watch)
    sys.setprofile(watch)
""",
        own_loss=True,
    ),
    hunts(
        "look through all objects that the collector knows",
        "attacks 2",
        """
import gc

def hunt(key):
    gc.unfreeze()
    for thing in gc.get_objects():
        keep_all(thing, 1)
""",
    ),
    hunts(
        "follow what refers to the argument",
        "attacks 2",
        """
import gc

def hunt(key):
    gc.unfreeze()
    near = [key]
    for _ in range(3):
        near = [one for thing in near[:50] for one in gc.get_referrers(thing)][:500]
        for one in near:
            keep_all(one, 3)
""",
    ),
    hunts(
        "read __main__, every module and its classes",
        "attacks 3",
        """
def hunt(key):
    for name in sorted(sys.modules, key=lambda name: not name.startswith(("__main__", "grader"))):
        keep_all(dict(vars(sys.modules[name])) if hasattr(sys.modules[name], "__dict__") else {}, 2)
""",
    ),
    hunts(
        "read sources by inspect and linecache",
        "attacks 3",
        """
import inspect, linecache

def hunt(key):
    keep_all(linecache.cache, 5)
    for name, module in list(sys.modules.items()):
        if name.startswith(("grader", "__main__")):
            try:
                keep(inspect.getsource(module))
            except (OSError, TypeError):
                pass
    for info in inspect.stack(context=50):
        keep("".join(info.code_context or []))
""",
    ),
    hunts(
        "import the checks, the references and the gradebook",
        "attacks 3",
        """
import importlib

def hunt(key):
    for name in ("checks", "references", "pipeline", "gradebook", "redteam.course", "readers.exercises", "exercise"):
        try:
            keep_all(vars(importlib.import_module("grader." + name)))
        except ImportError:
            pass
""",
    ),
)
