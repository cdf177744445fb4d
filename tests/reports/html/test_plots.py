"""Plots as SVG."""

import re
import subprocess
import sys
from typing import Any

import pytest

from grader.reports.exhibits import CurvesExhibit, read_exhibit
from grader.reports.html.curves import curves_svg, losses_svg
from grader.reports.html.plots import histogram_svg


def curves(arms: dict[str, Any], **thresholds: float) -> str | None:
    """Draw *arms*."""
    exhibit = read_exhibit({"kind": "curves", "arms": arms, "thresholds": thresholds})
    assert isinstance(exhibit, CurvesExhibit)
    return curves_svg(exhibit)


def test_each_training_is_a_line_in_its_frame() -> None:
    """Raw and scaled can be told apart, and better is higher."""
    svg = curves(
        {"raw": [{"seed": 1, "accuracies": [0.2, 0.4]}], "scaled": [{"seed": 1, "accuracies": [0.5, 1.0]}]}
    )

    assert svg is not None
    lines = dict(re.findall(r'<polyline class="(\w+)" points="([^"]*)"', svg))
    points = {
        arm: [tuple(map(float, pair.split(","))) for pair in line.split()] for arm, line in lines.items()
    }
    assert points["raw"][0][0] == points["scaled"][0][0] < points["scaled"][1][0]
    assert points["scaled"][1][1] < points["scaled"][0][1] < points["raw"][1][1] < points["raw"][0][1]


def test_limits_are_drawn() -> None:
    """The line that had to be crossed, with its number."""
    svg = curves({"raw": [{"accuracies": [0.2, 0.4]}]}, accuracy_at_least=0.9, raw_accuracy_at_most=0.8)

    assert svg is not None
    assert "≥ 90 %" in svg
    assert "raw ≤ 80 %" in svg


def test_what_is_not_a_number_breaks_the_line() -> None:
    """And what lies outside is held at the edge."""
    svg = curves(
        {"raw": [{"accuracies": [0.5, 1e300, None, float("nan"), -9.0]}]}, accuracy_at_least=float("nan")
    )

    assert svg is not None
    assert svg.count("<polyline") == 2
    assert "nan" not in svg.lower()
    assert "e+" not in svg


def losses(arms: dict[str, Any], **thresholds: float) -> str | None:
    """Draw the losses of *arms*."""
    exhibit = read_exhibit({"kind": "curves", "arms": arms, "thresholds": thresholds})
    assert isinstance(exhibit, CurvesExhibit)
    return losses_svg(exhibit)


def heights(svg: str | None, arm: str) -> list[float]:
    """Return how far down each point of *arm*'s line is."""
    assert svg is not None
    (line,) = re.findall(rf'<polyline class="{arm}" points="([^"]*)"', svg)
    return [float(pair.split(",")[1]) for pair in line.split()]


def test_losses_fall_by_powers_of_ten() -> None:
    """A tenth of a loss is as far down wherever it is; the target is drawn, the reference's scaling, too."""
    arms = {
        "raw": [{"losses": [900.0, 90.0]}],
        "scaled": [{"losses": [1.0, 0.1, 0.01]}],
        "reference": [{"losses": [1.0, 0.05]}],
    }
    svg = losses(arms, target_loss=0.3)

    one, tenth, hundredth = heights(svg, "scaled")
    high, low = heights(svg, "raw")
    assert one - tenth == pytest.approx(tenth - hundredth, abs=0.2)
    assert high - low == pytest.approx(one - tenth, abs=0.2)
    assert high < one < heights(svg, "reference")[1]
    assert "≤ 0.3" in str(svg)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 0.0, -1.0, None])
def test_a_loss_without_a_logarithm_breaks_the_line(odd: float | None) -> None:
    """A run that diverged is drawn as far as it went."""
    svg = losses({"raw": [{"losses": [2.0, 1.0, odd, 1e300, 1e-300]}]})

    assert svg is not None
    assert svg.count("<polyline") == 2
    assert "nan" not in svg.lower()


@pytest.mark.parametrize("given", [[], [float("nan")], [None], [0.0]])
def test_no_losses_no_plot(given: list[float | None]) -> None:
    """Accuracies may be there all the same."""
    assert losses({"raw": [{"accuracies": [0.1], "losses": given}]}) is None


@pytest.mark.parametrize("arms", [{}, {"raw": []}, {"raw": [{"seed": 1}]}])
def test_nothing_is_drawn_of_nothing(arms: dict[str, Any]) -> None:
    """A check that never trained has no plot."""
    assert curves(arms) is None


def test_two_plots_do_not_clash_in_one_page() -> None:
    """No ids, no dates, no fixed colours that vanish in the dark."""
    plot = curves({"raw": [{"accuracies": [0.1, 0.2]}]}, accuracy_at_least=0.9)
    svg = f"{plot}{histogram_svg([1, 2, 2, 9], 10)}"

    assert " id=" not in svg
    assert "<metadata" not in svg
    assert "currentColor" in svg
    assert "#" not in svg


def test_a_histogram_needs_totals() -> None:
    """And points to be had."""
    assert histogram_svg([], 10) is None
    assert histogram_svg([0, 0], 0) is None


def test_matplotlib_and_jinja_wait_until_a_page_is_written() -> None:
    """``grader --help`` does not pay for plots."""
    code = "import sys, grader.reports.html; print({'matplotlib', 'jinja2'} & {*sys.modules})"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "set()"
