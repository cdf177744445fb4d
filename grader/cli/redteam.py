"""``grader redteam``: every known attack, run against this very installation."""

import time
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.cli.exits import ExitCode
from grader.cli.progress import Count
from grader.errors import UsageError
from grader.redteam.siege import Siege, besieged
from grader.redteam.technique import Result, Technique, chosen, held_by_family
from grader.redteam.techniques import TECHNIQUES
from grader.sandbox.offers import choose_isolation


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
    results: list[Result] = []
    try:
        with besieged(choose_isolation(isolation)) as siege:
            results.extend(_tried(techniques, siege))
    finally:
        # Also when the red team itself was broken: what is known by then is told.
        if results:
            Console().print(_table(results))
            Console().print(_verdict(results, time.monotonic() - began), highlight=False)
    return ExitCode.OK if all(result.held for result in results) else ExitCode.INCOMPLETE


def _tried(techniques: Sequence[Technique], siege: Siege) -> Iterator[Result]:
    """Try one after another, with a live bar; without a terminal, a line now and then."""
    with Count("attacking", "tried", len(techniques)) as count:
        for place in siege.missing:
            count.console.print(
                f"could not be planted or watched here, so nothing is said of it: {place}", markup=False
            )
        for technique in techniques:
            count.name(technique.name)
            yield siege.run(technique)
            count.advance()


def _table(results: Sequence[Result]) -> Table:
    """Return a line for each technique, and what was breached beneath it."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("technique", overflow="fold", ratio=1)
    table.add_column("source", overflow="ellipsis", no_wrap=True, max_width=12, style="dim")
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=8)
    family = ""
    for result in sorted(results, key=lambda result: result.technique.family):
        if result.technique.family != family:
            family = result.technique.family
            table.add_row(Text(family, style="bold cyan"))
        told = ("held", "green") if result.held else ("BREACHED", "bold red")
        name = Text(f"  {result.technique.name}")
        for breach in result.breaches:
            name.append(f"\n    {breach}", style="red")
        table.add_row(name, result.technique.source, f"{result.seconds:.1f}", Text(*told))
    return table


def _catalogue(techniques: Sequence[Technique]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("technique", overflow="fold")
    table.add_column("family", style="cyan", overflow="fold")
    table.add_column("source", style="dim", overflow="fold")
    for technique in techniques:
        table.add_row(Text(technique.name), technique.family, technique.source)
    return table


def _verdict(results: Sequence[Result], seconds: float) -> Text:
    """Return how many were held, family by family."""
    text = Text("\n")
    for family, (held, tried) in held_by_family(results).items():
        text.append(f"{family}: {held} of {tried} held\n", style="green" if held == tried else "bold red")
    breached = sum(not result.held for result in results)
    told = f"{breached} of {len(results)} breached" if breached else f"All {len(results)} held"
    return text.append(f"{told}, in {seconds:.0f} s.", style="bold red" if breached else "bold green")
