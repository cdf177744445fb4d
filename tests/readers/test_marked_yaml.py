"""Mistakes in YAML: all at once, each with its file, its line, what was found and what was expected."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import ExerciseError
from grader.exercise import Assignment, Question, Record, Solution
from grader.readers.marked_yaml import Marked, keys_at, read_marked, validate

Write = Callable[[str, str], Path]

GOOD = """\
exercise: pool
title: Pooling
source: 43
prompt: Write `f`.
starter: x
observe: {small: {call: f}}
"""


@pytest.fixture
def mistakes(write: Write) -> Callable[..., list[tuple[int, str, str, str]]]:
    """Return the mistakes of a text as (line, where, found, expected)."""

    def found(text: str, kind: type[Record] = Question) -> list[tuple[int, str, str, str]]:
        marked = read_marked(write("a.yaml", text))
        validate(kind, marked)
        assert {str(marked.file)} >= {flaw.file for flaw in marked.flaws}
        return [(flaw.line, flaw.where, flaw.found, flaw.expected) for flaw in marked.flaws]

    return found


Mistakes = Callable[..., list[tuple[int, str, str, str]]]


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("a: [1,\nb: 2\n", 3, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: !!python/object:os.system ls\n", 1, "could not determine a constructor"),
        ("a: 1\nb: \x00\n", 1, "control characters"),
        ("? [a, b]\n: 1\n", 1, "unhashable key"),
        ("a: &x [*x]\n", 1, "an alias (*) within itself"),
        ("[" * 3000 + "]" * 3000, 1, "nested too deeply"),
        (
            "a: &a [" + "1," * 99 + "]\nb: &b [" + "*a," * 99 + "]\nc: [" + "*b," * 99 + "]\n",
            1,
            "nested too deeply",
        ),
        ("a: " + "x" * 2**20, 1, "1048579 characters"),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace"),
)
def test_what_cannot_be_read_says_why(write: Write, text: str, line: int, found: str) -> None:
    """It is an author's mistake with a place, never a traceback."""
    path = write("a.yaml", text)

    with pytest.raises(ExerciseError) as caught:
        read_marked(path)

    (flaw,) = caught.value.flaws
    assert (str(path), line) == (flaw.file, flaw.line)
    assert found in flaw.found


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    """Windows editors still write others."""
    path = tmp_path / "a.yaml"
    path.write_bytes("tiêu đề".encode("utf-16"))

    with pytest.raises(ExerciseError, match="bytes that are not UTF-8; expected UTF-8 text"):
        read_marked(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ExerciseError, match=r"missing\.yaml:1: found No such file"):
        read_marked(tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    ("text", "found"), [("- a\n- b\n", "['a', 'b']"), ("", "None"), ("just text", "'just text'")]
)
def test_anything_but_a_mapping_is_one_mistake(mistakes: Mistakes, text: str, found: str) -> None:
    """A list at the top, an empty file, a text."""
    assert [(1, "", found, "a mapping of keys")] == mistakes(text)


def test_a_file_without_mistakes_has_none(mistakes: Mistakes) -> None:
    """Nothing is asked that is not needed."""
    assert mistakes(GOOD.replace("source: 43", "source: '43'")) == []


def test_every_mistake_is_told_at_once(mistakes: Mistakes) -> None:
    """Each on its own line, in the order of the file, whatever its kind."""
    text = """\
exercise: Max_Pooling
titel: Pooling
source: 43
prompt: {fr: Bonjour}
starter: |
  def f(x): ...
observe:
  small: {call: f, value: F}
  large:
    call: 1f
    sekonds: 3
    with: 3
  slow: {call: f, seconds: -1}
checks:
  - equals: {of: small, piont: 2}
  - equal: {of: small}
  - {equals: {of: small}, close: {of: small}}
  - close: {rtol: -1}
  - parameters: {of: small, count: all}
  - sets: {of: small, sealed: abc}
"""

    found = {(line, where): (what, expected) for line, where, what, expected in mistakes(text)}

    # The title is there under a wrong name: that is told once.
    assert (1, "") not in found
    assert found[1, "exercise"][0] == "'Max_Pooling'"
    assert "nearest of" in found[2, "titel"][1]
    assert found[2, "titel"][1].startswith("'title'")
    assert found[3, "source"] == ("43", "a valid string")
    assert found[4, "prompt.fr"][1] == "'en' or 'vi'"
    assert (4, "prompt") not in found
    assert found[8, "observe.small"][1] == "exactly one of: call, value"
    assert found[10, "observe.large.call"][0] == "'1f'"
    assert (
        found[11, "observe.large.sekonds"][0],
        found[11, "observe.large.sekonds"][1].split(" (")[0],
    ) == ("the key 'sekonds'", "'seconds'")
    assert found[12, "observe.large.with"][0] == "3"
    assert found[13, "observe.slow.seconds"][1] == "greater than 0"
    assert found[15, "checks.0.equals.piont"][1].startswith("'points' (nearest of: expect, ")
    assert found[16, "checks.1.equal"][1].startswith("'equals' (nearest of: budget, ")
    assert found[17, "checks.2"][1].startswith("exactly one check, of: equals, close")
    assert found[18, "checks.3.close"] == ("nothing", "the key 'of'")
    assert found[18, "checks.3.close.rtol"][1] == "greater than or equal to 0"
    assert found[19, "checks.4.parameters.count"][1] == "'total', 'trainable' or 'non_trainable'"
    assert "scrypt" in found[20, "checks.5.sets.sealed"][1]
    lines = [line for line, *_ in mistakes(text)]
    assert sorted(lines) == lines


