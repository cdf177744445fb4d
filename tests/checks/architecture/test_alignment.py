"""Sequence alignment."""

import pytest

from grader.checks.architecture.alignment import align


def shown(found: str, expected: str) -> str:
    """Return the alignment of two words, with ``-`` for a letter the other side lacks."""
    pairs = align(found, expected, lambda one, other: 0.0 if one == other else 1.5)
    rows = [
        "".join("-" if place is None else word[place] for place in side)
        for word, side in _sides(pairs, found, expected)
    ]
    return " ".join(rows)


def _sides(
    pairs: list[tuple[int | None, int | None]], found: str, expected: str
) -> list[tuple[str, list[int | None]]]:
    return [(found, [one for one, _ in pairs]), (expected, [other for _, other in pairs])]


@pytest.mark.parametrize(
    ("found", "expected", "rows"),
    [
        ("", "", " "),
        ("", "ab", "-- ab"),
        ("ab", "", "ab --"),
        ("abc", "abc", "abc abc"),
        ("axbc", "abc", "axbc a-bc"),
        ("ac", "abc", "a-c abc"),
        ("axc", "abc", "axc abc"),
        ("aab", "ab", "aab a-b"),
        ("bc", "abc", "-bc abc"),
    ],
)
def test_the_fewest_differences_are_found(found: str, expected: str, rows: str) -> None:
    """Nothing is cut to the shorter side; of equal neighbours the later one is extra."""
    assert rows == shown(found, expected)
