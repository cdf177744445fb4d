"""The check ``equals``."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from grader.checks.sealing import seal
from grader.evidence import ExportedModel, Happening, Opaque
from grader.verdict import Finding, Verdict

Ask = Callable[..., Finding]

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        ("3", 3, "a string (str), '3'; expected an integer (int)"),
        (True, 1, "a truth value (bool)"),
        (1, True, "expected a truth value (bool)"),
        (None, 0, "None"),
        (Opaque(type="keras.src.Foo", text="<Foo>"), 3, "an object of type keras.src.Foo"),
        (ExportedModel(config={}), 3, "a Keras model"),
        ((26, 26), (26, 26, 8), "found 2 items, (26, 26); expected 3 items"),
        ((26, 26, 1), (26, 26, 8), "at [2]: found 1; expected 8"),
        (
            {"Conv2D": {"parameters": 80}},
            {"Conv2D": {"parameters": 72}},
            'at ["Conv2D"]["parameters"]: found 80',
        ),
        ({"a": 1}, {"a": 1, "b": 2}, "without the key 'b'"),
        ({"a": 1, "c": 2}, {"a": 1}, "with the unexpected key 'c'"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "shape (2, 3); expected shape (3, 2)"),
        (
            np.array([1.0, NAN]),
            np.array([1.0, 2.0]),
            "at [1]: found nan; expected 2.0 (1 of 2 elements differ)",
        ),
        (np.array([True]), np.array([1]), "expected an array of shape (1,), int64"),
        (["1", 2], [1, 3], "at [0]: found a string"),
        ([1, "2"], [3, 2], "at [1]: found a string"),
        ({1, 2}, {1, 3}, "found {1, 2}; expected {1, 3}"),
        (2 + 1j, 2, "found (2+1j); expected 2"),
    ],
)
def test_a_difference_is_named_with_its_place(ask: Ask, found: Any, expected: Any, said: str) -> None:
    """Kind comes before shape, shape before value; the place is a path as Python writes it."""
    finding = ask("equals", [found], [expected])

    assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)
    assert said in finding.message


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (3.0, 3),
        (np.int64(3), 3),
        (np.array(3.0), 3),
        ([1, 2], (1, 2)),
        ((1, 2), np.array([1, 2])),
        (np.array([1.0, 2.0]), [1, 2]),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (NAN, NAN),
        (np.array([NAN, 1]), np.array([NAN, 1])),
        (np.bool_(True), True),
        (np.float32(0.5), 0.5),
        pytest.param(10**5000, 10**5000, id="huge"),
        ({"a": [1, (2, 3.0)]}, {"a": (1, [2.0, 3])}),
        ([], ()),
        (None, None),
        (np.array(["a"]), np.array(["a"])),
    ],
)
def test_the_same_value_in_another_dress_passes(ask: Ask, found: Any, expected: Any) -> None:
    """A whole float is an integer, a list is a tuple, a NumPy scalar is a number."""
    finding = ask("equals", [found], [expected])

    assert (finding.verdict, finding.credit) == (Verdict.PASSED, 1.0)


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        (3.0, 3, "a number (float), 3.0; expected an integer (int)"),
        ([1, 2], (1, 2), "a list of 2 items"),
        (np.int64(3), 3, "a NumPy int64 scalar"),
        (np.zeros(2, "float32"), np.zeros(2), "found dtype float32; expected float64"),
        (np.zeros(2, "float32"), np.ones(2), "found dtype float32; expected float64"),
        (np.array([1, 2]), [1, 2], "expected a list of 2 items"),
    ],
)
def test_strict_tells_dresses_apart(ask: Ask, found: Any, expected: Any, said: str) -> None:
    """Strict wants the very type, and names dtype before value."""
    assert said in ask("equals", [found], [expected], strict=True).message
    assert Verdict.PASSED is ask("equals", [expected], [expected], strict=True).verdict


def test_the_first_wrong_case_is_shown_with_its_call(ask: Ask) -> None:
    """A grid is all or nothing, and names the first case that is wrong."""
    finding = ask("equals", [1, 5, 6], [1, 2, 3])

    assert finding.credit == 0.0
    assert "2 of 3 cases are wrong. `f(1)`: found 5; expected 2." in finding.message


def test_partial_gives_the_share_of_right_cases(ask: Ask) -> None:
    """Partial credit counts cases."""
    assert ask("equals", [1, 2, 3, 0], [1, 2, 3, 4], partial=True).credit == 0.75


@pytest.mark.parametrize("partial", [True, False])
def test_one_case_that_raised_is_one_wrong_case(ask: Ask, *, partial: bool) -> None:
    """The other cases of a grid still count."""
    finding = ask("equals", [1, ZeroDivisionError("by zero")], [1, 2], partial=partial)

    assert Verdict.FAILED is finding.verdict
    assert 0.5 * partial == finding.credit
    assert "raised ZeroDivisionError: by zero; expected 2" in finding.message


def test_a_grid_that_raised_throughout_is_broken(ask: Ask) -> None:
    """Nothing was answered, so the exception is what the student must see."""
    assert Verdict.BROKEN is ask("equals", [NameError("x"), NameError("x")], [1, 2], partial=True).verdict


def test_the_reference_may_raise(ask: Ask) -> None:
    """The same class or a class derived from it is right; a value is wrong."""
    expected = [1, ValueError("no")]

    assert Verdict.PASSED is ask("equals", [1, ValueError("other words")], expected).verdict
    assert Verdict.PASSED is ask("equals", [1, UnicodeError("derived")], expected).verdict
    assert "raised TypeError" in ask("equals", [1, TypeError("no")], expected).message
    assert "found 7; expected that ValueError is raised" in ask("equals", [1, 7], expected).message


def test_some_cases_timed_out(ask: Ask) -> None:
    """Without partial the whole check timed out; with it the cases that ended count."""
    found, expected = [1, Happening.TIMED_OUT], [1, 2]

    assert Verdict.TIMED_OUT is ask("equals", found, expected).verdict
    assert _kept(ask("equals", found, expected, partial=True)) == (Verdict.FAILED, 0.5)
    assert Verdict.TIMED_OUT is ask("equals", [Happening.TIMED_OUT] * 2, expected, partial=True).verdict


def _kept(finding: Finding) -> tuple[Verdict, float]:
    return finding.verdict, finding.credit


def test_one_missing_outcome_stands_for_the_whole_grid(ask: Ask) -> None:
    """A function that is not there gives one outcome, however many cases there are."""
    finding = ask("equals", [Happening.MISSING], [1, 2, 3], partial=True)

    assert Verdict.NOT_ATTEMPTED is finding.verdict
    assert "`f` was not found" in finding.message


def test_too_few_outcomes_are_broken(ask: Ask) -> None:
    """Cases are never cut to the shorter side, and a submission cannot leave itself ungraded at will."""
    assert Verdict.BROKEN is ask("equals", [1], [1, 2]).verdict


@pytest.mark.parametrize(("check", "settings"), [("equals", {}), ("raises", {"error": "ValueError"})])
def test_a_name_whose_cell_failed_is_broken(ask: Ask, check: str, settings: dict[str, str]) -> None:
    """The cell's exception is not the function's, whatever the check asks for."""
    assert Verdict.BROKEN is ask(check, [Happening.UNDEFINED], [1, 2], **settings).verdict


@pytest.mark.parametrize("expected", [[Happening.TIMED_OUT], None])
def test_a_reference_that_gave_nothing_is_our_fault(ask: Ask, expected: Any) -> None:
    """Without a right answer nothing can be wrong."""
    assert Verdict.UNGRADED is ask("equals", [1], expected).verdict


@pytest.mark.parametrize(
    ("expect", "found", "verdict"),
    [
        (180, [180], Verdict.PASSED),
        ([1, 2], [(1, 2)], Verdict.PASSED),
        (None, [None], Verdict.PASSED),
        ([1, {"raises": "ValueError"}], [1, ValueError("no")], Verdict.PASSED),
        ({"raises": "ValueError"}, [ValueError("no")], Verdict.PASSED),
        ({"raises": "ValueError"}, [3], Verdict.FAILED),
        ({"tuple": [1, 2]}, [(1, 2)], Verdict.PASSED),
        ([1, 2, 3], [1, 2], Verdict.UNGRADED),
    ],
)
def test_a_written_value_needs_no_reference(ask: Ask, expect: Any, found: Any, verdict: Verdict) -> None:
    """``expect`` is the value, or one value a case; too few are the author's fault."""
    assert verdict is ask("equals", found, expect=expect).verdict


