"""A proof's distributions and learning curves as SVG, to stand inside its page."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from markupsafe import Markup

from grader.authoring.measures import REFERENCE, Measure, Sample
from grader.checks.limits import RAW, accuracy
from grader.checks.limits import REFERENCE as REFERENCE_ARM
from grader.evidence import Training, TrainingRun
from grader.reports.html.plots import BAR, LIMIT, SETTINGS, axes_of, svg_of
from grader.reports.prose import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Stand-ins for colours that only the page knows, besides those of the reports.
MISTAKE, CAUGHT = "#0a0b0c", "#0d0e0f"
PAGE_COLOURS = {MISTAKE: "var(--mistake)", CAUGHT: "var(--caught)"}
DASHES = {RAW: "--", REFERENCE_ARM: ":"}
BINS = 60
ROW_INCHES = 0.4
NAME_LENGTH = 44
#: Of a bar's row: the rest keeps rows apart, and one seed among hundreds is still seen.
TALLEST, LEAST = 0.82, 0.07


def distributions_svg(measure: Measure) -> Markup:
    """Return a histogram for each answer, one beneath the other, with the threshold between them."""
    from matplotlib import rc_context  # noqa: PLC0415 - it takes half a second

    samples = measure.samples
    low, high = _span(measure)
    with rc_context(SETTINGS):
        figure, axes = axes_of(9.6, 0.75 + ROW_INCHES * len(samples))
        foot = 0.45 / figure.get_figheight()
        axes.set_position((0.33, foot, 0.65, 1 - foot - 0.25 / figure.get_figheight()))
        for row, sample in enumerate(reversed(samples)):
            _bars(axes, sample, row, low, high)
        axes.set(xlim=(low, high), ylim=(0, len(samples)))
        axes.spines["left"].set_visible(False)
        axes.set_yticks([row + 0.25 for row in range(len(samples))], _names(samples))
        axes.set_xticks(ticks := axes.get_xticks(), [measure.show(tick) for tick in ticks])
        axes.set(xlim=(low, high))
        _line(axes, measure)
        svg = svg_of(figure, f"Distributions of {measure.threshold.key}")
    return _coloured(svg)


def curves_svg(training: Training, arms: Sequence[str], *, losses: bool, kind: str) -> Markup:
    """Return the median curve of each arm over all seeds, in a band from the lowest to the highest.

    Test accuracy by epoch, or training loss where *losses*; *kind* is the answer's colour.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - it takes half a second

    with rc_context(SETTINGS):
        figure, axes = axes_of(3.4, 2.1)
        axes.set_position((0.21, 0.21, 0.76, 0.73))
        for arm in arms:
            style = DASHES.get(arm, "-") if len(arms) > 1 else "-"
            _curve(axes, [_values(run, losses=losses) for run in training.of(arm)], style, kind)
        axes.set(xlabel="epoch", ylabel="training loss" if losses else "test accuracy")
        axes.set_xlim(left=1)
        axes.locator_params(axis="x", integer=True, nbins=6)
        if losses:
            axes.set_ylim(bottom=0)
        else:
            axes.set_ylim(0, 1)
            axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        axes.grid(axis="y", clip_on=False)
        svg = svg_of(figure, "Training loss by epoch" if losses else "Test accuracy by epoch")
    return _coloured(svg)


def colour_of(sample: Sample, *, reference: bool) -> str:
    """Return the stand-in for the colour of an answer."""
    return BAR if reference else CAUGHT if sample.caught_by else MISTAKE


def _span(measure: Measure) -> tuple[float, float]:
    values = [measure.threshold.value, *(value for one in measure.samples for value in one.values)]
    room = 0.04 * (max(values) - min(values)) or 0.01
    return min(values) - room, max(values) + room


def _bars(axes: "Axes", sample: Sample, row: int, low: float, high: float) -> None:
    width = (high - low) / BINS
    counts = [0] * BINS
    for value in sample.values:
        counts[min(int((value - low) / width), BINS - 1)] += 1
    places = [low + width * (number + 0.5) for number, count in enumerate(counts) if count]
    heights = [max(TALLEST * count / max(counts), LEAST) for count in counts if count]
    colour = colour_of(sample, reference=sample.name == REFERENCE)
    axes.bar(places, heights, width=width * 0.9, bottom=row, color=colour, clip_on=False)
    axes.axhline(row, color=colour, linewidth=0.8, clip_on=False)


def _names(samples: Sequence[Sample]) -> list[str]:
    # matplotlib reads what stands between two dollar signs as a formula.
    return [one_line(one.name, NAME_LENGTH).replace("$", r"\$") for one in reversed(samples)]


def _line(axes: "Axes", measure: Measure) -> None:
    value, sign = measure.threshold.value, "≥" if measure.threshold.at_least else "≤"
    axes.axvline(value, color=LIMIT, linewidth=1.2, linestyle="--", clip_on=False)
    axes.text(
        value,
        1.02,
        f"{sign} {measure.show(value)}",
        color=LIMIT,
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="bottom",
    )


def _values(run: TrainingRun, *, losses: bool) -> tuple[float, ...]:
    return run.losses if losses else (run.accuracies or (accuracy(run),))


def _curve(axes: "Axes", runs: Sequence[Sequence[float]], style: str, colour: str) -> None:
    columns = list(_by_epoch(runs))
    epochs = range(1, len(columns) + 1)
    lows, highs = [min(column) for column in columns], [max(column) for column in columns]
    axes.fill([*epochs, *reversed(epochs)], [*lows, *reversed(highs)], color=colour, alpha=0.15, linewidth=0)
    axes.plot(epochs, [median(column) for column in columns], style, color=colour, clip_on=False)


def _by_epoch(runs: Sequence[Sequence[float]]) -> Iterator[list[float]]:
    """Yield the numbers of each epoch; a run that stopped earlier, or was lost, has none."""
    for epoch in range(max(map(len, runs), default=0)):
        column = [run[epoch] for run in runs if len(run) > epoch and abs(run[epoch]) < float("inf")]
        if not column:
            return
        yield column


def _coloured(svg: str) -> Markup:
    for stand_in, colour in PAGE_COLOURS.items():
        svg = svg.replace(stand_in, colour)
    return Markup(svg)  # noqa: S704 - matplotlib's own; it escapes what it is given
