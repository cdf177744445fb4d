"""How a referee fork grows: trains again and again in one process and reads what is resident.

``python -m benchmarks.training.memory wine`` prints one line for the same architecture, one for as many
different ones. Each begins in a fork of a process that has imported TensorFlow, as a referee does.
"""

import gc
import json
import os
import sys
from typing import Any

import keras

from benchmarks.training.courses import COURSES, Course, settings
from grader.sandbox.inside import referee
from grader.sandbox.inside.watch import memory_of

EVERY = 10


def main() -> None:
    """Fork for each of the ways, and print."""
    names, trainings = sys.argv[1:2] or list(COURSES), int((sys.argv[2:] or ["60"])[0])
    gc.collect()
    gc.freeze()
    for name in names:
        for different in (False, True):
            if os.fork() == 0:
                grown = _growth(COURSES[name], trainings, different=different)
                kind = "different" if different else "the same"
                print(f"{name}, {kind}: MiB after each {EVERY}: {' '.join(map(str, grown))}", flush=True)
                os._exit(0)
            os.wait()


def _growth(course: Course, trainings: int, *, different: bool) -> list[int]:
    referee.train_alike()
    begun, grown = _resident(), []
    for number in range(trainings):
        width = 4 + number if different else 16
        reply = referee.reply_to(_message(course, width))
        if "value" not in reply:
            raise SystemExit(reply["reason"])
        if number == 0 or (number + 1) % EVERY == 0:
            grown.append(_resident() - begun)
    return grown


def _message(course: Course, width: int) -> dict[str, Any]:
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(course.make(keras, width))))
    return {"do": "train", "config": config, **settings(course, f"{course.data} {width}", (1,))}


def _resident() -> int:
    return memory_of(os.getpid()) // 2**20


if __name__ == "__main__":
    main()
