"""All checks of an exercise judged together."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.checks import judge as room
from grader.checks.judge import KnownMistake, judge
from grader.evidence import Evidence, Facts, Happening, Outcome
from grader.exercise import Exercise
from grader.verdict import Verdict

Make = Callable[..., Exercise]
Seen = Callable[..., Evidence]

OBSERVE = {"a": {"value": "a"}, "b": {"value": "b"}}


@pytest.fixture
def chain(exercise: Make) -> Exercise:
    """Two checks, the first of which needs the second."""
    needing: dict[str, Any] = {"of": "a", "needs": ["equals[b]"]}
    return exercise(OBSERVE, [{"equals": needing}, {"equals": {"of": "b"}}])


def test_a_fault_of_ours_is_never_a_zero(
    chain: Exercise, evidence: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that crashes leaves its own finding ungraded and says why."""

    def crash(_case: object) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr(room, "CHECKS", {"equals": crash})
    seen = Facts(evidence={"a": evidence(1), "b": evidence(1)})

    findings = judge(chain, seen, seen)

    assert {Verdict.UNGRADED} == {finding.verdict for finding in findings.values()}
    assert "RuntimeError" in findings["equals[b]"].message
    assert findings["equals[b]"].exhibit == {"kind": "fault", "text": "RuntimeError: bug"}


