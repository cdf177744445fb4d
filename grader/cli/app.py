"""The ``grader`` command itself; its subcommands stand in ``for_authors``, ``for_courses`` and so on."""

from typing import Annotated

import typer

from grader import __version__

app = typer.Typer(
    name="grader",
    help="Grades notebooks on convolutional networks and feature scaling, and lets students check their own.",
    epilog="Examples:  grader check homework.ipynb   |   grader grade submissions/ --assignment convolution",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)


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
