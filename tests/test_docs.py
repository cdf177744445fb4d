"""The pages in docs/: every YAML block is read as the grader reads it, and nothing is left out."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from grader.cli.exits import ExitCode
from grader.cli.main import app
from grader.exercise import (
    Assignment,
    Budget,
    CheckEntry,
    CheckSettings,
    EarlyStopping,
    Limits,
    Mistake,
    Observation,
    Question,
    Recipe,
    Solution,
)
from grader.readers.exercises import read_assignment, read_exercises
from grader.readers.inputs import MAX_CASES, TAGS, probes_of
from grader.recipe import CosineDecay, ExponentialDecay, PiecewiseConstantDecay, Schedule

ROOT = Path(__file__).parents[1]
DATASETS = ROOT / "datasets"
PAGE = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FRAGMENT = re.compile(r"# in (exercises|solutions)/([a-z-]+)\.yaml\n")
WHOLE = re.compile(r"(exercise|solution|assignment): (\S+)\n")
FOLDERS = {"exercise": "exercises", "solution": "solutions", "assignment": "exercises/assignments"}

QUESTION = {
    "title": "A title",
    "source": "a source",
    "prompt": "a prompt",
    "starter": "...",
    "observe": {"some_observation": {"call": "f"}},
}
PARTS_OF_RECIPES = [EarlyStopping, Schedule, ExponentialDecay, CosineDecay, PiecewiseConstantDecay]
#: What a part of a file needs besides itself.
MISSING = {"exercises": QUESTION, "solutions": {"source": "..."}}


def completed(block: str) -> tuple[str, str, str]:
    """Return a fragment's folder, its name, and the text of a file that holds it."""
    found = FRAGMENT.match(block)
    assert found, f"begin this block with '# in exercises/NAME.yaml', or with a whole file's key:\n{block}"
    folder, name = found.groups()
    given = yaml.safe_load(block)
    key = folder.removesuffix("s")
    kept = {
        name: value for name, value in MISSING[folder].items() if name not in given and "layers" not in given
    }
    return folder, name, yaml.safe_dump({key: name, **kept}) + block


def write(root: Path, name: str, text: str) -> None:
    """Write a file below *root*."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


FRAGMENTS = [block for block in BLOCKS if not WHOLE.match(block)]


@pytest.mark.parametrize("block", FRAGMENTS, ids=lambda block: block.splitlines()[0])
def test_a_part_of_a_file_is_right(block: str, tmp_path: Path) -> None:
    """Its keys, what it refers to, and its inputs."""
    folder, name, text = completed(block)
    write(tmp_path, f"{folder}/{name}.yaml", text)
    if folder == "solutions":
        write(tmp_path, f"exercises/{name}.yaml", yaml.safe_dump({"exercise": name, **QUESTION}))

    (exercise,) = read_exercises(
        tmp_path / "exercises", tmp_path / "solutions" if folder == "solutions" else None
    )

    assert probes_of(exercise, DATASETS, seconds=1)


def test_whole_files_are_right(tmp_path: Path) -> None:
    """An exercise, its solution and its assignment fit together."""
    kinds = set()
    for block in BLOCKS:
        whole = WHOLE.match(block)
        if whole:
            kinds.add(whole[1])
            write(tmp_path, f"{FOLDERS[whole[1]]}/{whole[2]}.yaml", block)

    for exercise in read_exercises(tmp_path / "exercises", tmp_path / "solutions"):
        assert probes_of(exercise, DATASETS, seconds=1)
    for path in (tmp_path / "exercises/assignments").glob("*.yaml"):
        assert path.stem == read_assignment(tmp_path / "exercises", path.stem).assignment
    assert set(FOLDERS) == kinds


def test_there_are_blocks_to_test() -> None:
    """Otherwise the tests above would hold of nothing."""
    assert len(BLOCKS) > 15


def keys(kind: type[BaseModel]) -> list[str]:
    """Return the keys of a record as they are written in YAML."""
    return [field.alias or name for name, field in kind.model_fields.items()]


def kinds_of_checks() -> dict[str, type[CheckSettings]]:
    """Return every check with its settings."""
    return {name: field.annotation.__args__[0] for name, field in CheckEntry.model_fields.items()}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "kind",
    [Question, Solution, Assignment, Limits, Observation, Mistake, Budget, Recipe, *PARTS_OF_RECIPES],
    ids=lambda kind: kind.__name__,
)
def test_every_key_is_in_a_table(kind: type[BaseModel]) -> None:
    """In the first column; a key that nobody can look up might as well not be there."""
    first_cells = "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("|"))

    missing = [
        key for key in keys(kind) if f"`{key}`" not in first_cells and f"`limits.{key}`" not in first_cells
    ]

    assert missing == []


@pytest.mark.parametrize("check", kinds_of_checks())
def test_every_check_has_a_section_with_its_keys_and_an_example(check: str) -> None:
    """Keys that all checks share are told once, before."""
    section = re.split(r"\n##+ ", PAGE.split(f"\n### `{check}`\n")[1])[0]
    shared = PAGE.split("\n## Checks\n")[1].split("\n### ")[0]

    assert f"  - {check}:" in section
    assert [key for key in keys(kinds_of_checks()[check]) if f"`{key}`" not in section + shared] == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_value_that_yaml_cannot_write_is_told(tag: str) -> None:
    """In the table, and in an example."""
    assert re.search(rf"^\| `{{{tag}:", PAGE, re.MULTILINE)
    assert any(f"{{{tag}:" in block for block in BLOCKS)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", "1e-3"),
        ("yes", True),
        ("off", False),
        ("010", 8),
        ("1:30", 90),
        ("None", "None"),
        ("NaN", "NaN"),
    ],
)
def test_the_traps_of_yaml_are_as_the_page_says(written: str, value: Any) -> None:
    """They stand in its table."""
    assert f"`{written}`" in PAGE
    assert value == yaml.safe_load(written)
    assert type(value) is type(yaml.safe_load(written))


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Limits, "memory_mib"),
        (Recipe, "epochs"),
        (Recipe, "optimizer"),
        (Recipe, "batch_size"),
        (kinds_of_checks()["trains"], "parameters_at_most"),
        (kinds_of_checks()["parameters"], "count"),
    ],
)
def test_numbers_on_the_page_are_those_of_the_code(kind: type[BaseModel], key: str) -> None:
    """Defaults are written out by hand, so they are looked at here."""
    default = kind.model_fields[key].default

    assert re.search(rf"`{key}` \| `?{default}`?\b|{key}: {default}\b", PAGE)


def test_the_largest_number_of_cases_is_that_of_the_code() -> None:
    """It is told where ``over`` is."""
    assert f"at most {MAX_CASES} cases" in PAGE


def test_the_limits_in_the_example_are_the_usual_ones() -> None:
    """So that they need not stand in a table as well."""
    (block,) = (block for block in BLOCKS if block.startswith("assignment:"))

    assert Limits().model_dump() == yaml.safe_load(block)["limits"]


def test_the_readme_names_every_command_and_exit_status() -> None:
    """And says what each is for, or links a page that does."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [each.name or each.callback.__name__ for each in app.registered_commands if each.callback]

    assert {"watch", "demo"} <= set(commands)
    assert not [name for name in commands if f"grader {name}" not in readme]
    assert not [status for status in ExitCode if f"\n| {status.value} | " not in readme]
    assert "(docs/students.md)" in readme
    assert "(docs/ci.md)" in readme


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
)
def test_every_link_leads_somewhere(page: str) -> None:
    """Files and folders of this repository."""
    file = ROOT / page
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8"))

    assert not [link for link in links if not (file.parent / link).exists()]
