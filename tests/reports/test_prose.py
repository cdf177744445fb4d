"""Texts that students may have had a hand in."""

import pytest

from grader.reports.prose import clean, one_line, pieces, visible


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b1mbold", "bold"),
        ("\x1b]0;title\x07text", r"\x1b]0;title\x07text"),
        ("\x1b]8;;http://x\x1b\\link", r"\x1b]8;;http://x\x1b\link"),
        ("\x9b2Jx\x1bc", r"\x9b2Jx\x1bc"),
        ("a\rb\x00c\x7f", r"a\rb\x00c\x7f"),
        ("tab\tand\nline\r\n", "tab\tand\nline\n"),
        ("gpj.\u202eexe\u2066\u200f", r"gpj.\u202eexe\u2066\u200f"),
        ("a\u200bb\ufeff\xadc\u2028", r"a\u200bb\ufeff\xadc\u2028"),
        ("a\u200db \U000e0041", r"a\u200db \U000e0041"),
        ("\udc80", r"\udc80"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
        ("👩\u200d💻 क\u200cष", "👩\u200d💻 क\u200cष"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, cleaned: str) -> None:
    """Colours go; tabs, newlines and every language stay."""
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error file=a::b", ": :error file=a::b"),
        ("a\n  ::notice::{}", "a\n  : :notice::{}"),
        ("::err`or`::b", ": :err`or`::b"),
        (":`:`error::b", ": `:`error::b"),
        ("##[error]x ##vso[task]", "# #[error]x # #vso[task]"),
        ("x[::2], std::vector, ## heading", "x[::2], std::vector, ## heading"),
    ],
)
def test_a_text_is_no_command_to_a_runner(text: str, shown: str) -> None:
    """Course CI prints reports, and the runner reads along."""
    assert clean(text) == shown
    assert "::error ::" not in one_line("::error\n::")


def test_names_keep_even_their_colours() -> None:
    """Two names that differ never read the same."""
    assert visible("An\x1b[0m") == r"An\x1b[0m"


def test_a_line_is_one_line_and_short() -> None:
    """However it was written."""
    assert one_line("a\n b\t c") == "a b c"
    assert one_line("x" * 300, 10) == "xxxxxxxxx…"


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("plain", [("plain", False)]),
        ("call `f(1)` now", [("call ", False), ("f(1)", True), (" now", False)]),
        ("``a`b``", [("a`b", True)]),
        ("one ` alone", [("one ` alone", False)]),
    ],
)
def test_backticks_mark_code(text: str, split: list[tuple[str, bool]]) -> None:
    """A lone backtick is a backtick."""
    assert [piece for piece in pieces(text) if piece[0]] == split
