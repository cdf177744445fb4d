"""Sections: which exercise a cell answers."""

import time
import unicodedata
from collections.abc import Mapping

import pytest

from grader.readers.sections import assign_sections
from grader.submission import Cell, CellKind

TITLES = {
    "max-pooling": ("Max pooling", "Gộp cực đại"),
    "same-padding": ("Padding that keeps the size", "Phần đệm giữ nguyên kích thước"),
    "padding": ("Padding",),
}


def sections(*sources: str, marks: Mapping[int, str] | None = None) -> list[str]:
    """Return the exercise of each cell; a source that begins with ``>`` is code."""
    cells = [
        Cell(
            number=number,
            kind=CellKind.CODE if source.startswith(">") else CellKind.TEXT,
            source=source.removeprefix(">"),
        )
        for number, source in enumerate(sources, start=1)
    ]
    return [cell.exercise for cell in assign_sections(cells, TITLES, marks or {})]


@pytest.mark.parametrize(
    "heading",
    [
        "# max-pooling",
        "## Max pooling",
        "### Exercise 43: max pooling (2 points)",
        "## **MAX POOLING** ##",
        "## Bài 43. Gộp cực đại",
        "## " + unicodedata.normalize("NFD", "Gộp cực đại"),
        "Some words before it.\n\n## Max pooling\nand after it",
        "##\tMax pooling\r",
    ],
)
def test_a_heading_names_an_exercise_by_id_or_title(heading: str) -> None:
    """In either language, in any case, with words around it, composed as Unicode pleases."""
    assert sections(heading, ">x = 1") == ["max-pooling", "max-pooling"]


@pytest.mark.parametrize(
    "text",
    [
        "Max pooling",
        "#Max pooling",
        "####### Max pooling",
        "## Pooling",
        "## Maximal poolings",
        "## Max\n pooling",
        "#\nMax pooling",
        "```python\n# max pooling\n```",
        "~~~~\n# max pooling\n~~~\n# max pooling\n~~~~",
        "```\n# max pooling",
    ],
)
def test_what_is_no_heading_names_nothing(text: str) -> None:
    """A word in passing, a comment in a block of code."""
    assert sections(text, ">x = 1") == ["", ""]


def test_code_is_not_read_for_headings() -> None:
    """``# Max pooling`` in a cell of code is a comment."""
    assert sections("># Max pooling\nx = 1") == [""]


@pytest.mark.parametrize(
    "comment",
    [
        "# exercise: max-pooling",
        "#exercise:max-pooling",
        "  # Exercise : MAX-POOLING",
        "# %% exercise: max-pooling",
    ],
)
def test_a_comment_in_code_names_an_exercise(comment: str) -> None:
    """Where there are no headings, as in scripts."""
    assert sections(f">import numpy\n{comment}\nx = 1", ">y = 1") == ["max-pooling", "max-pooling"]


@pytest.mark.parametrize(
    "comment", ["# exercise: unknown", "# exercise max-pooling", "x = 1  # exercise: max-pooling"]
)
def test_another_comment_does_not(comment: str) -> None:
    """Only a line of its own, with an id that there is."""
    assert sections(f">{comment}") == [""]


def test_metadata_names_an_exercise() -> None:
    """It wins over a heading in the same cell; an id that is unknown is passed over."""
    marks = {1: "padding", 3: "unknown"}

    assert sections("## Max pooling", ">x = 1", ">y = 1", marks=marks) == ["padding", "padding", "padding"]


def test_a_heading_of_the_same_level_ends_a_section() -> None:
    """Also one of a higher level; a lower one does not."""
    assert sections("## Max pooling", "### Thoughts", "## References") == ["max-pooling", "max-pooling", ""]
    assert sections("## Max pooling", "# Appendix") == ["max-pooling", ""]


def test_any_heading_ends_a_section_that_a_comment_began() -> None:
    """A comment stands below all headings."""
    assert sections("># exercise: padding", "###### Else") == ["padding", ""]


def test_the_next_exercise_ends_a_section() -> None:
    """Whatever the level of its heading."""
    found = sections("# Max pooling", ">a", "#### Padding", ">b", "# exercise 39", ">c")

    assert found == ["max-pooling", "max-pooling", "padding", "padding", "", ""]


def test_a_block_of_code_in_a_text_ends_nothing() -> None:
    """Its comments look like headings of the highest level."""
    assert sections("## Max pooling\n```python\n# my idea\nx = 1\n```", ">x = 1") == [
        "max-pooling",
        "max-pooling",
    ]


def test_the_longest_name_wins() -> None:
    """*Padding* is a part of the other title."""
    found = sections("## Padding that keeps the size", "## Padding")

    assert found == ["same-padding", "padding"]


def test_the_last_heading_of_a_cell_counts() -> None:
    """A cell may end one section and begin another."""
    assert sections("## Max pooling\n\n## Padding") == ["padding"]


def test_cells_before_any_section_have_none() -> None:
    """Imports and helpers."""
    assert sections("# Homework", ">import numpy", "## Padding") == ["", "", "padding"]


@pytest.mark.parametrize(
    "text",
    [
        "# " + " " * 20_000 + "x" + " " * 20_000 + "\x00",
        "# " + "# " * 20_000 + "x",
        "#" * 40_000,
        "```\n" * 20_000,
    ],
    ids=["spaces", "hashes", "one long heading", "fences"],
)
def test_an_odd_text_takes_no_time(text: str) -> None:
    """Two thousand spaces in a heading once took ten seconds."""
    started = time.monotonic()

    sections(text)

    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "source", ["\n" * 100_000, " " * 100_000, "#" + " " * 100_000 + "x", "# exercise:" + " " * 100_000]
)
def test_an_odd_cell_of_code_takes_no_time(source: str) -> None:
    """Empty lines were read again and again."""
    started = time.monotonic()

    sections(">" + source)

    assert time.monotonic() - started < 2
