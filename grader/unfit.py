"""What makes a reference unfit to grade by: each cause is told once, in words for its author."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.checks.judge import judge
from grader.checks.wording import cut, listing
from grader.errors import ExerciseError, Flaw
from grader.evidence import Evidence, Facts, Happening, Raised, Refusal
from grader.exercise import Exercise, Solution, Trains
from grader.verdict import Verdict

LONGEST_REASON = 300
ENDS = frozenset({Happening.RETURNED, Happening.RAISED})
#: Round the sentence that says what is wrong, Keras sets paragraphs of its own.
BEFORE, AFTER = "Exception encountered: ", "\n\nArguments received by"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LAYER_NAMED = re.compile(r"layer ['\"](\w+)['\"]|(\w+)\.(?:call|build|__init__)\(\)")


def refuse_unfit(exercise: Exercise, facts: Facts) -> None:
    """Raise ``ExerciseError`` with everything that keeps *facts* from being what answers are held against."""
    troubles = _troubles(exercise, facts)
    flaws = [*_unanswered(exercise, troubles), *_not_passed(exercise, facts, frozenset(troubles))]
    if flaws:
        raise ExerciseError(flaws)


def raised_by(exercise: Exercise, facts: Facts) -> dict[str, Raised]:
    """Return the errors of observations that do nothing but raise, where a check wants a value."""
    wanted = {check.settings.of for check in exercise.checks if check.name != "raises"}
    raised = {}
    for name, evidence in facts.evidence.items():
        if name in wanted and all(each.happening is Happening.RAISED for each in evidence.outcomes):
            raised[name] = evidence.outcomes[0].error or Raised(type="an exception")
    return raised


def error_said(error: Raised) -> str:
    """Return *error* in one line, without the paragraphs that Keras sets round its messages."""
    text = COLOURS.sub("", error.message).rpartition(BEFORE)[2].partition(AFTER)[0]
    return cut(f"{error.type}: {' '.join(text.split())}".rstrip(": "), LONGEST_REASON)


def _troubles(exercise: Exercise, facts: Facts) -> dict[str, str]:
    """Return why observations have no answer, by observation."""
    troubles = {name: why for name, each in facts.evidence.items() if (why := _ending(each))}
    for name, error in raised_by(exercise, facts).items():
        troubles.setdefault(name, f"raises {error_said(error)}")
    for name, table in facts.tables.items():
        if isinstance(table, Refusal):
            troubles.setdefault(name, f"is no Keras model ({table.reason})")
    return troubles


def _ending(evidence: Evidence) -> str:
    for outcome in evidence.outcomes:
        if outcome.happening not in ENDS:
            why = error_said(outcome.error) if outcome.error else outcome.detail
            return f"ends {outcome.happening.replace('_', ' ')} ({why})"
    return ""


def _unanswered(exercise: Exercise, troubles: Mapping[str, str]) -> Iterator[Flaw]:
    """Yield a flaw for each way in which a function of the reference gives no answer."""
    causes: dict[tuple[str, str], list[str]] = {}
    for name, why in troubles.items():
        causes.setdefault((exercise.observations[name].name, why), []).append(name)
    for (function, why), names in causes.items():
        found = f"a reference whose `{function}` {why}, observed as {listing(names)}"
        place = _place_of(exercise.solution, function, why)
        expected = "layers that fit one another" if place.startswith("layers") else "an answer"
        yield exercise.private.flaw(place, found, expected)


def _place_of(solution: Solution | None, function: str, why: str) -> str:
    """Return where *function* is written, of layers the one that *why* names."""
    if solution is None or solution.layers is None or (solution.source and function != "build_model"):
        return "source"
    named = _layers_named(solution.layers, why)
    return f"layers.{named[0]}" if len(named) == 1 else "layers"


def _layers_named(layers: Sequence[Mapping[str, Any]], why: str) -> list[int]:
    """Return the numbers of *layers* whose kind is named in *why*, as in ``layer 'conv2d_2'``."""
    named = {_kind(one or other) for one, other in LAYER_NAMED.findall(why)}
    return [number for number, entry in enumerate(layers) if named & set(map(_kind, entry))]


def _kind(name: str) -> str:
    return re.sub(r"_\d+$", "", name).replace("_", "").casefold()


def _not_passed(exercise: Exercise, facts: Facts, troubled: frozenset[str]) -> Iterator[Flaw]:
    """Yield the checks that the reference itself does not pass; what only follows from others is left out."""
    judged = [check for check in exercise.checks if not isinstance(check.settings, Trains)]
    findings = judge(exercise, facts, facts, checks=judged)
    for check in judged:
        finding = findings[check.id]
        follows = check.settings.of in troubled or finding.verdict is Verdict.SKIPPED
        if finding.verdict is not Verdict.PASSED and not follows:
            found = f"a reference that {check.id} does not pass: {finding.message}"
            place = _place_of(exercise.solution, exercise.observations[check.settings.of].name, "")
            yield exercise.private.flaw(place, found, "a pass")
