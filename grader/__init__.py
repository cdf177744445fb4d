"""Grades deep-learning notebooks against a reference Keras model: true, safe, fast, fair, helpful.

In a notebook: ``import grader``, then ``grader.check("conv-output-shape")``, ``%%check conv-output-shape`` or
``grader.progress()``.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.notebook.view import View

__version__ = "0.1.0"
__all__ = ["__version__", "check", "load_ipython_extension", "progress"]


class Silence:
    """What a check answers while the work is graded: all that a ``View`` has, and nothing to see.

    So that ``if not grader.check("max-pooling").passed: ...`` does not stop the cell that it stands in.
    """

    text = ""
    html = ""
    passed = True

    def __repr__(self) -> str:
        """Return nothing to read."""
        return ""

    def _repr_mimebundle_(self, **_wanted: object) -> dict[str, str]:
        return {}


def check(exercise: str | None = None) -> "View | Silence":
    """Run the visible checks of *exercise* against what this notebook has defined, and show what they found.

    Without *exercise*: of those whose names are there. Nothing in the notebook changes. When the work is
    graded, this does nothing.
    """
    if _is_being_graded():
        return Silence()
    from grader.notebook import front  # noqa: PLC0415 - `import grader` stays light

    return front.check(exercise)


def progress() -> "View | Silence":
    """Show every exercise: passed, wrong or not yet written, with the points of its visible checks."""
    if _is_being_graded():
        return Silence()
    from grader.notebook import front  # noqa: PLC0415 - see above

    return front.progress()


def load_ipython_extension(shell: Any) -> None:
    """Add the cell magic ``%%check``; for ``%load_ext grader``. ``import grader`` does so by itself."""
    shell.register_magic_function(_check_cell, magic_kind="cell", magic_name="check")


def _check_cell(line: str, cell: str) -> None:
    """Run the cell, then check the exercise that the line names."""
    from grader.notebook import magic  # noqa: PLC0415 - see above

    magic.check_cell(line, cell)


def _is_being_graded() -> bool:
    """Whether this is a submission's own process in the sandbox, where nothing of this is needed."""
    return "grader.sandbox.inside.zygote" in sys.modules


if "IPython" in sys.modules and not _is_being_graded():
    from grader.notebook.kernel import running_shell

    if (_shell := running_shell()) is not None:
        load_ipython_extension(_shell)
