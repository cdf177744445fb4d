"""The step before every check: see whether there is something to judge, and if not, whose doing that is."""

from grader.checks.calls import call_texts, case_count, is_whole
from grader.checks.case import Case
from grader.checks.wording import count, cut
from grader.evidence import Evidence, Happening, Outcome, Raised, Refusal
from grader.verdict import Finding, Verdict

VERDICTS: dict[Happening, Verdict] = {
    Happening.TIMED_OUT: Verdict.TIMED_OUT,
    Happening.OUT_OF_MEMORY: Verdict.OUT_OF_MEMORY,
    Happening.CRASHED: Verdict.BROKEN,
    Happening.MALFORMED: Verdict.BROKEN,
    Happening.MISSING: Verdict.NOT_ATTEMPTED,
    Happening.UNDEFINED: Verdict.BROKEN,
    Happening.UNWRITTEN: Verdict.NOT_ATTEMPTED,
    Happening.RAISED: Verdict.BROKEN,
    Happening.LOST: Verdict.UNGRADED,
    Happening.RETURNED: Verdict.FAILED,
}

# In a grid the gravest of these speaks for all; an unwritten branch is only a wrong case.
GRAVEST = (
    Happening.MISSING,
    Happening.UNDEFINED,
    Happening.TIMED_OUT,
    Happening.OUT_OF_MEMORY,
    Happening.CRASHED,
    Happening.MALFORMED,
)

MESSAGES: dict[Happening, str] = {
    Happening.MISSING: "`{name}` was not found. Define it under exactly this name, "
    "in a cell that runs to its end.",
    Happening.UNDEFINED: "`{name}` is not there, because the cell that defines it failed. "
    "Put that cell right, restart, and run all cells.",
    Happening.UNWRITTEN: "`{call}` is still the starter: it gives no answer yet. Write it.",
    Happening.TIMED_OUT: "`{call}` did not finish in time. Look for a loop that never ends, "
    "or for Python loops where NumPy could work on whole arrays.",
    Happening.OUT_OF_MEMORY: "`{call}` ran out of memory. "
    "Look for an array or a layer far larger than asked for.",
    Happening.CRASHED: "`{call}` ended the Python process. Look for exit(), or for native code gone wrong.",
    Happening.MALFORMED: "`{call}` gave something that cannot be handed over. Return plain numbers, tuples, "
    "lists, NumPy arrays or a Keras model.",
}


def ungraded(message: str) -> Finding:
    """Return a finding for a fault of ours: no points, and no zero either."""
    return Finding(verdict=Verdict.UNGRADED, message=message)


def evidence_of(case: Case, name: str, *, partial: bool = False) -> Evidence | Finding:
    """Return the student's evidence of observation *name*, or the finding that says why there is none.

    Every outcome returned, raised, or, in a grid, was left unwritten; with *partial*, some may also have
    been stopped.
    """
    evidence = case.student.evidence.get(name)
    if evidence is None or not evidence.outcomes:
        return ungraded(f"No evidence of {name!r} has arrived. Observe the submission again.")
    happenings = {outcome.happening for outcome in evidence.outcomes}
    if Happening.LOST in happenings:
        return ungraded(f"Evidence of {name!r} was lost on our side. Observe the submission again.")
    halted = happenings & set(GRAVEST) if not partial else set[Happening]()
    if halted or happenings.isdisjoint({Happening.RETURNED, Happening.RAISED}):
        return _stopped(case, name, evidence)
    return _complete(case, name, evidence)


def _complete(case: Case, name: str, evidence: Evidence) -> Evidence | Finding:
    asked, found = case_count(case.observations[name]), len(evidence.outcomes)
    if asked == found:
        return evidence
    # The sandbox asks every case, so only a submission that meddles with the answers leaves some out.
    text = f"{name!r} has {count(asked, 'case')}, but {count(found, 'answer')} came back."
    return Finding(verdict=Verdict.BROKEN, message=f"{text} Return one for each call.")


def _stopped(case: Case, name: str, evidence: Evidence) -> Finding:
    ranks = {happening: rank for rank, happening in enumerate(GRAVEST)}
    place, outcome = min(
        enumerate(evidence.outcomes), key=lambda pair: ranks.get(pair[1].happening, len(ranks))
    )
    return Finding(verdict=VERDICTS[outcome.happening], message=stop_text(case, name, place, outcome))


def stop_text(case: Case, name: str, place: int, outcome: Outcome) -> str:
    """Return what happened in case number *place* of observation *name*, and what to do about it."""
    calls = call_texts(case.observations[name], name)
    call = calls[place] if place < len(calls) else calls[0]
    text = MESSAGES[outcome.happening].format(name=case.observations[name].name, call=call)
    if outcome.happening is Happening.UNDEFINED and outcome.error:
        return f"{text}\n{error_text(outcome.error)}\n{cut(outcome.error.trace, 2000)}".rstrip()
    if outcome.near:
        text = f"{text} There is a `{outcome.near}`: is that it?"
    adds_something = outcome.detail and outcome.happening is not Happening.MISSING
    return f"{text} ({cut(outcome.detail, 500)})" if adds_something else text


def broke(call: str, error: Raised | None) -> Finding:
    """Return the finding for *call*, which raised *error* where a value was wanted."""
    trace = f"\n{cut(error.trace, 2000)}" if error and error.trace else ""
    run = "Run this call" if is_whole(call) else "Run a small call of this kind"
    text = f"`{call}` raised {error_text(error)}; a value was expected. {run} in your notebook.{trace}"
    return Finding(verdict=Verdict.BROKEN, message=text)


def error_text(error: Raised | None) -> str:
    """Return ``ValueError: the message``, bounded."""
    if error is None:
        return "an exception"
    return f"{cut(error.type)}: {cut(error.message, 500)}" if error.message else cut(error.type)


def is_a(error: Raised | None, wanted: str) -> bool:
    """Return whether *error* is of class *wanted* or derived from it, by the classes' own names."""
    names = (error.type, *error.bases) if error else ()
    return wanted.rpartition(".")[2] in {name.rpartition(".")[2] for name in names}


def refused(refusal: Refusal) -> Finding:
    """Return the finding for a fact that the referee would not or could not derive."""
    if refusal.ours or refusal.happening is Happening.LOST:
        return ungraded(f"The referee could not do its work: {refusal.reason}")
    return Finding(verdict=VERDICTS[refusal.happening], message=refusal.reason)
