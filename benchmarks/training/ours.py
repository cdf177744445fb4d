"""The other side: the grader's own way from a submission's evidence to its trainings, in the real sandbox."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.training.courses import ROOT, SEEDS, Course, material
from grader.evidence import Evidence, ExportedModel, Happening, Outcome, Training
from grader.exercise import Check, Trains
from grader.sandbox.referee import Referee
from grader.sandbox.worker import Worker
from grader.trainings import Trainings

Figures = dict[str, Any]
TICK = os.sysconf("SC_CLK_TCK")


def measure(course: Course, config: Mapping[str, Any], worker: Worker) -> dict[str, Figures]:
    """Return what a check takes: from a cold referee, of a further submission, and of an equal one."""
    check, evidence = _check(course), _evidence(course, config)
    referee, first, second = Referee(worker), *(Trainings(ROOT / "datasets") for _ in range(2))

    def train(trainings: Trainings) -> Callable[[], Training]:
        def ask() -> Training:
            told = trainings.of(check, evidence, None, referee)
            if not isinstance(told, Training) or len(told.runs) != 2 * len(SEEDS):
                raise SystemExit(f"not what was asked for: {told}")
            return told

        return ask

    try:
        return {
            "cold": _timed(train(first), worker),
            "further": _timed(train(second), worker),
            "equal": _timed(train(second), worker),
        }
    finally:
        referee.close()


def _check(course: Course) -> Check:
    """Return a check that three seeds decide, whatever they measure."""
    settings = Trains(
        of="model", data=course.data, scaling="scaled", recipe=course.recipe, accuracy_at_least=0.0
    )
    return Check(id="trains[model]", name="trains", settings=settings, visible=False)


def _evidence(course: Course, config: Mapping[str, Any]) -> dict[str, Evidence]:
    arms, _labels = material(course)
    model = ExportedModel(config=config, type="keras.Sequential")
    values = {"model": model, "scaled": list(arms["scaled"].values())}
    return {
        name: Evidence(outcomes=(Outcome(happening=Happening.RETURNED, value=value),))
        for name, value in values.items()
    }


def _timed(train: Callable[[], Training], worker: Worker) -> Figures:
    wall, processor = time.perf_counter(), _processor_seconds(worker)
    told = train()
    cost = {"wall": time.perf_counter() - wall, "cpu": _processor_seconds(worker) - processor}
    # The order of ``fits``: seed by seed, raw and scaled.
    return {**cost, "accuracies": [run.accuracy for run in told.runs]}


def _processor_seconds(worker: Worker) -> float:
    """Return what this process and all forks below *worker* have used so far."""
    return time.process_time() + sum(map(_used_by, _below(worker.process_id)))


def _below(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _fields(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [root]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(process, [])


def _used_by(process: int) -> float:
    fields = _fields(process)
    return (int(fields[11]) + int(fields[12])) / TICK if fields else 0.0


def _fields(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
