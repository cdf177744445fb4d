"""The check ``raises``."""

from collections.abc import Callable

from grader.evidence import Happening
from grader.verdict import Finding, Verdict

Ask = Callable[..., Finding]


def test_a_value_is_not_an_exception(ask: Ask) -> None:
    """The message says what came back and what to write."""
    finding = ask("raises", [4], error="ValueError")

    assert Verdict.FAILED is finding.verdict
    assert "returned 4; expected `raise ValueError(...)`" in finding.message


def test_another_exception_is_wrong_not_broken(ask: Ask) -> None:
    """The student did refuse, only in the wrong words."""
    finding = ask("raises", [TypeError("no")], error="ValueError")

    assert Verdict.FAILED is finding.verdict
    assert "raised TypeError: no; expected ValueError" in finding.message


def test_the_class_or_a_derived_one_passes(ask: Ask) -> None:
    """As ``except`` would catch it."""
    assert Verdict.PASSED is ask("raises", [ValueError("no"), UnicodeError("no")], error="ValueError").verdict


def test_every_case_must_raise(ask: Ask) -> None:
    """Partial gives the share of cases that do; a case that was stopped does not."""
    found = [ValueError("no"), 3, Happening.TIMED_OUT, ValueError("no")]

    assert ask("raises", found, error="ValueError", partial=True).credit == 0.5
    assert Verdict.TIMED_OUT is ask("raises", found, error="ValueError").verdict


def test_a_mistake_is_recognised_by_what_it_returns(ask: Ask) -> None:
    """A check without a reference still has known mistakes."""
    assert ask("raises", [4], None, {"floors": [4]}, error="ValueError").hint == "floors"
