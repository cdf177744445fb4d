"""When an earlier grade may be taken over, and when not."""

from pathlib import Path

import pytest

from grader.batch.fingerprints import fingerprints
from grader.exercise import Limits
from grader.readers.exercises import read_exercises

ROOT = Path(__file__).parents[1]
EXERCISES = read_exercises(ROOT / "exercises", ROOT / "solutions", ["conv-parameters"])


def fingerprint(
    limits: Limits | None = None,
    isolation: str = "bubblewrap",
    sections: str = "",
    data: Path = ROOT / "datasets",
) -> str:
    """Return the one exercise's fingerprint."""
    return fingerprints(EXERCISES, data, limits or Limits(), isolation, sections)["conv-parameters"]


def test_the_same_circumstances_have_the_same_fingerprint() -> None:
    """Otherwise nothing would ever be taken over."""
    assert fingerprint() == fingerprint()


@pytest.mark.parametrize("limit", list(Limits.model_fields))
def test_every_limit_counts(limit: str) -> None:
    """Who raises a limit wants what ran into it graded again."""
    assert fingerprint(Limits.model_validate({limit: 999})) != fingerprint()


def test_isolation_sections_and_data_count(tmp_path: Path) -> None:
    """So does what else the folder asks for, since that decides which cell answers which exercise."""
    others = {fingerprint(isolation="process"), fingerprint(sections="other"), fingerprint(data=tmp_path)}

    assert len(others | {fingerprint()}) == 4
