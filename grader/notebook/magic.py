"""``%%check conv-output-shape``: the cell runs, then its exercise is checked."""

from typing import Any

from grader.notebook import front
from grader.notebook.kernel import running_shell
from grader.notebook.view import View, message_view


def check_cell(line: str, cell: str) -> None:
    """Run *cell* as it would run without the magic, then show the check of the exercise in *line*."""
    shell, exercise = running_shell(), line.strip().strip("\"'")
    if _awaits(shell, cell):
        _display(message_view(_not_run(exercise)))
        return
    ran = shell.run_cell(cell)
    if ran.success:
        _display(front.check(exercise or None))
    else:
        _display(message_view(_not_checked(ran)))


def _awaits(shell: Any, cell: str) -> bool:
    """Return whether *cell* needs the event loop, which a magic cannot have: the kernel is using it."""
    try:
        python = shell.transform_cell(cell)
    except Exception:  # noqa: BLE001 - no Python: the shell says so when it runs it
        return False
    return bool(shell.should_run_async(cell, transformed_cell=python))


def _not_run(exercise: str) -> str:
    call = f'grader.check("{exercise}")' if exercise else "grader.check()"
    return (
        "Not run: this cell uses `await` at its top level. Put the `await` in a cell of its own, then "
        f"`{call}`."
    )


def _not_checked(ran: Any) -> str:
    error = ran.error_before_exec or ran.error_in_exec
    return (
        f"Not checked: the cell stopped with `{type(error).__name__}`. Mend what the error above says, then "
        "run the cell again."
    )


def _display(view: View) -> None:
    from IPython.display import display  # noqa: PLC0415 - there is IPython where there is a magic

    display(view)  # type: ignore[no-untyped-call]
