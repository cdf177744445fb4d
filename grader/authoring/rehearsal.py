"""The answers that an author knows, judged as a student's would be: reference, known mistakes, starter."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.authoring.measures import REFERENCE
from grader.authoring.places import Places
from grader.errors import ExerciseError, Flaw
from grader.evidence import Evidence, Facts
from grader.exercise import Exercise, Mistake, in_language
from grader.facts import derive
from grader.pipeline import Course, judge_facts
from grader.references import PATIENCE
from grader.sandbox.edge import Sandbox
from grader.sandbox.referee import Referee
from grader.sandbox.session import observe
from grader.submission import Cell, CellKind
from grader.unfit import error_said, raised_by
from grader.verdict import Finding, Verdict

Findings = Mapping[str, Finding]
#: What each check may say of a starter that nobody touched.
UNTOUCHED = frozenset({Verdict.NOT_ATTEMPTED, Verdict.SKIPPED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer that the author knows, with what came of it.

    ``raised`` is the error of an observation that gave nothing else, where a check wants a value.
    """

    name: str
    facts: Facts
    findings: Findings
    raised: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """An exercise's known answers, judged as students' are, and what is wrong with them."""

    exercise: Exercise
    reference: Answer
    mistakes: tuple[Answer, ...]
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Where answers are tried: the course, a sandbox, and a referee of it."""

    course: Course
    sandbox: Sandbox
    referee: Referee


def answers_of(exercise: Exercise) -> int:
    """Return how many answers ``rehearse`` judges: reference, mistakes, starter."""
    return 2 + len(_written(exercise))


def rehearse(exercise: Exercise, stage: Stage, places: Places, tell: Callable[[], None]) -> Rehearsed:
    """Judge all known answers of *exercise*; *tell* is called after each.

    Raises ``ExerciseError`` for a reference that breaks or that an untrained check refuses.
    """
    probes = stage.course.probes[exercise.id]
    own = stage.course.references.reference(exercise, probes, stage.referee)
    if own is None:
        raise ExerciseError([places.private.flaw((), "no solution", "a reference to prove")])
    judge = _judge(exercise, stage, own, tell)
    reference = judge(REFERENCE, own.evidence)
    known = stage.course.references.mistakes(exercise, probes, stage.referee)
    names = unlike([one.name for one in known])
    mistakes = tuple(judge(name, one.facts.evidence) for name, one in zip(names, known, strict=True))
    starter = judge("starter", _starter(exercise, stage))
    flaws = [
        *reference_flaws(exercise, reference.findings, places),
        *mistake_flaws(_written(exercise), mistakes, places),
        *starter_flaws(starter.findings, places),
    ]
    return Rehearsed(exercise=exercise, reference=reference, mistakes=mistakes, flaws=tuple(flaws))


def unlike(names: Sequence[str]) -> list[str]:
    """Return *names* with a number behind each that stood before: results are told apart by name."""
    taken = [REFERENCE, *names]
    return [
        f"{name} ({taken[: place + 1].count(name) + 1})" if name in taken[: place + 1] else name
        for place, name in enumerate(names)
    ]


def reference_flaws(exercise: Exercise, findings: Findings, places: Places) -> Iterator[Flaw]:
    """Yield the checks that the reference does not pass as a student's answer would have to."""
    for check in exercise.checks:
        if findings[check.id].verdict is not Verdict.PASSED:
            found = f"a reference that {check.id} does not pass: {findings[check.id].message}"
            yield places.at_check(exercise, check, "", found, "a pass")


def mistake_flaws(mistakes: Sequence[Mistake], judged: Sequence[Answer], places: Places) -> Iterator[Flaw]:
    """Yield the mistakes that pass, that are left for a person, or that are met without their own hint."""
    for number, (mistake, answer) in enumerate(zip(mistakes, judged, strict=True)):
        findings = answer.findings
        wrong = {name: one for name, one in findings.items() if one.verdict is not Verdict.PASSED}
        undecided = [name for name, one in wrong.items() if one.verdict is Verdict.UNGRADED]
        hints = {one.hint for one in findings.values()}
        if not wrong:
            yield places.at_mistake(number, f"{mistake.name!r} that passes every check", "lost points")
        if undecided:
            found = f"{mistake.name!r} that {', '.join(undecided)} leaves for a person"
            yield places.at_mistake(number, found, "lost points")
        elif wrong and in_language(mistake.hint) not in hints:
            yield _without_hint(number, mistake, answer, list(wrong), places)


def _without_hint(
    number: int, mistake: Mistake, answer: Answer, wrong: Sequence[str], places: Places
) -> Flaw:
    """Return that *mistake* is not recognised; one that only raises gives nothing to recognise it by."""
    if answer.raised:
        found = f"{mistake.name!r}: this mistake raises {answer.raised}"
        return places.at_mistake(number, found, "a wrong answer, not an error")
    found = f"{mistake.name!r} that is met without its hint (wrong: {', '.join(wrong)})"
    return places.at_mistake(number, found, "an answer of its own, unlike the earlier mistakes'")


def starter_flaws(findings: Findings, places: Places) -> Iterator[Flaw]:
    """Yield what a starter that nobody touched earns, or is told off for."""
    said = [f"{name} {one.verdict}" for name, one in findings.items() if one.verdict not in UNTOUCHED]
    if said:
        expected = "not attempted: a function that raises NotImplementedError, or ..."
        yield places.at_starter(f"a starter that counts as an answer ({', '.join(said)})", expected)


def _judge(
    exercise: Exercise, stage: Stage, own: Facts, tell: Callable[[], None]
) -> Callable[[str, Mapping[str, Evidence]], Answer]:
    def judged(name: str, evidence: Mapping[str, Evidence]) -> Answer:
        facts = derive(exercise, evidence, stage.referee, stage.course.trainings, reference=own)
        findings = judge_facts(exercise, facts, stage.course, stage.referee)
        tell()
        raised = next(map(error_said, raised_by(exercise, facts).values()), "")
        return Answer(name=name, facts=facts, findings=findings, raised=raised)

    return judged


def _starter(exercise: Exercise, stage: Stage) -> dict[str, Evidence]:
    cell = Cell(number=1, kind=CellKind.CODE, source=exercise.question.starter, exercise=exercise.id)
    probes = [replace(probe, seconds=PATIENCE.cell_seconds) for probe in stage.course.probes[exercise.id]]
    observed = observe(stage.sandbox, [cell], probes, PATIENCE)
    return {name: evidence for (_exercise, name), evidence in observed.evidence.items()}


def _written(exercise: Exercise) -> Sequence[Mistake]:
    return exercise.solution.mistakes if exercise.solution else ()
