"""``grader redteam``: every known attack, run against this very installation."""

import time
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grader.cli.main import ExitCode
from grader.errors import UsageError
from grader.redteam.siege import Siege, besieged
from grader.redteam.technique import Outcome, Technique, chosen, held_by_family
from grader.redteam.techniques import TECHNIQUES
from grader.sandbox.offers import choose_isolation

LINES_WITHOUT_TERMINAL = 10


def run_redteam(only: Sequence[str], family: str | None, isolation: str, *, list_only: bool) -> int:
    """Try the chosen techniques; exit status 0 when all were held, 1 when one was not."""
    techniques = chosen(TECHNIQUES, words=only, family=family)
    if not techniques:
        raise UsageError(f"no technique has {' or '.join(only)} in its name; see them all with --list")
    if list_only:
        Console().print(_catalogue(techniques))
        return ExitCode.OK
    began = time.monotonic()
    # Before the wall is tried: what is missing is told at once.
    with besieged(choose_isolation(isolation)) as siege:
        outcomes = list(_tried(techniques, siege))
    console = Console()
    console.print(_table(outcomes))
    console.print(_verdict(outcomes, time.monotonic() - began), highlight=False)
    return ExitCode.OK if all(outcome.held for outcome in outcomes) else ExitCode.INCOMPLETE


def _tried(techniques: Sequence[Technique], siege: Siege) -> Iterator[Outcome]:
    """Try one after another, with a live bar; without a terminal, a line now and then."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("attacking"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    step = max(1, len(techniques) // LINES_WITHOUT_TERMINAL)
    with bar:
        task = bar.add_task("", total=len(techniques))
        for number, technique in enumerate(techniques, 1):
            bar.update(task, description=technique.name[:24])
            yield siege.run(technique)
            bar.advance(task)
            if not console.is_terminal and (number % step == 0 or number == len(techniques)):
                console.print(f"tried {number} of {len(techniques)}", highlight=False)


def _table(outcomes: Sequence[Outcome]) -> Table:
    """Return a line for each technique, and what was breached beneath it."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("technique", overflow="fold", ratio=1)
    table.add_column("source", overflow="ellipsis", no_wrap=True, max_width=12, style="dim")
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=8)
    family = ""
    for outcome in sorted(outcomes, key=lambda outcome: outcome.technique.family):
        if outcome.technique.family != family:
            family = outcome.technique.family
            table.add_row(Text(family, style="bold cyan"))
        told = ("held", "green") if outcome.held else ("BREACHED", "bold red")
        name = Text(f"  {outcome.technique.name}")
        for breach in outcome.breaches:
            name.append(f"\n    {breach}", style="red")
        table.add_row(name, outcome.technique.source, f"{outcome.seconds:.1f}", Text(*told))
    return table


def _catalogue(techniques: Sequence[Technique]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("technique", overflow="fold")
    table.add_column("family", style="cyan", overflow="fold")
    table.add_column("source", style="dim", overflow="fold")
    for technique in techniques:
        table.add_row(Text(technique.name), technique.family, technique.source)
    return table


def _verdict(outcomes: Sequence[Outcome], seconds: float) -> Text:
    """Return how many were held, family by family."""
    text = Text("\n")
    for family, (held, tried) in held_by_family(outcomes).items():
        text.append(f"{family}: {held} of {tried} held\n", style="green" if held == tried else "bold red")
    breached = sum(not outcome.held for outcome in outcomes)
    told = f"{breached} of {len(outcomes)} breached" if breached else f"All {len(outcomes)} held"
    return text.append(f"{told}, in {seconds:.0f} s.", style="bold red" if breached else "bold green")
