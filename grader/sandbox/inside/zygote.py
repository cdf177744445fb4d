"""The warm process: imports TensorFlow once, then forks for each submission and each referee.

It executes no TensorFlow operation (TensorFlow survives a fork only then), reads nothing a student
made, and knows no secret. Over the control socket it receives requests, each with two descriptors:
the conversation and the status line of a new fork. It takes one at a time, and answers each with a byte:
so a request arrives whole over a stream socket, and its descriptors before the grader closes its own.
"""

import gc
import importlib
import json
import os
import platform
import signal
import socket
import sys
from typing import Any

from grader.sandbox.inside import isolation, supervisor, watch

#: By which NumPy and TensorFlow choose their kernels.
VECTORS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "amx_tile", "asimd", "sve")
PRELOADED = ("pandas", "sklearn", "scipy", "PIL.Image")
REQUEST_BYTES = 65536
TAKEN = b"+"


def main(*, warm: bool = True) -> None:
    """Warm up, say so, and serve until the grader hangs up. What is not *warm* forks inspectors only."""
    control = socket.socket(fileno=int(os.environ.pop("GRADER_CONTROL")))
    isolation.die_with_parent()
    isolation.hide_memory()
    # The kernel then buries finished supervisors by itself; nobody here waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = warm_up() if warm else {}
    held = watch.memory_of(os.getpid()) // 2**20
    control.sendall(json.dumps({**told, "memory_mib": str(held)}).encode() + b"\n")
    gc.collect()
    gc.freeze()
    serve(control)


def warm_up() -> dict[str, str]:
    """Import what submissions use and return the environment that grades them."""
    given = frozenset(os.environ)
    import keras
    import numpy
    import tensorflow as tf

    getattr(tf.keras, "layers")  # noqa: B009 - tf.keras loads lazily; every fork would pay for it
    for name in PRELOADED:
        _import_if_there(name)
    _quiet_matplotlib()
    from grader.sandbox.inside import notebook, observe, referee  # noqa: F401 - warm as well

    notebook.make_shell()
    isolation.OWN_VARIABLES.update(set(os.environ) - given)
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": numpy.__version__,
        "cpu": cpu_features(),
        "onednn": "off" if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0" else "on",
        "threads": os.environ.get("TF_NUM_INTRAOP_THREADS", "as many as cores"),
    }


def cpu_features(path: str = "/proc/cpuinfo") -> str:
    """Return the instruction sets that decide in which order numbers are added up; nothing where unknown."""
    try:
        with open(path, encoding="utf-8") as lines:  # noqa: PTH123 - pathlib is not needed for one file
            flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        return ""
    return " ".join(name for name in VECTORS if name in flags.split())


def _import_if_there(name: str) -> None:
    # A broken optional package must not keep the class from being graded.
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001
        if not isinstance(error, ModuleNotFoundError):
            sys.stderr.write(f"{name} could not be imported: {error}\n")


def _quiet_matplotlib() -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    def show(*_args: Any, **_kwargs: Any) -> None:
        plt.close("all")

    plt.show = show


def serve(control: socket.socket) -> None:
    """Fork once for each request on *control*."""
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(control, REQUEST_BYTES, 2)
        if not message:
            return
        control.sendall(TAKEN)
        if os.fork() == 0:
            control.close()
            supervisor.run(json.loads(message), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    main()
