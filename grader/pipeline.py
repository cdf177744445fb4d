"""The way of a submission, on one page: observe, derive, judge, mark."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from grader import rubric
from grader.checks.judge import KnownMistake, judge
from grader.errors import SandboxError
from grader.evidence import CellRun, Evidence, Facts, Happening
from grader.exercise import Check, Exercise
from grader.facts import derive
from grader.grade import Grade
from grader.probe import Arguments, Probe
from grader.references import References
from grader.sandbox.edge import Sandbox
from grader.sandbox.observed import Names
from grader.sandbox.referee import Referee
from grader.sandbox.session import Allowance, Observed, observe
from grader.submission import Submission
from grader.trainings import Trainings
from grader.verdict import Finding, Verdict, fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """What a class is graded by.

    ``probes`` are the exercises' observations, by exercise. ``names`` tells which exercises of the whole
    folder ask for a name, those not graded now included.
    """

    exercises: tuple[Exercise, ...]
    probes: Mapping[str, tuple[Probe, ...]]
    trainings: Trainings
    allowance: Allowance
    references: References
    names: Names | None = None
    visible_only: bool = False

    def checks(self, exercise: Exercise) -> tuple[Check, ...]:
        """Return the checks that this run judges."""
        return tuple(check for check in exercise.checks if check.visible or not self.visible_only)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What a submission showed, and each exercise's share of the seconds that running it took."""

    observed: Observed
    shared: float


def grade_submission(
    submission: Submission, exercises: Sequence[Exercise], course: Course, sandbox: Sandbox, referee: Referee
) -> list[Grade]:
    """Grade *submission* on *exercises*. Raises ``SandboxError`` for our own faults, and only for those."""
    if submission.undecided:
        return ungraded(submission, exercises, course, submission.undecided)
    if submission.unreadable or not submission.code:
        return [_unopened(submission, exercise, course) for exercise in exercises]
    answers = ask(submission, exercises, course, sandbox)
    return [grade_exercise(submission, exercise, course, answers, referee) for exercise in exercises]


def ask(submission: Submission, exercises: Sequence[Exercise], course: Course, sandbox: Sandbox) -> Answers:
    """Run *submission* once, and observe it for all of *exercises*. Raises ``SandboxError``."""
    started = time.monotonic()
    probes = [probe for exercise in exercises for probe in course.probes[exercise.id]]
    observed = observe(sandbox, submission.code, probes, course.allowance, names=course.names)
    shared = (time.monotonic() - started - _asked_seconds(observed)) / len(exercises)
    return Answers(observed=observed, shared=shared)


def grade_exercise(
    submission: Submission, exercise: Exercise, course: Course, answers: Answers, referee: Referee
) -> Grade:
    """Grade one exercise by what *submission* answered. Raises ``SandboxError``."""
    started, observed = time.monotonic(), answers.observed
    evidence = {
        probe.observation: observed.evidence[exercise.id, probe.observation]
        for probe in course.probes[exercise.id]
    }
    reference = course.references.reference(exercise, course.probes[exercise.id], referee)
    facts = derive(_judged_part(exercise, course), evidence, referee, course.trainings, reference=reference)
    findings = judge_facts(exercise, facts, course, referee)
    seconds = answers.shared + sum(each.seconds for each in evidence.values()) + time.monotonic() - started
    return rubric.grade(
        submission, exercise, rubric.mark(exercise, findings), seconds, _notes(observed, submission, exercise)
    )


def judge_facts(exercise: Exercise, facts: Facts, course: Course, referee: Referee) -> dict[str, Finding]:
    """Judge *facts*; known mistakes are looked at only when something is wrong."""
    probes, checks = course.probes[exercise.id], course.checks(exercise)
    reference = course.references.reference(exercise, probes, referee)
    inputs = {probe.observation: [_all_values(case) for case in probe.cases] for probe in probes}
    findings = judge(exercise, facts, reference, checks=checks, inputs=inputs)
    if any(finding.verdict in (Verdict.FAILED, Verdict.BROKEN) for finding in findings.values()):
        mistakes = _mistakes(exercise, course, referee)
        findings = (
            judge(exercise, facts, reference, mistakes, checks=checks, inputs=inputs)
            if mistakes
            else findings
        )
    return findings


def _mistakes(exercise: Exercise, course: Course, referee: Referee) -> Sequence[KnownMistake]:
    """Return the known mistakes; without them there are marks all the same, only no hints."""
    for _attempt in range(2):  # a worker that died is replaced
        with suppress(SandboxError):
            return course.references.mistakes(exercise, course.probes[exercise.id], referee)
    return ()


def _all_values(case: Arguments) -> tuple[Any, ...]:
    return (*case.positional, *case.named.values())


def _judged_part(exercise: Exercise, course: Course) -> Exercise:
    return exercise.model_copy(update={"checks": course.checks(exercise)})


def _unopened(submission: Submission, exercise: Exercise, course: Course) -> Grade:
    if submission.unreadable:
        finding = Finding(verdict=Verdict.BROKEN, message=submission.unreadable)
    else:
        finding = Finding(verdict=Verdict.NOT_ATTEMPTED, message="the submission holds no code")
    findings = {check.id: finding for check in course.checks(exercise)}
    return rubric.grade(submission, exercise, rubric.mark(exercise, findings), 0.0)


def ungraded(
    submission: Submission,
    exercises: Sequence[Exercise],
    course: Course,
    reason: str,
    error: Exception | None = None,
) -> list[Grade]:
    """Return grades without a score, for a fault of ours; what *error* says is for staff alone."""
    finding = Finding(
        verdict=Verdict.UNGRADED,
        message=f"not graded, and not the student's fault: {reason}",
        exhibit=fault(error) if error else {},
    )
    return [
        rubric.grade(
            submission,
            exercise,
            rubric.mark(exercise, {check.id: finding for check in course.checks(exercise)}),
            0.0,
        )
        for exercise in exercises
    ]


def _asked_seconds(observed: Observed) -> float:
    evidence: Sequence[Evidence] = list(observed.evidence.values())
    return sum(each.seconds for each in evidence)


def _notes(observed: Observed, submission: Submission, exercise: Exercise) -> list[str]:
    """Return what happened to the cells of the exercise's section, and to those outside all sections."""
    sections = {cell.number: cell.exercise for cell in submission.cells}
    runs = [run for run in observed.cells if sections.get(run.number) in ("", exercise.id)]
    return [note for run in runs for note in _cell_notes(run)][:20]


def _cell_notes(run: CellRun) -> list[str]:
    notes = [f"cell {run.number}: {note}" for note in run.notes]
    if run.error is not None:
        notes.append(f"cell {run.number} stopped with {run.error.type}: {run.error.message[:200]}")
    elif run.happening is not Happening.RETURNED:
        notes.append(f"cell {run.number}: {run.happening.replace('_', ' ')}")
    return notes
