"""Padding as numbers."""

from typing import Any

import pytest

from grader.checks.architecture.padding import explicit_pads, same_pads, zero_pads


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "pads"),
    [
        (28, 3, 1, 1, (1, 1)),
        (28, 5, 1, 1, (2, 2)),
        (28, 4, 1, 1, (1, 2)),
        (28, 3, 2, 1, (0, 1)),
        (29, 3, 2, 1, (1, 1)),
        (28, 1, 2, 1, (0, 0)),
        (28, 3, 1, 2, (2, 2)),
        (7, 2, 3, 1, (0, 1)),
        (None, 3, 1, 1, (1, 1)),
        (None, 3, 2, 1, None),
    ],
)
def test_same_is_what_tensorflow_adds(
    size: int | None, kernel: int, stride: int, dilation: int, pads: Any
) -> None:
    """The output has ceil(size / stride) elements; an odd zero goes after."""
    assert pads == same_pads(size, kernel, stride, dilation)


def test_an_unknown_size_gives_no_pads() -> None:
    """A padding that cannot be computed is not guessed."""
    assert explicit_pads("same", (), (3, 3), (2, 2), (1, 1)) is None
    assert explicit_pads("odd", (8, 8), (3, 3), (1, 1), (1, 1)) is None


def test_causal_looks_back_only() -> None:
    """All zeros go before."""
    assert explicit_pads("causal", (10,), (3,), (1,), (2,)) == ((4, 0),)


@pytest.mark.parametrize(
    ("padding", "axes", "pads"),
    [
        (1, 2, ((1, 1), (1, 1))),
        ([1, 2], 2, ((1, 1), (2, 2))),
        ([[1, 2], [3, 4]], 2, ((1, 2), (3, 4))),
        ([1, 2], 1, ((1, 2),)),
        ([[1, 2]], 1, ((1, 2),)),
    ],
)
def test_zero_padding_in_all_its_spellings(padding: Any, axes: int, pads: Any) -> None:
    """A number, a pair, or a pair of pairs."""
    assert pads == zero_pads(padding, axes)
