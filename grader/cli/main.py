"""The ``grader`` command: what each subcommand takes, and how errors become one line and an exit code.

Everything but the command line itself is imported when a command runs, so that ``--help`` and shell
completion answer at once.
"""

import sys
import traceback
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from grader import __version__
from grader.cli.complaints import complain, replace_what_cannot_be_shown, tell
from grader.cli.options import (
    AssignmentName,
    CsvFile,
    DatasetsFolder,
    ExerciseIds,
    ExercisesFolder,
    FailBelow,
    GradebookFile,
    HtmlFolder,
    IsolationOption,
    Jobs,
    JunitFile,
    Only,
    ProofFile,
    ProofFolder,
    PublicExercises,
    RecordFile,
    ResultFile,
    Seeds,
    SolutionsFolder,
    StudentRecordFile,
    Submissions,
    SummaryFile,
)
from grader.errors import ExerciseError, GraderError, IsolationError, UsageError

app = typer.Typer(
    name="grader",
    help="Grades notebooks on convolutional networks and feature scaling, and lets students check their own.",
    epilog="Examples:  grader check homework.ipynb   |   grader grade submissions/ --assignment convolution",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

#: What is said after Ctrl-C, by command; the others keep nothing.
STOPPED = {"grade": "stopped; what was graded is kept, and the same command goes on from there"}


class ExitCode(IntEnum):
    """What the command's exit status means."""

    OK = 0
    INCOMPLETE = 1
    USAGE = 2
    FAULT = 3
    UNGRADED = 4
    INTERRUPTED = 130


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"grader {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Grade notebooks on convolutional networks and feature scaling."""


@app.command(epilog="Example:  grader grade class/ --assignment convolution --csv grades.csv --html report")
def grade(
    paths: Submissions,
    assignment: AssignmentName = None,
    only: Only = None,
    exercises: ExercisesFolder = Path("exercises"),
    solutions: SolutionsFolder = Path("solutions"),
    datasets: DatasetsFolder = None,
    jobs: Jobs = None,
    gradebook: GradebookFile = "gradebook.db",
    record: RecordFile = None,
    csv: CsvFile = None,
    html: HtmlFolder = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Grade a class. Exit status: 0 all graded, 1 something is left ungraded, 2 usage or exercise errors."""
    from grader.cli.grade import GradeOptions, run_grade

    options = GradeOptions(
        paths=tuple(paths),
        assignment=assignment,
        only=tuple(only or ()),
        exercises=exercises,
        solutions=solutions,
        datasets=datasets,
        jobs=jobs,
        gradebook=gradebook,
        record=record,
        csv=csv,
        html=html,
        isolation=isolation,
    )
    raise typer.Exit(run_grade(options))


@app.command(epilog="Example:  grader check homework.ipynb --only max-pooling")
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


@app.command(epilog="Example:  grader watch homework.ipynb --only max-pooling")
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


@app.command(epilog="Example:  grader ci homework.ipynb --assignment convolution --fail-below 60%")
def ci(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="The notebook or script handed in.")],
    assignment: AssignmentName = None,
    exercises: ExercisesFolder = Path("exercises"),
    solutions: SolutionsFolder = Path("solutions"),
    datasets: DatasetsFolder = None,
    fail_below: FailBelow = "100%",
    summary: SummaryFile = None,
    junit: JunitFile = None,
    result: ResultFile = None,
    record: StudentRecordFile = None,
) -> None:
    """Grade one submission in continuous integration, hidden checks included; show what its student may see.

    On GitHub Actions it also writes the step summary, and annotations at the notebook's cells.

    Exit status: 0 enough points, 1 fewer, 2 usage or exercise errors, 3 a fault of ours, 4 left ungraded.
    """
    from grader.cli.ci import CiOptions, run_ci

    options = CiOptions(
        notebook=notebook,
        assignment=assignment,
        exercises=exercises,
        solutions=solutions,
        datasets=datasets,
        fail_below=fail_below,
        summary=summary,
        junit=junit,
        result=result,
        record=record,
    )
    raise typer.Exit(run_ci(options))


@app.command(epilog="Examples:  grader prove   |   grader prove feature-scaling --seeds 100 --html proof")
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


@app.command(epilog="Example:  grader demo --folder /tmp/demo")
def demo(
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the class and its report are written.")
    ] = Path("grader-demo"),
    isolation: IsolationOption = "auto",
) -> None:
    """Grade a class of three that comes with this package. Exit status as grader grade's."""
    from grader.cli.demo import run_demo

    raise typer.Exit(run_demo(folder, isolation))


@app.command(epilog="Example:  grader doctor")
def doctor() -> None:
    """Show what this machine can isolate submissions with, and what to do about what is missing.

    Exit status: 0 everything is there, 1 something is missing but submissions can be isolated, 2 they cannot.
    """
    from grader.cli.doctor import run_doctor

    raise typer.Exit(run_doctor())


@app.command("exercises")
def list_exercises(exercises: PublicExercises = None) -> None:
    """List the exercises."""
    from grader.cli.listing import run_exercises

    raise typer.Exit(run_exercises(exercises))


@app.command(epilog="Example:  grader schema exercise > exercise.json")
def schema(
    kind: Annotated[
        Literal["exercise", "solution", "assignment"], typer.Argument(help="Which kind of file.")
    ] = "exercise",
) -> None:
    """Print the JSON Schema of exercise, solution or assignment files, for editors."""
    from grader.cli.listing import run_schema

    raise typer.Exit(run_schema(kind))


@app.command(epilog="Example:  grader seal 46336")
def seal(value: Annotated[str, typer.Argument(help="The expected value, as YAML.")]) -> None:
    """Seal an expected value for a public file, so that students can check it but not read it."""
    from grader.cli.listing import run_seal

    raise typer.Exit(run_seal(value))


@app.command(epilog="Example:  grader redteam   |   grader redteam --family reads --only gradebook")
def redteam(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="WORD", help="Only techniques with this in their name; repeatable."),
    ] = None,
    family: Annotated[
        Literal["reads", "forges", "lingers", "exhausts", "lies"] | None,
        typer.Option("--family", help="Only this family."),
    ] = None,
    isolation: IsolationOption = "auto",
    list_only: Annotated[bool, typer.Option("--list", help="List the techniques and try none.")] = False,
) -> None:
    """Attack this installation with every known technique. Exit status: 0 all held, 1 not, 2 usage errors.

    Until it ends, canaries called .grader-redteam-* lie in your home, the working folder and /dev/shm.
    """
    from grader.cli.redteam import run_redteam

    raise typer.Exit(run_redteam(tuple(only or ()), family, isolation, list_only=list_only))


def main() -> None:
    """Run the command. Every error that has a cause the user can mend is a message, not a traceback."""
    replace_what_cannot_be_shown()
    try:
        app()
    except ExerciseError as error:
        complain(f"{len(error.flaws)} mistake{'s' * (len(error.flaws) > 1)} in exercise files:\n{error}")
        sys.exit(ExitCode.USAGE)
    except (UsageError, IsolationError) as error:
        complain(str(error))
        sys.exit(ExitCode.USAGE)
    except GraderError as error:
        complain(str(error))
        sys.exit(ExitCode.FAULT)
    except SystemExit as end:
        # typer has turned Ctrl-C into this.
        if end.code == ExitCode.INTERRUPTED:
            complain(STOPPED.get(next(iter(sys.argv[1:]), ""), "stopped"))
        raise
    except Exception as error:  # noqa: BLE001 - one line and a status for whatever is left
        complain(f"a mistake in the grader itself: {type(error).__name__}: {error}; what was graded is kept")
        tell(traceback.format_exc())
        sys.exit(ExitCode.FAULT)


if __name__ == "__main__":
    main()
