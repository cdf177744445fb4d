"""Recognises a function that nobody has written yet: the starter's ``...``."""

import ast
import inspect
import textwrap
import types
from typing import Any


def is_unwritten(target: Any) -> bool:
    """Whether the body of *target* is ``...`` alone, besides a docstring.

    Its text is asked, not its code: that of ``return None``, which may be an answer, is the same.
    """
    if not isinstance(target, types.FunctionType):
        return False
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(target))).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return False
    said = list(map(_constant, definition.body)) if isinstance(definition, ast.FunctionDef) else []
    return Ellipsis in said and all(each is Ellipsis or isinstance(each, str) for each in said)


def _constant(line: ast.stmt) -> Any:
    return line.value.value if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) else None
