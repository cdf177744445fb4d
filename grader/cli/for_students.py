"""Commands for students, and for whoever looks at this for the first time."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from grader.cli.app import app
from grader.cli.options import (
    DatasetsFolder,
    IsolationOption,
    Only,
    PublicExercises,
)

PANEL = "For students"


@app.command(rich_help_panel=PANEL, epilog="Example:  grader check homework.ipynb --only max-pooling")
def check(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="Your notebook or script.")],
    only: Only = None,
    exercises: PublicExercises = None,
    datasets: DatasetsFolder = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Check your own work with the visible checks. Exit status: 0 all passed, 1 not, 2 usage errors."""
    from grader.cli.check import run_check

    raise typer.Exit(run_check(notebook, tuple(only or ()), exercises, datasets, isolation))


@app.command(rich_help_panel=PANEL, epilog="Example:  grader watch homework.ipynb --only max-pooling")
def watch(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="Your notebook or script.")],
    only: Only = None,
    exercises: PublicExercises = None,
    datasets: DatasetsFolder = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Check your own work at every save, and show what changed. Ctrl-C stops. Exit status: 0, 2 usage."""
    from grader.cli.watch import run_watch

    raise typer.Exit(run_watch(notebook, tuple(only or ()), exercises, datasets, isolation))


@app.command(
    "exercises", rich_help_panel=PANEL, epilog="Example:  grader exercises max-pooling --language vi"
)
def list_exercises(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[EXERCISE]...", help="Ids of exercises, whose questions are shown."),
    ] = None,
    language: Annotated[
        Literal["en", "vi"], typer.Option("--language", help="Of the questions that have it.")
    ] = "en",
    exercises: PublicExercises = None,
) -> None:
    """List the exercises, or show some questions: prompt, starter, visible checks with their points."""
    from grader.cli.listing import run_exercises

    raise typer.Exit(run_exercises(exercises, tuple(ids or ()), language))


@app.command(rich_help_panel=PANEL, epilog="Example:  grader demo --folder /tmp/demo")
def demo(
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the class and its report are written.")
    ] = Path("grader-demo"),
    isolation: IsolationOption = "auto",
) -> None:
    """Grade a class of three that comes with this package. Exit status as grader grade's."""
    from grader.cli.demo import run_demo

    raise typer.Exit(run_demo(folder, isolation))