def test_a_mistake_reads_as_a_sentence(write: Write) -> None:
    """``file:line: where: found ...; expected ...``, which editors can jump to."""
    path = write("a.yaml", GOOD.replace("source: 43", "sauce: x"))
    marked = read_marked(path)

    validate(Question, marked)

    (wrong,) = map(str, marked.flaws)
    assert f"{path}:3: sauce: found the key 'sauce'; expected 'source' (nearest of: " in wrong


def test_a_key_that_is_missing_reads_as_a_sentence(write: Write) -> None:
    """Where no wrong key was meant to be it."""
    path = write("a.yaml", GOOD.replace("source: 43\n", "xyz: 43\n"))
    marked = read_marked(path)

    validate(Question, marked)

    assert f"{path}:1: found nothing; expected the key 'source'" in map(str, marked.flaws)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("2026-13-45", "2026-13-45, which is no date (month must be in 1..12)"),
        ("!!int x", "x, which cannot be read (invalid literal"),
        ("!!bool x", "x, which cannot be read"),
        ("!!timestamp x", "x, which is no date"),
        ("!!int ''", "an empty text, which cannot be read"),
        ("!!float ''", "an empty text, which cannot be read"),
        ("!!int '-'", "-, which cannot be read"),
        pytest.param(f"!!float '1{':0' * 200}'", "1:0:0", id="as large as no number"),
    ],
)
def test_a_value_that_cannot_be_read_hides_nothing(mistakes: Mistakes, written: str, found: str) -> None:
    """It stands on its own line, is told once, and the other mistakes are told with it."""
    told = mistakes(f"assignment: First\ntitle: x\ndue:\n  {written}\nexercises: []\n", Assignment)

    assert [(line, where) for line, where, _, _ in told] == [(4, "due"), (1, "assignment"), (5, "exercises")]
    assert told[0][2].startswith(found)
    assert told[0][3].endswith("or a text in quotes")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("!!timestamp q", "q, which is no date"),
        ("!!bool q", "q, which cannot be read"),
        ("!!int ''", "an empty text, which cannot be read"),
    ],
)
def test_what_the_reader_tripped_over_is_not_told(mistakes: Mistakes, written: str, found: str) -> None:
    """``'NoneType' object has no attribute 'groupdict'`` says nothing of the file."""
    (told,) = mistakes(GOOD.replace("43", written))

    assert told[:3] == (3, "source", found)


def test_a_key_that_cannot_be_read_is_told(mistakes: Mistakes) -> None:
    """As a value is."""
    told = mistakes("assignment: first\ntitle: x\nexercises: [a]\n2026-13-45: x\n", Assignment)

    assert [(line, found.split(",")[0]) for line, _, found, _ in told] == [(4, "2026-13-45")]


@pytest.mark.parametrize("written", ["2026-12-18", "2026-12-18T23:59:00"])
def test_a_moment_without_its_offset_says_what_one_looks_like(mistakes: Mistakes, written: str) -> None:
    """As it was written, not as Python would."""
    told = mistakes(f"assignment: first\ntitle: x\ndue: {written}\nexercises: [a]\n", Assignment)

    expected = "a date and time with its offset, such as 2026-12-18T23:59:00+07:00"
    assert told == [(3, "due", written, expected)]


@pytest.mark.parametrize("written", ["yes", "on", "1", "2026-01-01"])
def test_a_name_that_yaml_takes_for_something_else_is_a_mistake(mistakes: Mistakes, written: str) -> None:
    """``yes`` is true in YAML; quote it."""
    found = mistakes(GOOD.replace("43", "'43'").replace("small:", f"{written}:"))

    assert any(expected == "a valid string" for _, _, _, expected in found)


def test_a_key_that_stands_twice_is_told_with_both_lines(mistakes: Mistakes) -> None:
    """YAML would silently take the last one."""
    text = GOOD.replace("43", "'43'") + "source: other\nchecks: []\n"

    assert mistakes(text) == [(7, "", "the key 'source' a second time (first on line 3)", "each key once")]


def test_a_key_that_stands_twice_further_down_is_told_too(mistakes: Mistakes) -> None:
    """Two observations of one name would hide the first."""
    text = GOOD.replace("43", "'43'").replace(
        "{small: {call: f}}", "\n  small: {call: f}\n  small: {call: g}"
    )

    assert mistakes(text) == [
        (8, "observe", "the key 'small' a second time (first on line 7)", "each key once")
    ]


def test_a_long_value_is_cut(mistakes: Mistakes) -> None:
    """A mistake fits on a line or two."""
    ((_, _, found, _),) = mistakes(GOOD.replace("43", "[" + "long, " * 50 + "]"))

    assert len(found) == 80


@pytest.mark.parametrize(
    ("kind", "place", "expected"),
    [
        (Question, ("observe", "any"), "seconds"),
        (Question, ("checks", 3, "trains", "recipe"), "momentum"),
        (Solution, ("mistakes", 0), "hint"),
        (Assignment, ("limits",), "memory_mib"),
        (Assignment, ("limits", "nowhere"), None),
    ],
)
def test_the_keys_of_a_place_are_known(
    kind: type[Record], place: tuple[str | int, ...], expected: str | None
) -> None:
    """They are what a wrong key is compared with."""
    keys = keys_at(kind, place)

    assert sorted(keys) == keys
    assert expected in keys if expected else keys == []


def test_a_place_without_a_line_has_that_of_what_contains_it() -> None:
    """Better than none."""
    marked = Marked(file="a.yaml", lines={(): 1, ("observe",): 4})

    assert marked.line_of(("observe", "small", "call")) == 4
    assert marked.line_of(("checks",)) == 1