def test_a_sealed_value_is_recognised_and_not_told(ask: Ask) -> None:
    """A seal says right or wrong and no more; an exception is still shown."""
    sealed = seal((26, 26, 8))

    assert Verdict.PASSED is ask("equals", [[26, 26.0, 8]], sealed=sealed).verdict
    wrong = ask("equals", [(26, 26, 1)], sealed=sealed)
    assert Verdict.FAILED is wrong.verdict
    assert "(26, 26, 1)" in wrong.message
    assert Verdict.BROKEN is ask("equals", [NameError("x")], sealed=sealed).verdict
    assert Verdict.PASSED is ask("equals", [1, 2], sealed=seal([1, 2])).verdict


def test_a_mistake_gives_its_hint(ask: Ask) -> None:
    """The whole grid must be the mistake's, and the comparison is the check's own."""
    mistakes = {"bias forgotten": [72.0, 144], "channels forgotten": [10, 20]}

    assert ask("equals", [72, 144], [80, 160], mistakes).hint == "bias forgotten"
    assert ask("equals", [72, 20], [80, 160], mistakes).hint == ""
    assert ask("equals", [72, 144], mistakes=mistakes, expect=[80, 160]).hint == "bias forgotten"
    assert ask("equals", [72, 144], mistakes=mistakes, sealed=seal([80, 160])).hint == "bias forgotten"


