"""How the command says that something went wrong: on standard error, harmless to a terminal."""

import io
import sys

import typer


def replace_what_cannot_be_shown() -> None:
    """Keep a terminal that lacks a character from ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def complain(text: str) -> None:
    """Print *text* as the command's complaint."""
    typer.secho("grader: ", err=True, nl=False, fg=typer.colors.RED, bold=True)
    tell(text)


def tell(text: str) -> None:
    """Print *text*; file names in it are students' own, and may hold what a terminal obeys."""
    from grader.reports.prose import clean

    typer.echo(clean(text), err=True)
