"""The JSON Schemas that editors use are those of the code, and every file names its own."""

import json
from pathlib import Path

import pytest

from grader.cli.listing import KINDS, schema_of

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "grader" / "schemas"
COMMENT = "# yaml-language-server: $schema="
FILES = {
    path: kind
    for kind, folder in (
        ("exercise", "exercises"),
        ("solution", "solutions"),
        ("assignment", "exercises/assignments"),
    )
    for path in sorted((ROOT / folder).glob("*.yaml"))
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_schema_is_that_of_the_code(kind: str) -> None:
    """Make it anew with: grader schema KIND > grader/schemas/KIND.json."""
    shipped = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))

    assert schema_of(kind) == shipped


def test_no_other_schema_is_shipped() -> None:
    """One for each kind of file."""
    assert {f"{kind}.json" for kind in KINDS} == {path.name for path in SCHEMAS.iterdir()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_names_its_schema_on_its_first_line(path: Path) -> None:
    """Editors then complete keys and underline mistakes."""
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith(COMMENT)
    assert SCHEMAS / f"{FILES[path]}.json" == (path.parent / first.removeprefix(COMMENT)).resolve()


def test_there_are_files_of_each_kind() -> None:
    """Otherwise the test above would hold of nothing."""
    assert set(KINDS) == set(FILES.values())
