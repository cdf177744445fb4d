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
    """Print *text* as the command's complaint; a terminal gets it wrapped, a program as it is."""
    if sys.stderr.isatty():
        _wrap(("grader: ", "bold red"), (text, ""))
        return
    typer.secho("grader: ", err=True, nl=False, fg=typer.colors.RED, bold=True)
    tell(text)


def warn(text: str) -> None:
    """Print *text* as what somebody may want to know before it happens."""
    if sys.stderr.isatty():
        _wrap((text, "yellow"))
        return
    tell(text)


def _wrap(*parts: tuple[str, str]) -> None:
    from rich.console import Console
    from rich.text import Text

    from grader.reports.prose import clean

    told = Text.assemble(*((clean(text), style) for text, style in parts))
    Console(stderr=True).print(told, highlight=False)


def tell(text: str) -> None:
    """Print *text*; file names in it are students' own, and may hold what a terminal obeys."""
    from grader.reports.prose import clean

    typer.echo(clean(text), err=True)
