"""File names for students of any name."""

import re

from hypothesis import given
from hypothesis import strategies as st

from grader.reports.html.slugs import slug

NAMES = st.text(st.characters() | st.sampled_from("./\\\x00\udc80"), max_size=300)


@given(NAMES)
def test_any_name_is_safe_in_a_path(name: str) -> None:
    """No separators, no dots, no capitals, not too long."""
    assert re.fullmatch(r"([a-z0-9]+-)*[a-f0-9]{16}", slug(name))
    assert len(slug(name)) <= 60


@given(st.lists(NAMES, unique=True, max_size=20))
def test_other_names_have_other_slugs(names: list[str]) -> None:
    """Even where capitals or accents are all that differs."""
    assert len(set(map(slug, names))) == len(names)


def test_names_alike_are_told_apart() -> None:
    """They look the same once accents and capitals are gone."""
    names = ["An", "an", "Ân", "A n", "an/", "", ".", ".."]

    assert len(set(map(slug, names))) == len(names)


def test_a_slug_can_be_read() -> None:
    """Somebody who looks for a page finds it."""
    assert slug("Đặng Thị Ánh").startswith("dang-thi-anh-")