def test_exceptions_alone_must_say_the_same_for_a_hint(ask: Ask) -> None:
    """Two TypeErrors have little in common unless their messages agree."""
    mistakes = {"calls an int": [TypeError("'int' object is not callable")]}

    assert ask("equals", [TypeError("'int' object is not callable")], [3], mistakes).hint == "calls an int"
    assert ask("equals", [TypeError("f() takes 2 arguments")], [3], mistakes).hint == ""


def test_the_exhibit_is_bounded(ask: Ask) -> None:
    """At most 20 cases of 200 characters, the wrong ones surely among them."""
    finding = ask("equals", ["x" * 5000] * 39 + ["y"], ["x" * 5000] * 40)
    cases: list[Mapping[str, Any]] = finding.exhibit["cases"]

    assert len(cases) == 20
    assert max(len(text) for case in cases for text in map(str, case.values())) <= 200
    assert {"call": "f(39)", "found": "'y'", "right": False}.items() <= cases[-1].items()


def test_an_array_is_shown_round_its_first_difference(ask: Ask) -> None:
    """The window is at most 8x8 and says where it was cut out."""
    expected = np.arange(400.0).reshape(20, 20)
    found = expected.copy()
    found[13, 19] = NAN

    window = ask("equals", [found], [expected]).exhibit["array"]

    assert (window["kind"], window["worst"], window["origin"]) == ("array", [13, 19], [9, 12])
    assert (len(window["found"]), len(window["found"][0])) == (8, 8)
    assert (window["found"][4][7], window["expected"][4][7]) == ("nan", 279.0)


def test_an_expected_object_is_our_fault(ask: Ask) -> None:
    """A reference that returns something without a plain form cannot be held against anything."""
    opaque = Opaque(type="Foo", text="<Foo>")

    assert Verdict.UNGRADED is ask("equals", [opaque], [opaque]).verdict


@pytest.mark.parametrize(
    "found", [10**5000, [[[[[[[[[[1]]]]]]]]]], "ạ" * 10**6, list(range(10**5)), INF], ids=list("abcde")
)
def test_a_monstrous_value_is_a_wrong_value(ask: Ask, found: Any) -> None:
    """Whatever the student returns, the message stays short and the verdict is a verdict."""
    finding = ask("equals", [found], [3])

    assert Verdict.FAILED is finding.verdict
    assert len(finding.message) < 600
