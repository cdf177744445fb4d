"""What is known of each exercise beforehand: its reference's facts and its known mistakes'.

A reference is just another submission: it is observed once, in a fork of its own, before the class (or,
for one student's check, never). Known mistakes are observed when a submission first answers their
exercise wrongly.
"""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from grader.checks.judge import KnownMistake
from grader.errors import ExerciseError, Flaw
from grader.evidence import Facts
from grader.exercise import Exercise, Mistake, in_language
from grader.facts import derive
from grader.probe import Probe
from grader.sandbox.edge import Sandbox
from grader.sandbox.referee import Referee
from grader.sandbox.session import Allowance, observe
from grader.submission import Cell, CellKind
from grader.unfit import refuse_unfit

#: An author's code is trusted with more time than a student's: a busy machine must not look like a mistake.
PATIENCE = Allowance(cell_seconds=120.0, submission_seconds=600.0, memory_mib=2048)
Layers = Sequence[Mapping[str, Any]]


class References:
    """Facts of references and mistakes, observed on first use. Thread-safe."""

    def __init__(self, sandbox: Sandbox, language: str = "en") -> None:
        """Observe in *sandbox*; hints are in *language*."""
        self._sandbox, self._language = sandbox, language
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._references: dict[str, Facts] = {}
        self._mistakes: dict[str, tuple[KnownMistake, ...]] = {}

    def prepare(
        self, probes: Mapping[str, Sequence[Probe]], exercises: Sequence[Exercise], jobs: int
    ) -> None:
        """Observe all references now, before any submission runs, *jobs* at a time.

        Raises ``ExerciseError`` with the mistakes of all references that break.
        """
        flaws: list[Flaw] = []

        def observe_one(exercise: Exercise) -> None:
            referee = Referee(self._sandbox)
            try:
                self.reference(exercise, probes[exercise.id], referee)
            except ExerciseError as error:
                flaws.extend(error.flaws)
            finally:
                referee.close()

        with ThreadPoolExecutor(max_workers=jobs) as pool:
            list(pool.map(observe_one, exercises))
        if flaws:
            raise ExerciseError(flaws)

    def reference(self, exercise: Exercise, probes: Sequence[Probe], referee: Referee) -> Facts | None:
        """Return the reference's facts, ``None`` without a solution.

        Raises ``ExerciseError`` when the reference breaks.
        """
        solution = exercise.solution
        if solution is None:
            return None
        with self._lock(exercise.id):
            if exercise.id not in self._references:
                facts = self._observe(exercise, probes, referee, solution.source, solution.layers)
                refuse_unfit(exercise, facts)
                self._references[exercise.id] = facts
            return self._references[exercise.id]

    def mistakes(
        self, exercise: Exercise, probes: Sequence[Probe], referee: Referee
    ) -> tuple[KnownMistake, ...]:
        """Return the facts of the exercise's known mistakes."""
        if exercise.solution is None:
            return ()
        with self._lock(exercise.id):
            if exercise.id not in self._mistakes:
                known = [
                    self._mistake(exercise, probes, referee, mistake)
                    for mistake in exercise.solution.mistakes
                ]
                self._mistakes[exercise.id] = tuple(known)
            return self._mistakes[exercise.id]

    def _lock(self, exercise: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(exercise, threading.Lock())

    def _mistake(
        self, exercise: Exercise, probes: Sequence[Probe], referee: Referee, mistake: Mistake
    ) -> KnownMistake:
        facts = self._observe(exercise, probes, referee, mistake.source, mistake.layers)
        return KnownMistake(name=mistake.name, hint=in_language(mistake.hint, self._language), facts=facts)

    def _observe(
        self,
        exercise: Exercise,
        probes: Sequence[Probe],
        referee: Referee,
        source: str | None,
        layers: Layers | None,
    ) -> Facts:
        cells = [Cell(number=1, kind=CellKind.CODE, source=source, exercise=exercise.id)] if source else []
        patient = [replace(probe, seconds=PATIENCE.cell_seconds) for probe in probes]
        observed = observe(self._sandbox, cells, patient, PATIENCE, layers=layers)
        evidence = {probe.observation: observed.evidence[exercise.id, probe.observation] for probe in probes}
        return derive(exercise, evidence, referee)
