"""Sealed values."""

import re
from typing import Any

import numpy as np
import pytest

from grader.checks.sealing import matches_seal, seal
from grader.evidence import Opaque

PATTERN = r"^scrypt:\d+:[0-9a-f]+:[0-9a-f]+$"


def test_an_object_cannot_be_sealed() -> None:
    """Only plain values have a canonical form."""
    with pytest.raises(TypeError, match="Opaque"):
        seal(Opaque(type="Foo", text="<Foo>"))


def test_an_object_matches_no_seal() -> None:
    """A student's object is just a wrong answer."""
    assert not matches_seal(Opaque(type="Foo", text="3"), seal(3))


def test_a_seal_has_the_form_the_yaml_asks_for() -> None:
    """And never the same twice, so that equal answers do not show."""
    assert re.match(PATTERN, seal(180))
    assert seal(180) != seal(180)


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (180, 180.0),
        (120_422_400.0, np.int64(120_422_400)),
        ((26, 26, 8), [26, 26, 8]),
        ([1, 2], np.array([1.0, 2.0])),
        (0.1 + 0.2, 0.3),
        (float("nan"), np.nan),
        ({"a": (1,), "b": None}, {"b": None, "a": [1.0]}),
        ({3, 1, 2}, {1, 2, 3}),
        (2j, 2j),
        (b"x", b"x"),
    ],
)
def test_the_same_value_in_another_dress_matches(value: Any, same: Any) -> None:
    """As ``equals`` compares it; floats to six digits."""
    assert matches_seal(same, seal(value))


@pytest.mark.parametrize(
    ("value", "other"),
    [(1, True), (1, "1"), (0, None), ([1], 1), (1.5, 1.50001), ({"a": 1}, [["a", 1]]), (1, -1)],
)
def test_another_value_does_not_match(value: Any, other: Any) -> None:
    """A truth value is no number, text is no number, a list is no mapping."""
    assert not matches_seal(other, seal(value))
