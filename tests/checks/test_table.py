"""The table of checks."""

import ast
import inspect
from pathlib import Path

import pytest

import grader.checks
from grader.checks import table
from grader.checks.table import CHECKS
from grader.exercise import CheckEntry

ROOM = Path(grader.checks.__file__).parent
MODULES = sorted(ROOM.rglob("*.py"))


def test_every_check_in_yaml_has_a_function() -> None:
    """The table's keys are the fields of CheckEntry, in their order."""
    assert list(CheckEntry.model_fields) == list(CHECKS)


def test_names_are_kept() -> None:
    """A check's function bears the name it has in YAML, so that one search finds both."""
    assert {name: name for name in CHECKS} == {name: check.__name__ for name, check in CHECKS.items()}


def test_the_table_is_literal() -> None:
    """Every check can be read off the source; none is registered behind one's back."""
    tree = ast.parse(inspect.getsource(table))
    (literal,) = [node.value for node in tree.body if isinstance(node, ast.AnnAssign)]

    assert isinstance(literal, ast.Dict)
    assert all(isinstance(key, ast.Constant) for key in literal.keys)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOM)))
def test_a_module_stays_small(module: Path) -> None:
    """No module has 250 lines, no function 40, and none is called utils, common, base or model."""
    source = module.read_text()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]

    assert source.count("\n") < 250
    assert module.stem not in {"utils", "common", "base", "model"}
    assert all((node.end_lineno or 0) - node.lineno < 40 for node in functions)
