"""One process that grades: reads an order from its input, writes a line of JSON for each grading.

The environment decides how TensorFlow is set, so it is started anew for every piece of the plan.
"""

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from benchmarks.fairness.grading import Grader, Here
from benchmarks.fairness.kept import circumstances
from benchmarks.fairness.noise import NOISES, PRODUCTION
from benchmarks.fairness.plan import OTHER
from benchmarks.fairness.submissions import SUBMITTED
from grader.sandbox.inside.referee import train_alike

#: One grading in so many is traced anew; before one in so many another network is trained.
FRESH, BETWEEN = 50, 10
OTHER_UNITS = (8, 24, 32)
#: Where the lists of other seeds begin; the shipped check's own seeds are far below.
FIRST_OTHER = 10_000


def main() -> None:
    """Grade what the order says."""
    order = json.loads(sys.stdin.readline())
    if order["digest"] != circumstances():
        raise SystemExit("the trainer, the exercise or a package changed during the run: begin it again")
    _set_threads(order["noise"])
    for line in _graded(order):
        print(json.dumps(line), flush=True)


def _set_threads(name: str) -> None:
    noise = NOISES[name]
    if name == PRODUCTION:
        train_alike()
        return
    tf.config.threading.set_intra_op_parallelism_threads(noise.threads)
    tf.config.threading.set_inter_op_parallelism_threads(noise.threads)
    if noise.deterministic:
        tf.config.experimental.enable_op_determinism()


def _graded(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    here = Here(share=order["part"] == OTHER)
    grader = Grader(here)
    about = {name: order[name] for name in ("part", "noise", "process")}
    for number, name in order["jobs"]:
        if order["part"] == OTHER:
            told = grader.grade(SUBMITTED[name], first_seed=FIRST_OTHER + number * grader.seeds)
        else:
            told = _disturbed(here, grader, order, number, name)
        yield {**about, "number": number, "submission": name, **told}


def _disturbed(here: Here, grader: Grader, order: dict[str, Any], number: int, name: str) -> dict[str, Any]:
    """Grade with the shipped seeds, after whatever chance has this process do before."""
    chance = random.Random(f"{order['noise']} {order['process']} {number} {name}")  # noqa: S311 - no secret
    if chance.randrange(BETWEEN) == 0:
        grader.train_another(chance.choice(OTHER_UNITS))
    here.salt = f" {number} {name}" if chance.randrange(FRESH) == 0 else ""
    return grader.grade(SUBMITTED[name])


if __name__ == "__main__":
    main()
