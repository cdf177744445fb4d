"""Who may import whom: DESIGN section 4."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSIDE = ROOT / "grader" / "sandbox" / "inside"
INSIDE_MAY_IMPORT = (
    "grader.errors",
    "grader.evidence",
    "grader.probe",
    "grader.sandbox.channel",
    "grader.sandbox.codec",
    "grader.sandbox.defences",
    "grader.sandbox.inside",
    "grader.sandbox.removal",
    "grader.submission",
)


def test_imports_only_point_to_a_lower_rank() -> None:
    """Every import-linter contract in pyproject.toml is kept."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(INSIDE.rglob("*.py")), ids=lambda path: path.stem)
def test_what_shares_a_process_with_a_student_imports_nothing_that_knows_answers(path: Path) -> None:
    """Of our own modules, sandbox/inside imports the nouns, the codec and errors, and no others."""
    ours = {name for name in _imported(path) if name.split(".")[0] == "grader"}
    assert {name for name in ours if not name.startswith(INSIDE_MAY_IMPORT)} == set()


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from grader.sandbox import worker` imports grader.sandbox.worker.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
