"""What students are called in ids, scores and properties."""

import unicodedata

import pytest

from grader.pytest_plugin.names import shown_names, whole_names

NFC, NFD = (unicodedata.normalize(form, "zoé") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NFC, NFD),
        ("ada", "Ada"),
        ("ada", "ada\u034f"),
        ("ada", "ada\ufe0f"),
        ("ada lovelace", "ada  lovelace"),
        ("ada", "\uff41da"),  # full width
    ],
)
def test_names_that_look_the_same_are_told_apart(one: str, other: str) -> None:
    """Both get a mark, whoever hands in first."""
    for names in (shown_names([one, other, "bob"]), whole_names([other, one, "bob"])):
        assert len(set(names.values())) == 3
        assert "~" in names[one]
        assert "~" in names[other]
        assert names["bob"] == "bob"


@pytest.mark.parametrize("tilde", ["~", "\u02dc", "\u223c", "\uff5e"])
def test_nobody_has_a_mark_of_their_own_making(tilde: str) -> None:
    """A name that ends as the marked ones do gets another mark behind it."""
    name = f"ada{tilde}1F0c000000000000"

    assert shown_names([name])[name].count("~") == 1 + (tilde == "~")
    assert shown_names([name])[name] != name
