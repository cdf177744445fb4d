"""The check ``close``."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.verdict import Finding, Verdict

Ask = Callable[..., Finding]


def scalar(value: float, dtype: str) -> Any:
    """Return a NumPy scalar."""
    return np.dtype(dtype).type(value)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        (1.1, 1.0, "found 1.1; expected 1.0"),
        ("1", 1.0, "expected a number"),
        (True, 1.0, "a truth value"),
        (None, 1.0, "None"),
        (NAN, 1.0, "found nan"),
        (1.0, NAN, "expected nan"),
        (INF, 1.0, "found inf"),
        (1.0, INF, "expected inf"),
        (-INF, INF, "found -inf"),
        pytest.param(10**400, 1.0, "found inf", id="huge"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "shape (2, 3); expected shape (3, 2)"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "expected shape (3,)"),
        ([[1.0], [1.0, 2.0]], [[1.0], [1.0]], "at [1]: found shape (2,); expected shape (1,)"),
        ({"a": 1.0}, {"b": 1.0}, "without the key 'b' and with the unexpected key 'a'"),
        (
            (np.zeros(2), np.array([0.0, 5.0])),
            (np.zeros(2), np.zeros(2)),
            "at [1][1]: found 5.0; expected 0.0",
        ),
    ],
)
def test_a_difference_is_named_with_its_place(ask: Ask, found: Any, expected: Any, said: str) -> None:
    """Kind and shape come first; among numbers the worst is named."""
    finding = ask("close", [found], [expected])

    assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)
    assert said in finding.message


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (1.0 + 1e-7, 1),
        (np.float32(0.1), 0.1),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        (np.array([NAN, INF, -INF]), np.array([NAN, INF, -INF])),
        ((np.ones(2), [1, {"a": 2.0}]), (np.ones(2), (1.0, {"a": 2}))),
        pytest.param(10**400, 10**400, id="huge"),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (1 + 2j, 1 + 2j),
        ("same", "same"),
    ],
)
def test_numbers_within_the_tolerance_pass(ask: Ask, found: Any, expected: Any) -> None:
    """NaN is NaN, an infinity is itself, and nesting does not matter."""
    assert Verdict.PASSED is ask("close", [found], [expected]).verdict


def test_the_worst_element_is_counted_and_shown(ask: Ask) -> None:
    """The message counts what is wrong; the window is cut out round the worst."""
    expected = np.zeros((1, 12, 12, 1))
    found = expected.copy()
    found[0, 2, 2, 0], found[0, 9, 3, 0] = 0.1, -0.5

    finding = ask("close", [found], [expected])

    assert "at [0][9][3][0]: found -0.5; expected 0.0 (2 of 144 elements" in finding.message
    assert (finding.exhibit["array"]["worst"], finding.exhibit["array"]["origin"]) == ([9, 3], [4, 0])


def test_tolerances_are_the_author_s(ask: Ask) -> None:
    """Relative to the expected value, or absolute."""
    assert Verdict.PASSED is ask("close", [102.0], [100.0], rtol=0.02).verdict
    assert Verdict.FAILED is ask("close", [102.1], [100.0], rtol=0.02).verdict
    assert Verdict.PASSED is ask("close", [0.01], [0.0], atol=0.01).verdict
    assert Verdict.FAILED is ask("close", [1e-300], [0.0], atol=0).verdict


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (np.zeros(2), "found dtype float64; expected float32"),
        ([0.0, 0.0], "found dtype none (list); expected float32"),
        (np.ones(2), "found dtype float64; expected float32"),
    ],
)
def test_the_dtype_is_compared_when_asked_for(ask: Ask, found: Any, said: str) -> None:
    """Dtype comes after shape and before value."""
    expected = [np.zeros(2, "float32")]

    assert said in ask("close", [found], expected, dtype="float32").message
    assert Verdict.PASSED is ask("close", expected, expected, dtype="float32").verdict
    assert "expected shape (2,)" in ask("close", [np.zeros(3)], expected, dtype="float32").message


def test_the_dtype_of_each_array_in_a_pair_is_compared(ask: Ask) -> None:
    """A pair of arrays of one shape is no array of two rows."""
    pair = (np.zeros((2, 2), "float32"), np.zeros((2, 2)))

    assert "at [1]: found dtype float64" in ask("close", [pair], [pair], dtype="float32").message


def test_partial_gives_the_share_of_right_cases(ask: Ask) -> None:
    """Partial credit counts cases, not elements."""
    assert ask("close", [1.0, 9.0], [1.0, 2.0], partial=True).credit == 0.5


def test_a_mistake_is_recognised_within_the_tolerance(ask: Ask) -> None:
    """The check's own comparison decides what equals a mistake's answer."""
    assert ask("close", [0.5000001], [1.0], {"divided twice": [0.5]}).hint == "divided twice"


@pytest.mark.parametrize("check", ["close", "equals"])
@pytest.mark.parametrize("kind", [np.float32, lambda given: np.array([given], "float32")])
def test_numbers_have_the_digits_of_their_dtype(ask: Ask, check: str, kind: Callable[[float], Any]) -> None:
    """In the sentence, in the table and in the window: the noise of a float32 as a float says nothing."""
    finding = ask(check, [kind(3.15)], [kind(3.7)])
    (case,) = finding.exhibit["cases"]
    shown = finding.exhibit.get("array", {"found": [[3.15]], "expected": [[3.7]]})

    assert "found 3.15; expected 3.7" in finding.message
    assert "3.15" in case["found"]
    assert (shown["found"], shown["expected"]) == ([[3.15]], [[3.7]])


@pytest.mark.parametrize("check", ["close", "equals"])
@pytest.mark.parametrize("kind", [scalar, np.full])
def test_a_difference_is_never_hidden(ask: Ask, check: str, kind: Callable[..., Any]) -> None:
    """What would look alike is written with all its digits and its dtype."""
    given = (1, 3.15) if kind is np.full else (3.15,)
    exact = {"rtol": 0, "atol": 0} if check == "close" else {}
    finding = ask(check, [kind(*given, dtype="float32")], [kind(*given, dtype="float64")], **exact)
    (case,) = finding.exhibit["cases"]

    assert "found 3.1500000953674316 (float32); expected 3.15 (float64)" in finding.message
    shown = finding.exhibit.get("array", case)
    assert shown["found"] != shown["expected"]
    assert "3.1500000953674316" in str(shown["found"])
