"""Plots as SVG, to stand inside a page: what all of them share, and the class's histogram.

matplotlib takes half a second to import, so it is imported when the first plot is drawn and not when
a command starts.
"""

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from grader.reports.points import points_text

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


def histogram_svg(totals: Sequence[float], max_points: float) -> Markup | None:
    """Return how many students have which total, or ``None`` when there is nothing to draw."""
    top = max([max_points, *totals], default=0.0)
    if not totals or top <= 0:
        return None
    counts = [0] * 10
    for total in totals:
        counts[min(int(10 * max(total, 0.0) / top), 9)] += 1
    return Markup(_histogram(tuple(counts), top))  # noqa: S704 - matplotlib's own


@lru_cache(maxsize=8)
def _histogram(counts: tuple[int, ...], top: float) -> str:
    from matplotlib import rc_context  # noqa: PLC0415 - see the top of this file

    step = top / len(counts)
    with rc_context(SETTINGS):
        figure, axes = axes_of(4.8, 2.2)
        axes.bar(
            [step * (n + 0.5) for n in range(len(counts))], counts, width=step * 0.9, color=BAR, clip_on=False
        )
        axes.set(xlim=(0, top), xlabel="total points", ylabel="students")
        axes.set_xticks([top * n / 5 for n in range(6)], [points_text(top * n / 5) for n in range(6)])
        axes.locator_params(axis="y", integer=True, nbins=5, min_n_ticks=1)
        axes.grid(axis="y", clip_on=False)
        return svg_of(figure, "Students by total points")


def axes_of(width: float, height: float) -> "tuple[Figure, Axes]":
    """Return an empty figure of *width* by *height* inches, without a frame above and at the right."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - see the top of this file

    figure = Figure(figsize=(width, height))
    figure.patch.set_visible(False)
    axes = figure.add_axes((0.13, 0.21, 0.70, 0.74))
    axes.patch.set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    return figure, axes


def svg_of(figure: "Figure", label: str) -> str:
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
