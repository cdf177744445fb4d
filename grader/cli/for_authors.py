"""Commands for authors of exercises."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from grader.cli.app import app
from grader.cli.options import (
    DatasetsFolder,
    ExerciseIds,
    ExercisesFolder,
    IsolationOption,
    ProofFile,
    ProofFolder,
    Seeds,
    SolutionsFolder,
)

PANEL = "For authors"


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  grader prove   |   grader prove feature-scaling --seeds 100 --html proof",
)
def prove(
    ids: ExerciseIds = None,
    seeds: Seeds = 50,
    exercises: ExercisesFolder = Path("exercises"),
    solutions: SolutionsFolder = Path("solutions"),
    datasets: DatasetsFolder = None,
    html: ProofFolder = None,
    json: ProofFile = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Prove exercises fit for a class. Exit status: 0 all proved, 1 one is not, 2 usage or exercise errors.

    The reference must pass, every known mistake must lose points and be met with its hint, and a training
    check must tell them apart over many seeds.
    """
    from grader.cli.prove import ProveOptions, run_prove

    options = ProveOptions(
        only=tuple(ids or ()),
        seeds=seeds,
        exercises=exercises,
        solutions=solutions,
        datasets=datasets,
        html=html,
        json=json,
        isolation=isolation,
    )
    raise typer.Exit(run_prove(options))


@app.command(rich_help_panel=PANEL, epilog="Example:  grader schema exercise > exercise.json")
def schema(
    kind: Annotated[
        Literal["exercise", "solution", "assignment"], typer.Argument(help="Which kind of file.")
    ] = "exercise",
) -> None:
    """Print the JSON Schema of exercise, solution or assignment files, for editors."""
    from grader.cli.listing import run_schema

    raise typer.Exit(run_schema(kind))


@app.command(rich_help_panel=PANEL, epilog="Example:  grader seal 46336")
def seal(value: Annotated[str, typer.Argument(help="The expected value, as YAML.")]) -> None:
    """Seal an expected value for a public file, so that students can check it but not read it."""
    from grader.cli.listing import run_seal

    raise typer.Exit(run_seal(value))
