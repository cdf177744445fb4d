"""Plots as SVG, to stand inside a page.

matplotlib takes half a second to import, so it is imported when the first plot is drawn and not when
a command starts. It draws the frames; a class of 900 has 900 sets of curves but few frames, so curves
are put into a frame as plain polylines, in no time.
"""

import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from grader.reports.exhibits import Curve, CurvesExhibit
from grader.reports.points import points_text
from grader.reports.prose import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Stand-ins for colours that only the page knows: it may be shown dark.
INK, BAR, LIMIT = "#010203", "#040506", "#070809"
PAGE_COLOURS = {INK: "currentColor", BAR: "var(--bar)", LIMIT: "var(--limit)"}
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "grader",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": INK,
    "grid.alpha": 0.15,
}
# What each limit is called, and on which side of its line that stands, so that two never overlap.
LIMITS = {"accuracy_at_least": ("≥", "bottom"), "raw_accuracy_at_most": ("raw ≤", "top")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """An empty plot of accuracy by epoch, and how to find a point in it."""

    head: str
    foot: str
    left: float
    bottom: float
    across: float
    up: float

    def point(self, epoch: int, accuracy: float) -> str:
        """Return where *accuracy* at *epoch*, counted from 0, stands in the SVG."""
        inside = min(max(accuracy, 0.0), 1.0)
        return f"{self.left + self.across * epoch:.1f},{self.bottom - self.up * inside:.1f}"


def curves_svg(exhibit: CurvesExhibit) -> Markup | None:
    """Return the training curves, raw dashed and scaled solid, or ``None`` when there is nothing to draw."""
    curves = [(arm, curve) for arm, arms in exhibit.arms.items() for curve in arms]
    epochs = max((len(curve.accuracies) for _, curve in curves), default=0)
    if epochs == 0:
        return None
    limits = tuple((name, value) for name in LIMITS if _drawable(value := exhibit.thresholds.get(name)))
    frame = _frame(epochs, limits)
    lines = "".join(_polyline(frame, arm, curve) for arm, curve in curves)
    return Markup(frame.head + lines + frame.foot)  # noqa: S704 - matplotlib's own, and numbers


def histogram_svg(totals: Sequence[float], max_points: float) -> Markup | None:
    """Return how many students have which total, or ``None`` when there is nothing to draw."""
    top = max([max_points, *totals], default=0.0)
    if not totals or top <= 0:
        return None
    counts = [0] * 10
    for total in totals:
        counts[min(int(10 * max(total, 0.0) / top), 9)] += 1
    return Markup(_histogram(tuple(counts), top))  # noqa: S704 - matplotlib's own


def _drawable(value: float | None) -> bool:
    return value is not None and 0 <= value <= 1


def _polyline(frame: Frame, arm: str, curve: Curve) -> str:
    kind = "scaled" if arm == "scaled" else "raw"
    label = f"<title>{escape(one_line(arm))}, seed {curve.seed}</title>"
    parts = (
        f'<polyline class="{kind}" points="{points}">{label}</polyline>' for points in _runs(frame, curve)
    )
    return "".join(parts)


def _runs(frame: Frame, curve: Curve) -> Iterator[str]:
    """Yield the curve's points; where an accuracy is not a number, the line is broken."""
    run: list[str] = []
    for epoch, accuracy in enumerate((*curve.accuracies, None)):
        if accuracy is not None and math.isfinite(accuracy):
            run.append(frame.point(epoch, accuracy))
        elif run:
            yield " ".join(run if len(run) > 1 else run * 2)
            run = []


@lru_cache(maxsize=64)
def _frame(epochs: int, limits: tuple[tuple[str, float], ...]) -> Frame:
    from matplotlib import rc_context  # noqa: PLC0415 - see the top of this file

    with rc_context(SETTINGS):
        figure, axes = _axes(4.8, 2.4)
        axes.set(xlim=(1, max(epochs, 2)), ylim=(0, 1), xlabel="epoch", ylabel="test accuracy")
        axes.locator_params(axis="x", integer=True, nbins=8)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axes.grid(axis="y", clip_on=False)
        for name, value in limits:
            _limit(axes, name, value)
        svg = _svg(figure, "Test accuracy by epoch")
        box = axes.get_position()
    width, height = figure.get_size_inches() * 72
    head, end, foot = svg.rpartition("</svg>")
    return Frame(
        head=head,
        foot=end + foot,
        left=width * box.x0,
        bottom=height * (1 - box.y0),
        across=width * box.width / (max(epochs, 2) - 1),
        up=height * box.height,
    )


def _limit(axes: "Axes", name: str, value: float) -> None:
    sign, side = LIMITS[name]
    axes.axhline(value, color=LIMIT, linewidth=1, linestyle=":", clip_on=False)
    label = f"{sign} {points_text(100 * value)} %"
    axes.text(1.01, value, label, color=LIMIT, transform=axes.get_yaxis_transform(), va=side, fontsize=8)


@lru_cache(maxsize=8)
def _histogram(counts: tuple[int, ...], top: float) -> str:
    from matplotlib import rc_context  # noqa: PLC0415 - see the top of this file

    step = top / len(counts)
    with rc_context(SETTINGS):
        figure, axes = _axes(4.8, 2.2)
        axes.bar(
            [step * (n + 0.5) for n in range(len(counts))], counts, width=step * 0.9, color=BAR, clip_on=False
        )
        axes.set(xlim=(0, top), xlabel="total points", ylabel="students")
        axes.set_xticks([top * n / 5 for n in range(6)], [points_text(top * n / 5) for n in range(6)])
        axes.locator_params(axis="y", integer=True, nbins=5, min_n_ticks=1)
        axes.grid(axis="y", clip_on=False)
        return _svg(figure, "Students by total points")


def _axes(width: float, height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure  # noqa: PLC0415 - see the top of this file

    figure = Figure(figsize=(width, height))
    figure.patch.set_visible(False)
    axes = figure.add_axes((0.13, 0.21, 0.70, 0.74))
    axes.patch.set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    return figure, axes


def _svg(figure: "Figure", label: str) -> str:
    """Return the figure without what differs between runs, or clashes when two stand in one page."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(
        r"<metadata>.*?</metadata>|<style.*?</style>|<defs>\s*</defs>|<!--.*?-->", "", svg, flags=re.DOTALL
    )
    svg = re.sub(r' id="[^"]*"| (?:width|height)="[\d.]+pt"|font-family: [^;"]*;?', "", svg)
    svg = re.sub(r"\s*\n\s*", " ", svg)
    for stand_in, colour in PAGE_COLOURS.items():
        svg = svg.replace(stand_in, colour)
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
