"""``%%check conv-output-shape``: the cell runs, then its exercise is checked."""

from typing import Any

from grader.notebook import front
from grader.notebook.kernel import running_shell
from grader.notebook.view import View, message_view


def check_cell(line: str, cell: str) -> None:
    """Run *cell* as it would run without the magic, then show the check of the exercise in *line*."""
    shell = running_shell()
    ran = shell.run_cell(cell)
    exercise = line.strip().strip("\"'")
    if ran.success:
        _display(front.check(exercise or None))
    else:
        _display(message_view(_not_checked(ran)))


def _not_checked(ran: Any) -> str:
    error = ran.error_before_exec or ran.error_in_exec
    return (
        f"Not checked: the cell stopped with `{type(error).__name__}`. Mend what the error above says, then "
        "run the cell again."
    )


def _display(view: View) -> None:
    from IPython.display import display  # noqa: PLC0415 - there is IPython where there is a magic

    display(view)  # type: ignore[no-untyped-call]
