"""The referee's own code in a process without a sandbox: a test sees what a configuration left behind.

A program: reads one message a line from standard input and answers each with the referee's reply, and with
what is global in Keras and on disk after it.
"""

import json
import os
import sys
from pathlib import Path

import keras
from keras.src.saving import serialization_lib

from grader.sandbox.inside.referee import reply_to


def traces() -> dict[str, object]:
    """Return what a configuration must not have changed."""
    return {
        "safe": serialization_lib.in_safe_mode(),
        "registered": sorted(keras.saving.get_custom_objects()),
        "files": sorted(path.name for path in Path().iterdir()),
        "floatx": keras.config.floatx(),
        "policy": keras.config.dtype_policy().name,
        "traceback filtering": keras.config.is_traceback_filtering_enabled(),
        "modules": sorted({"antigravity", "ftplib", "poplib", "telnetlib"} & set(sys.modules)),
    }


def main() -> None:
    """Answer until the lines end."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answers.write(json.dumps(traces()) + "\n")
    answers.flush()
    for line in sys.stdin:
        reply = reply_to(json.loads(line))
        answers.write(json.dumps({"reply": reply, "traces": traces()}, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
