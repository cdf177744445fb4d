"""Where the public files are looked for, in order."""

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.readers.public import VARIABLE, datasets_for, find_public, holds_exercises, is_exercise


def exercises(place: Path, *, data: bool = True) -> Path:
    """Put one exercise, and a folder for data, into *place*."""
    (place / "exercises").mkdir(parents=True)
    (place / "exercises" / "one.yaml").write_text("exercise: one\n")
    if data:
        (place / "datasets").mkdir()
    return place / "exercises"


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_beside_the_notebook(tmp_path: Path) -> None:
    """Before any folder above."""
    exercises(tmp_path)
    nearer = exercises(tmp_path / "week")

    assert find_public(tmp_path / "week", tmp_path / "none").exercises == nearer


def test_above_the_notebook(tmp_path: Path) -> None:
    """However far."""
    found = exercises(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert find_public(tmp_path / "a" / "b", tmp_path / "none").exercises == found


def test_the_variable_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the folder of exercises itself; data lie beside it."""
    exercises(tmp_path / "near")
    monkeypatch.setenv(VARIABLE, str(exercises(tmp_path / "far")))

    found = find_public(tmp_path / "near", tmp_path / "none")

    assert found.exercises == tmp_path / "far" / "exercises"
    assert found.datasets == tmp_path / "far" / "datasets"


def test_a_variable_that_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an error, not passed over."""
    exercises(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))

    with pytest.raises(UsageError, match=r"GRADER_EXERCISES is .*nowhere"):
        find_public(tmp_path, tmp_path / "none")


def test_inside_the_wheel(tmp_path: Path) -> None:
    """Where nothing is beside the notebook; exercises without data take the wheel's."""
    package, work = tmp_path / "site" / "grader", tmp_path / "work"
    work.mkdir()
    inside = exercises(package / "public")
    assert find_public(work, package).exercises == inside

    beside = exercises(work, data=False)
    found = find_public(work, package)
    assert (found.exercises, found.datasets) == (beside, package / "public" / "datasets")


def test_data_of_exercises_that_were_named(tmp_path: Path) -> None:
    """Beside them, else the package's; where there are none at all, where they should be."""
    package = tmp_path / "site" / "grader"
    exercises(package / "public")
    with_data, without = exercises(tmp_path / "a"), exercises(tmp_path / "b", data=False)

    assert datasets_for(with_data, package) == tmp_path / "a" / "datasets"
    assert datasets_for(without, package) == package / "public" / "datasets"
    assert datasets_for(without, tmp_path / "none" / "grader") == tmp_path / "b" / "datasets"


def test_in_a_source_checkout(tmp_path: Path) -> None:
    """The folders at the top."""
    top = exercises(tmp_path / "checkout")
    (tmp_path / "work").mkdir()

    assert find_public(tmp_path / "work", tmp_path / "checkout" / "grader").exercises == top


def test_a_folder_of_other_yaml_is_none_of_ours(tmp_path: Path) -> None:
    """Others keep YAML in a folder of this name, too."""
    (tmp_path / "work" / "exercises").mkdir(parents=True)
    (tmp_path / "work" / "exercises" / "gym.yaml").write_text("squats: 3\n")
    ours = exercises(tmp_path)

    assert find_public(tmp_path / "work", tmp_path / "none").exercises == ours


def test_nowhere(tmp_path: Path) -> None:
    """What to do is said."""
    with pytest.raises(UsageError, match="GRADER_EXERCISES"):
        find_public(tmp_path, tmp_path / "none" / "grader")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exercise: one\n", True),
        ('# a word before\n"exercise": one\n', True),
        ("title: One\n'exercise' : one\n", True),
        ("\ufeffexercise: one\n", True),
        ("  exercise: nested\n", False),
        ("exercises: [one]\n", False),
        ("solution: one\n", False),
        ("", False),
    ],
)
def test_what_an_exercise_is(tmp_path: Path, text: str, expected: bool) -> None:  # noqa: FBT001
    """A file with this key, however YAML lets it be written; the same for every command, and for pytest."""
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")

    assert is_exercise(tmp_path / "one.yaml") is expected
    assert holds_exercises(tmp_path) is expected


def test_what_cannot_be_read_is_no_exercise(tmp_path: Path) -> None:
    """Such as a folder with such a name."""
    (tmp_path / "one.yaml").mkdir()

    assert not holds_exercises(tmp_path)
