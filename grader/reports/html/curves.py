"""Learning curves as SVG: test accuracy and training loss by epoch, with and without scaling.

matplotlib draws the frames; a class of 900 has 900 sets of curves but few frames, so curves are put into
a frame as plain polylines, in no time.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from grader.reports.exhibits import Curve, CurvesExhibit
from grader.reports.html.plots import LIMIT, SETTINGS, axes_of, svg_of
from grader.reports.points import points_text
from grader.reports.prose import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What each limit is called, and on which side of its line that stands, so that two never overlap.
ACCURACY_LIMITS = {"accuracy_at_least": ("≥", "bottom"), "raw_accuracy_at_most": ("raw ≤", "top")}
KINDS = {"scaled": "scaled", "reference": "reference"}
#: Losses are drawn over so many powers of ten at most, the highest at the top.
MOST_DECADES = 6
Values = Sequence[float | None]
Drawn = Callable[[Curve], Values]


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """An empty plot by epoch, and how to find a point in it, from ``low`` at its foot to ``high``."""

    head: str
    foot: str
    left: float
    bottom: float
    across: float
    up: float
    low: float = 0.0
    high: float = 1.0

    def point(self, epoch: int, value: float) -> str:
        """Return where *value* at *epoch*, counted from 0, stands in the SVG."""
        inside = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        return f"{self.left + self.across * epoch:.1f},{self.bottom - self.up * inside:.1f}"


def curves_svg(exhibit: CurvesExhibit) -> Markup | None:
    """Return test accuracy by epoch, raw dashed and scaled solid, or ``None`` without any."""
    epochs = _epochs(exhibit, _accuracies)
    if epochs == 0:
        return None
    limits = tuple((name, value) for name in ACCURACY_LIMITS if _share(value := exhibit.thresholds.get(name)))
    return _drawn(_accuracy_frame(epochs, limits), exhibit, _accuracies)


def losses_svg(exhibit: CurvesExhibit) -> Markup | None:
    """Return training loss by epoch on a scale of powers of ten, or ``None`` without any."""
    epochs = _epochs(exhibit, _losses)
    known = [value for _, curve in _all(exhibit) for value in _losses(curve) if value is not None]
    if epochs == 0 or not known:
        return None
    high = math.ceil(max(known) + 1e-9)
    low = max(min(math.floor(min(known)), high - 1), high - MOST_DECADES)
    target = exhibit.thresholds.get("target_loss")
    drawn = target if target is not None and low < _power(target) < high else None
    return _drawn(_loss_frame(epochs, low, high, drawn), exhibit, _losses)


def _power(loss: float) -> float:
    return math.log10(loss) if loss > 0 else -math.inf


def _accuracies(curve: Curve) -> Values:
    return [value if value is not None and math.isfinite(value) else None for value in curve.accuracies]


def _losses(curve: Curve) -> Values:
    known = [value is not None and math.isfinite(value) and value > 0 for value in curve.losses]
    return [
        math.log10(value) if fits and value else None for value, fits in zip(curve.losses, known, strict=True)
    ]


def _all(exhibit: CurvesExhibit) -> list[tuple[str, Curve]]:
    return [(arm, curve) for arm, curves in exhibit.arms.items() for curve in curves]


def _epochs(exhibit: CurvesExhibit, values: Drawn) -> int:
    return max((len(values(curve)) for _, curve in _all(exhibit)), default=0)


def _share(value: float | None) -> bool:
    return value is not None and 0 <= value <= 1


def _drawn(frame: Frame, exhibit: CurvesExhibit, values: Drawn) -> Markup:
    lines = "".join(_polyline(frame, arm, curve, values(curve)) for arm, curve in _all(exhibit))
    return Markup(frame.head + lines + frame.foot)  # noqa: S704 - matplotlib's own, and numbers


def _polyline(frame: Frame, arm: str, curve: Curve, values: Values) -> str:
    label = f"<title>{escape(one_line(arm))}, seed {curve.seed}</title>"
    kind = KINDS.get(arm, "raw")
    return "".join(
        f'<polyline class="{kind}" points="{points}">{label}</polyline>' for points in _runs(frame, values)
    )


def _runs(frame: Frame, values: Values) -> Iterator[str]:
    """Yield the curve's points; where a value is not a number, the line is broken."""
    run: list[str] = []
    for epoch, value in enumerate((*values, None)):
        if value is not None:
            run.append(frame.point(epoch, value))
        elif run:
            yield " ".join(run if len(run) > 1 else run * 2)
            run = []


@lru_cache(maxsize=64)
def _accuracy_frame(epochs: int, limits: tuple[tuple[str, float], ...]) -> Frame:
    def draw(axes: "Axes") -> None:
        axes.set(ylim=(0, 1), ylabel="test accuracy")
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        for name, value in limits:
            sign, side = ACCURACY_LIMITS[name]
            _limit(axes, value, f"{sign} {points_text(100 * value)} %", side)

    return _frame(epochs, 0.0, 1.0, "Test accuracy by epoch", draw)


@lru_cache(maxsize=64)
def _loss_frame(epochs: int, low: int, high: int, target: float | None) -> Frame:
    def draw(axes: "Axes") -> None:
        axes.set(ylim=(low, high), ylabel="training loss")
        powers = range(low, high + 1)
        axes.set_yticks(list(powers), [_power_text(power) for power in powers])
        if target is not None:
            _limit(axes, _power(target), f"≤ {target:g}", "top")

    return _frame(epochs, float(low), float(high), "Training loss by epoch", draw)


def _power_text(power: int) -> str:
    """Return a power of ten in at most four characters: more would push the axis's title out of the plot."""
    return f"{10.0**power:g}" if -2 <= power <= 3 else f"1e{power}"


def _frame(epochs: int, low: float, high: float, label: str, draw: "Callable[[Axes], None]") -> Frame:
    from matplotlib import rc_context  # noqa: PLC0415 - it takes half a second

    with rc_context(SETTINGS):
        figure, axes = axes_of(4.8, 2.4)
        axes.set(xlim=(1, max(epochs, 2)), xlabel="epoch")
        axes.locator_params(axis="x", integer=True, nbins=8)
        draw(axes)
        axes.grid(axis="y", clip_on=False)
        svg = svg_of(figure, label)
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
        low=low,
        high=high,
    )


def _limit(axes: "Axes", value: float, label: str, side: str) -> None:
    axes.axhline(value, color=LIMIT, linewidth=1, linestyle=":", clip_on=False)
    axes.text(1.01, value, label, color=LIMIT, transform=axes.get_yaxis_transform(), va=side, fontsize=8)
