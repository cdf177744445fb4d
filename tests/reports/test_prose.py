"""Texts that students may have had a hand in."""

import pytest

from grader.reports.prose import clean, one_line, pieces


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x9b2Jx\x1bc", "x"),
        ("a\rb\x00c\x7f", "abc"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\udc80", "\ufffd"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
    ],
)
def test_escapes_and_controls_go(text: str, cleaned: str) -> None:
    """Tabs, newlines and every language stay."""
    assert clean(text) == cleaned


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