def test_a_hint_that_crashes_costs_nothing(
    exercise: Make, evidence: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding stands when looking for its hint fails."""

    def crash(*_anything: object) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr(room, "hinted", crash)
    asked = exercise(OBSERVE, [{"equals": {"of": "a"}}])

    findings = judge(asked, Facts(evidence={"a": evidence(1)}), Facts(evidence={"a": evidence(2)}))

    assert Verdict.FAILED is findings["equals[a]"].verdict


def test_a_check_is_skipped_when_what_it_needs_failed(chain: Exercise, evidence: Seen) -> None:
    """The skipped check names the one that failed; the order of the file is kept."""
    student = Facts(evidence={"a": evidence(1), "b": evidence(1)})
    reference = Facts(evidence={"a": evidence(1), "b": evidence(2)})

    findings = judge(chain, student, reference)

    assert list(findings) == ["equals[a]", "equals[b]"]
    assert Verdict.SKIPPED is findings["equals[a]"].verdict
    assert "needs equals[b], which failed" in findings["equals[a]"].message


@pytest.mark.parametrize(
    ("happening", "word"),
    [
        (Happening.RETURNED, "failed"),
        (Happening.CRASHED, "broke"),
        (Happening.TIMED_OUT, "timed out"),
        (Happening.OUT_OF_MEMORY, "ran out of memory"),
        (Happening.MISSING, "was not attempted"),
    ],
)
def test_a_skipped_check_says_what_became_of_the_other(
    chain: Exercise, evidence: Seen, happening: Happening, word: str
) -> None:
    """Who looks for a wrong answer where a loop never ends looks in vain."""
    student = Facts(evidence={"a": evidence(1), "b": evidence(happening)})
    reference = Facts(evidence={"a": evidence(1), "b": evidence(2)})

    message = judge(chain, student, reference)["equals[a]"].message

    assert message == f"This check needs equals[b], which {word}. Put that right first."


def test_every_verdict_that_skips_another_check_has_a_word() -> None:
    """All but those that do not."""
    assert set(room.WORDS) == set(Verdict) - {Verdict.PASSED, Verdict.UNGRADED}


def test_a_name_that_is_nearly_right_is_asked_about(chain: Exercise) -> None:
    """The message names it; without one it says what to define."""
    said = {}
    for near in ("", "aa"):
        missing = Outcome(happening=Happening.MISSING, near=near, detail="a is not defined")
        facts = Facts(evidence={"a": Evidence(outcomes=(missing,))})
        said[near] = judge(chain, facts, facts, checks=chain.checks[:1])["equals[a]"].message

    assert said["aa"] == f"{said['']} There is a `aa`: is that it?"
    assert "`a` was not found. Define it under exactly this name" in said[""]


def test_a_check_is_ungraded_when_what_it_needs_is(chain: Exercise, evidence: Seen) -> None:
    """Our fault in one check must not become a zero in another."""
    student = Facts(evidence={"a": evidence(1), "b": evidence(Happening.LOST)})

    findings = judge(chain, student, Facts(evidence={"a": evidence(1), "b": evidence(2)}))

    assert Verdict.UNGRADED is findings["equals[a]"].verdict


def test_a_check_left_out_is_not_needed(chain: Exercise, evidence: Seen) -> None:
    """A subset of the checks can be judged alone."""
    seen = Facts(evidence={"a": evidence(1)})

    findings = judge(chain, seen, seen, checks=chain.checks[:1])

    assert {name: one.verdict for name, one in findings.items()} == {"equals[a]": Verdict.PASSED}


def test_a_cycle_of_needs_does_not_hang(exercise: Make, evidence: Seen) -> None:
    """Readers refuse cycles; one that slips through still ends."""
    entries = [{"equals": {"of": one, "needs": [f"equals[{other}]"]}} for one, other in ("ab", "ba")]
    seen = Facts(evidence={"a": evidence(1), "b": evidence(1)})

    assert list(judge(exercise(OBSERVE, entries), seen, seen)) == ["equals[a]", "equals[b]"]


@pytest.mark.parametrize(
    "ended",
    [
        (Happening.MISSING, Verdict.NOT_ATTEMPTED),
        (Happening.UNWRITTEN, Verdict.NOT_ATTEMPTED),
        (Happening.TIMED_OUT, Verdict.TIMED_OUT),
        (Happening.OUT_OF_MEMORY, Verdict.OUT_OF_MEMORY),
        (Happening.CRASHED, Verdict.BROKEN),
        (Happening.MALFORMED, Verdict.BROKEN),
        (Happening.LOST, Verdict.UNGRADED),
    ],
)
@pytest.mark.parametrize(
    "check",
    [
        ("equals", {}),
        ("close", {}),
        ("raises", {"error": "ValueError"}),
        ("sets", {}),
        ("layers", {}),
        ("parameters", {}),
        ("output_shape", {}),
        ("budget", {}),
        ("trains", {"data": "wine"}),
        ("train_statistics_only", {}),
    ],
)
def test_what_happened_decides_before_any_check(
    exercise: Make, evidence: Seen, check: tuple[str, dict[str, Any]], ended: tuple[Happening, Verdict]
) -> None:
    """Every check treats evidence that is no value alike, and says so."""
    (name, more), (happening, verdict) = check, ended
    asked = exercise({"a": {"value": "a"}}, [{name: {"of": "a", **more}}])

    findings = judge(asked, Facts(evidence={"a": evidence(happening)}), Facts(evidence={"a": evidence(1)}))
    finding = findings[f"{name}[a]"]

    assert (verdict, 0.0) == (finding.verdict, finding.credit)
    assert finding.message


@pytest.mark.parametrize("student", [Facts(), Facts(evidence={"a": Evidence(outcomes=())})])
def test_evidence_that_should_be_there_is_our_fault(exercise: Make, student: Facts) -> None:
    """No evidence at all is not the student's answer."""
    asked = exercise({"a": {"value": "a"}}, [{"equals": {"of": "a", "expect": 1}}])

    assert Verdict.UNGRADED is judge(asked, student, None)["equals[a]"].verdict


def test_a_call_that_raised_is_broken_with_its_trace(exercise: Make, evidence: Seen) -> None:
    """The message has the call, the exception and the student's own lines."""
    asked = exercise({"a": {"call": "f", "with": [[28, 28, 1], 3]}}, [{"equals": {"of": "a", "expect": 1}}])

    finding = judge(asked, Facts(evidence={"a": evidence(TypeError("no"))}), None)["equals[a]"]

    assert Verdict.BROKEN is finding.verdict
    assert "`f([28, 28, 1], 3)` raised TypeError: no" in finding.message
    assert "line 3: boom()" in finding.message


def test_a_mistake_that_passes_gives_no_hint(exercise: Make, evidence: Seen) -> None:
    """A known mistake whose answer is right on this observation says nothing about it."""
    asked = exercise(OBSERVE, [{"equals": {"of": "a"}}])
    right, wrong = Facts(evidence={"a": evidence(2)}), Facts(evidence={"a": evidence(3)})
    known = [
        KnownMistake(name="harmless", hint="harmless", facts=right),
        KnownMistake(name="unseen", hint="unseen", facts=Facts()),
        KnownMistake(name="adds one", hint="Do not add 1.", facts=wrong),
        KnownMistake(name="the same again", hint="too late", facts=wrong),
    ]

    assert judge(asked, wrong, right, known)["equals[a]"].hint == "Do not add 1."
    assert judge(asked, Facts(evidence={"a": evidence(4)}), right, known)["equals[a]"].hint == ""
    assert judge(asked, right, right, known)["equals[a]"].hint == ""
