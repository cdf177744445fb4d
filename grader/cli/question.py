"""``grader exercises max-pooling``: a question as its student reads it, in the terminal."""

import re
from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.exercise import Exercise, in_language
from grader.reports.points import points_text
from grader.reports.prose import clean, one_line

#: Code, within which nothing is changed; and LaTeX, which Markdown would take for its own marks. No backtick
#: stands in it: in ``$5 or `$x$` `` the first dollar is money.
CODE_OR_MATHS = re.compile(r"(```.*?```|``.*?``|`[^`]*`)|(\$\$[^`]+?\$\$|\$[^$\n`]+\$)", re.DOTALL)
MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def show_questions(exercises: Sequence[Exercise], language: str) -> None:
    """Print each exercise's title, prompt, starter and visible checks, in *language* where it has that."""
    console = Console()
    for exercise in exercises:
        _show(console, exercise, language)


def markdown_of(prompt: str) -> str:
    """Return *prompt* as Markdown in which LaTeX stands as it was written."""
    return CODE_OR_MATHS.sub(lambda found: found[1] or MARKS.sub(r"\\\1", found[2]), clean(prompt))


def _show(console: Console, exercise: Exercise, language: str) -> None:
    question = exercise.question
    heading = Text(one_line(in_language(question.title, language)), style="bold")
    heading.append(f"  {exercise.id}  {one_line(question.source)}".rstrip(), style="dim")
    console.print(heading)
    console.print()
    console.print(Markdown(markdown_of(in_language(question.prompt, language))))
    console.print()
    # As it stands in the file, however narrow the terminal is: it is there to be copied.
    console.print(Text(clean(question.starter.rstrip())), soft_wrap=True, style="green")
    console.print()
    console.print(_checks(exercise))
    console.print()


def _checks(exercise: Exercise) -> Padding:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("visible check", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    for check in exercise.checks:
        table.add_row(Text(one_line(check.id)), points_text(check.settings.points))
    table.add_row(Text("together", style="bold"), Text(points_text(exercise.max_points), style="bold"))
    return Padding(table, (0, 0, 0, 2))
