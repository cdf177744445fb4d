"""Commands for courses: grade, keep the sandbox tight."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from grader.cli.app import app
from grader.cli.options import (
    AssignmentName,
    CsvFile,
    DatasetsFolder,
    ExercisesFolder,
    FailBelow,
    GradebookFile,
    HtmlFolder,
    IsolationOption,
    Jobs,
    JunitFile,
    Only,
    RecordFile,
    ResultFile,
    SolutionsFolder,
    StudentRecordFile,
    Students,
    Submissions,
    SummaryFile,
)

PANEL = "For courses"


@app.command(
    rich_help_panel=PANEL,
    epilog="Example:  grader grade class/ --assignment convolution --csv grades.csv --html report",
)
def grade(
    paths: Submissions,
    assignment: AssignmentName = None,
    only: Only = None,
    student: Students = None,
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
        students=tuple(student or ()),
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


@app.command(
    rich_help_panel=PANEL,
    epilog="Example:  grader ci homework.ipynb --assignment convolution --fail-below 60%",
)
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


@app.command(
    "pytest",
    rich_help_panel=PANEL,
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": ["--help"],
    },
    epilog="Example:  grader pytest exercises --submission homework.ipynb --solutions solutions -k padding",
)
def run_as_pytest(
    context: typer.Context,
    submission: Annotated[
        list[Path],
        typer.Option("--submission", metavar="PATH", help="A notebook, a script or a folder; repeatable."),
    ],
    solutions: Annotated[
        Path | None,
        typer.Option("--solutions", metavar="DIR", help="Without it, only visible checks are run."),
    ] = None,
    datasets: DatasetsFolder = None,
    assignment: AssignmentName = None,
) -> None:
    """Run checks as pytest's tests, safely where students' files lie: exercises, then pytest's own options.

    Plain 'pytest' takes settings from beside a submission, and runs what they name, before it can be stopped.
    Of settings files, this takes only one that you name with -c. Exit status: pytest's.
    """
    from grader.cli.pytest_run import PytestOptions, run_pytest

    options = PytestOptions(
        submissions=tuple(submission),
        solutions=solutions,
        datasets=datasets,
        assignment=assignment,
        others=tuple(context.args),
    )
    run_pytest(options)


@app.command(rich_help_panel=PANEL, epilog="Example:  grader doctor")
def doctor() -> None:
    """Show what this machine can isolate submissions with, and what to do about what is missing.

    Exit status: 0 everything is there, 1 something is missing but submissions can be isolated, 2 they cannot.
    """
    from grader.cli.doctor import run_doctor

    raise typer.Exit(run_doctor())


@app.command(
    rich_help_panel=PANEL,
    epilog="Example:  grader redteam   |   grader redteam --family reads --only gradebook",
)
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
