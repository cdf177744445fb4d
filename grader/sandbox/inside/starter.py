"""Recognises a function that nobody has written yet: the starter's ``...``."""

import ast
import inspect
import textwrap
import types
from typing import Any


def is_unwritten(target: Any) -> bool:
    """Whether the body of *target* is ``...`` alone, besides a docstring.

    Its text is asked, not its code: that of ``return None``, which may be an answer, is the same. Of a
    wrapper (``functools.wraps``) that is its own text, not that of what it wraps.
    """
    if not isinstance(target, types.FunctionType):
        return False
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(_bare(target)))).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return False
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    said = list(map(_constant, definition.body))
    return Ellipsis in said and all(each is Ellipsis or isinstance(each, str) for each in said)


def _bare(target: types.FunctionType) -> types.FunctionType:
    """Return *target* without ``__wrapped__``, which ``inspect`` follows.

    (It takes bare code, too, but then looks for its module among all that TensorFlow has imported.)
    """
    return types.FunctionType(target.__code__, target.__globals__, closure=target.__closure__)


def _constant(line: ast.stmt) -> Any:
    return line.value.value if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) else None
