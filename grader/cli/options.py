"""What options and arguments several commands share, with their help."""

from pathlib import Path
from typing import Annotated, Literal

import typer

IsolationChoice = Literal["auto", "bubblewrap", "shared", "landlock", "process"]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="ID", help="Only this exercise; may be given again.")
]
Students = Annotated[
    list[str] | None,
    typer.Option("--student", metavar="NAME", help="Only this student of the class; may be given again."),
]
Submissions = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="A class's folder, or notebooks, scripts and students' folders."),
]
ExercisesFolder = Annotated[
    Path, typer.Option("--exercises", metavar="DIR", help="Folder of public exercise files.")
]
PublicExercises = Annotated[
    Path | None,
    typer.Option(
        "--exercises",
        metavar="DIR",
        help="Folder of exercise files; by default exercises/ here or above, else those of the package.",
    ),
]
SolutionsFolder = Annotated[
    Path, typer.Option("--solutions", metavar="DIR", help="Folder of private solution files.")
]
DatasetsFolder = Annotated[
    Path | None,
    typer.Option("--datasets", metavar="DIR", help="Folder of datasets; by default beside the exercises."),
]
AssignmentName = Annotated[
    str | None, typer.Option("--assignment", metavar="NAME", help="Grade this assignment's exercises.")
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, metavar="N", help="Submissions at a time; by default one a core."),
]
GradebookFile = Annotated[
    str,
    typer.Option(
        "--gradebook", metavar="FILE", help="Where grades are kept; a second run goes on from there."
    ),
]
RecordFile = Annotated[
    Path | None, typer.Option("--record", metavar="FILE.json", help="Write the JSON record.")
]
CsvFile = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the table as CSV.")]
HtmlFolder = Annotated[
    Path | None, typer.Option("--html", metavar="DIR", help="Write the report, a page for each student.")
]
IsolationOption = Annotated[
    IsolationChoice,
    typer.Option(
        "--isolation",
        metavar="METHOD",
        help="How submissions are kept apart: auto, bubblewrap, shared, landlock, or process, which is no "
        "boundary.",
    ),
]
ExerciseIds = Annotated[
    list[str] | None, typer.Argument(metavar="[EXERCISE]...", help="Ids of exercises; all by default.")
]
Seeds = Annotated[
    int, typer.Option("--seeds", min=1, max=1000, metavar="N", help="Trainings of each answer, a seed each.")
]
ProofFolder = Annotated[
    Path | None, typer.Option("--html", metavar="DIR", help="Write a page with the distributions as plots.")
]
ProofFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write every seed's measurements as JSON.")
]
FailBelow = Annotated[
    str,
    typer.Option(
        "--fail-below",
        metavar="POINTS|PERCENT",
        help="Exit status 1 with fewer points than this: 7.5, or 60%. Full points by default; 0 never fails.",
    ),
]
SummaryFile = Annotated[
    Path | None,
    typer.Option("--summary", metavar="FILE.md", help="Write the summary as Markdown, wherever this runs."),
]
JunitFile = Annotated[Path | None, typer.Option("--junit", metavar="FILE.xml", help="Write a JUnit report.")]
ResultFile = Annotated[
    Path | None,
    typer.Option("--result", metavar="FILE.json", help="Write Classroom 50's result; not if ungraded."),
]
StudentRecordFile = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE.json", help="Write the JSON record, as its student may see it."),
]
