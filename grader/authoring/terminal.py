"""A proof for a terminal of 80 columns."""

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.authoring.advice import often
from grader.authoring.measures import MOST_WRONG, Measure, Sample
from grader.authoring.proof import CheckProof, Proof
from grader.authoring.strips import axis_of
from grader.checks.wording import count
from grader.errors import Flaw
from grader.reports.prose import clean, one_line

#: Of a strip on a wide terminal.
COLUMNS = 100
#: What stands before a strip, as wide as an answer's number and a blank.
INDENT = "   "


def proof_view(proof: Proof) -> RenderableType:
    """Return what was found of one exercise: known answers, distributions, and what is to be mended."""
    parts: list[RenderableType] = [Rule(Text(proof.exercise.id, style="bold"), align="left"), _known(proof)]
    for check in proof.checks:
        parts += ["", *_check(check)]
    flaws = proof.all_flaws
    parts += ["", Text("proved", style="bold green") if not flaws else _refusal(flaws)]
    return Group(*parts)


def _known(proof: Proof) -> Text:
    mistakes = count(proof.mistakes, "known mistake")
    if proof.flaws:
        return Text(f"The reference, {mistakes} and the starter were judged; see below.", style="yellow")
    caught = f"{mistakes} lose{'s' * (proof.mistakes == 1)} points, each with its hint" * bool(proof.mistakes)
    parts = ["The reference passes", *([caught] if caught else []), "the starter earns nothing"]
    return Text("; ".join(parts) + ".")


def _check(proof: CheckProof) -> Iterator[RenderableType]:
    rule = proof.settings
    text = Text(proof.check.id, style="bold cyan")
    text.append(
        f"  {count(len(proof.seeds), 'seed')} from {proof.seeds.start}; graded with lead {rule.lead}, "
        f"at most {count(rule.seeds_at_most, 'seed')}",
        style="not bold default",
    )
    yield text
    if not proof.measures:
        yield Text("It has no limit, so every answer that trains passes it.", style="yellow")
    for measure in proof.shown.measures:
        yield ""
        yield from _measure(measure)
    if any(answer.caught_by for answer in proof.shown.answers):
        yield Text("— another check catches it, so the training need not.", style="dim")
    yield from _named("Trained just as the reference, and caught by another check", proof.alike)
    yield from _named("Caught before any training", proof.skipped)


def _named(what: str, names: Sequence[str]) -> Iterator[Text]:
    if names:
        yield Text(f"\n{what}: {'; '.join(one_line(name, 60) for name in names)}.", style="dim")


def _measure(measure: Measure) -> Iterator[RenderableType]:
    rule = measure.threshold
    title = Text(f"{rule.key}: {rule.value:g}", style="bold")
    yield title.append(f"  {measure.what}", style="not bold dim")
    yield _table(measure)
    yield Padding(_Strips(measure), (1, 0, 0, 0))


def _table(measure: Measure) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", ratio=1)
    for header in ("lowest", "median", "highest", "meet it", "wrong ≤", "seeds"):
        table.add_column(header, justify="right", no_wrap=True)
    for number, sample in enumerate(measure.samples):
        table.add_row(_sign(number), *_row(measure, sample), style="dim" if sample.caught_by else "")
    return table


def _sign(number: int) -> str:
    """Return what stands for an answer beside its distribution."""
    return str(number) if number else "R"


def _row(measure: Measure, sample: Sample) -> Iterator[Text]:
    yield Text(one_line(sample.name, 60))
    for value in (sample.lowest, sample.median, sample.highest):
        yield Text(measure.show(value))
    yield Text(f"{measure.threshold.met(sample.values)}/{len(sample.values)}")
    yield _wrong(measure, sample)
    yield Text(f"{measure.seeds(sample):.1f}")


def _wrong(measure: Measure, sample: Sample) -> Text:
    """Return the bound on failing the reference, or on letting a mistake through that is this check's."""
    if sample.caught_by:
        return Text("—")
    if sample is measure.reference:
        wrong = measure.false_fail
        return Text(often(wrong), style="green" if measure.is_fair else "bold red")
    wrong = measure.false_pass(sample.name)
    return Text(often(wrong), style="green" if wrong <= MOST_WRONG else "yellow")


class _Strips:
    """The distributions beneath one another, as wide as the terminal allows."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        measure, value = self._measure, self._measure.threshold.value
        columns = max(min(options.max_width - len(INDENT), COLUMNS), 10)
        axis = axis_of(
            [sample.values for sample in measure.samples], value, columns, plain=options.ascii_only
        )
        for number, sample in enumerate(measure.samples):
            style = "green" if sample is measure.reference else "dim" if sample.caught_by else "red"
            strip = Text(axis.strip(sample.values, value), style=style)
            yield Text(f"{_sign(number):>{len(INDENT) - 1}} ").append_text(strip)
        scale = axis.scale(value, measure.show(axis.low), f"{value:g}", measure.show(axis.high))
        yield Text(INDENT + scale, style="dim")


def _refusal(flaws: Sequence[Flaw]) -> Text:
    text = Text(f"refused: {count(len(flaws), 'thing')} to mend", style="bold red")
    for flaw in flaws:
        place = f"\n{flaw.file}:{flaw.line}: {flaw.where}"
        text.append(clean(place), style="not bold cyan")
        text.append(clean(f"\n  found {flaw.found};\n  expected {flaw.expected}"), style="not bold default")
    return text
