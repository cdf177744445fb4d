"""A proof on the terminal, on its page, and as JSON."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from grader.authoring.measures import REFERENCE, Trained, measures_of
from grader.authoring.page import page
from grader.authoring.proof import CheckProof, Proof
from grader.authoring.record import record_of
from grader.authoring.strips import Axis, axis_of
from grader.authoring.terminal import proof_view
from grader.errors import Flaw
from grader.exercise import Exercise, Trains
from tests.authoring.samples import training

OBSERVE = {"net": {"call": "build_model"}, "scale": {"call": "scale_features"}}
CHECK = {
    "trains": {
        "of": "net",
        "data": "wine",
        "scaling": "scale",
        "accuracy_at_least": 0.85,
        "target_loss": 0.6,
        "epochs_at_most": 5,
    }
}
FLAW = Flaw(file="solutions/net.yaml", line=7, where="checks.0", found="[bold]x[/bold] <b>", expected="more")


@pytest.fixture
def proof(exercise: Callable[..., Exercise]) -> Proof:
    """A refused exercise with one mistake that slips and one that another check catches."""
    asked = exercise(OBSERVE, [CHECK])
    check = asked.checks[0]
    assert isinstance(check.settings, Trains)
    reference = training(raw=[0.4] * 10, scaled=[0.9, 0.95] * 5)
    mistakes = [
        Trained(
            name="one <mean> for $all$ columns [red]",
            training=training(raw=[0.4] * 10, scaled=[0.7, 0.86] * 5),
        ),
        Trained(name="leaks", training=training(raw=[0.4] * 10, scaled=[0.95] * 10), caught_by=("close[x]",)),
        Trained(name="counts from 0", training=reference, caught_by=("equals[y]",)),
    ]
    one = CheckProof(
        check=check,
        settings=check.settings,
        seeds=range(1, 11),
        measures=measures_of(check.settings, reference, mistakes),
        answers=(Trained(name=REFERENCE, training=reference), *mistakes),
        skipped=("no network",),
        flaws=(FLAW,),
    )
    return Proof(exercise=asked, mistakes=3, flaws=(), checks=(one,))


def shown(proof: Proof, encoding: str = "utf-8") -> str:
    """Return what a terminal of 80 columns shows."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    console = Console(file=file, width=80, no_color=True)
    console.print(proof_view(proof), highlight=False)
    file.flush()
    assert isinstance(file.buffer, io.BytesIO)
    return file.buffer.getvalue().decode(encoding)


class TestTerminal:
    """Eighty columns, numbers and strips."""

    def test_nothing_is_wider_than_the_terminal(self, proof: Proof) -> None:
        """Also names that a rich console would read as markup."""
        text = shown(proof)

        assert max(map(len, text.splitlines())) <= 80
        assert "[red]" in text
        assert "[bold]x[/bold]" in text

    def test_numbers_and_bounds_stand_in_the_table(self, proof: Proof) -> None:
        """The reference's with its bound, the caught one's without."""
        lines = shown(proof).splitlines()
        reference = next(line for line in lines if line.startswith("R reference"))
        caught = next(line for line in lines if line.startswith("2 leaks"))

        assert re.search(r"90.0 %\s+92.5 %\s+95.0 %\s+10/10\s+\d", reference)
        assert re.search(r"10/10\s+—\s+3.0", caught)

    def test_each_answer_has_its_strip_over_a_common_scale(self, proof: Proof) -> None:
        """With the threshold marked beneath."""
        lines = shown(proof).splitlines()
        strips = [line for line in lines if re.match(r" [R12] .*[▁-█]", line)]

        assert len(strips) == 6
        assert any("▲ 0.85" in line for line in lines)

    def test_what_trains_as_the_reference_is_named_once(self, proof: Proof) -> None:
        """Equal rows would hide the others; a mistake that nothing else catches is always shown."""
        said = "Trained just as the reference, and caught by another check: counts from 0."
        slipping = replace(proof.checks[0].answers[3], caught_by=())
        check = replace(proof.checks[0], answers=(*proof.checks[0].answers[:3], slipping))

        assert said in shown(proof)
        assert said in page([proof])
        assert len(re.findall("counts from 0", shown(proof))) == 1
        assert check.alike == ()

    def test_what_is_refused_has_its_place(self, proof: Proof) -> None:
        """File and line first, then found and expected."""
        text = shown(proof)

        assert "solutions/net.yaml:7: checks.0\n  found" in text
        assert "Caught before any training: no network." in text

    def test_a_terminal_without_blocks_gets_other_bars(self, proof: Proof) -> None:
        """Distributions in ASCII."""
        strips = [line for line in shown(proof, "ascii").splitlines() if re.match(r" [R12] .*[.:=@]", line)]

        assert len(strips) == 6


class TestStrips:
    """Where values stand."""

    def test_the_tallest_bar_is_the_commonest_value(self) -> None:
        """And a single value among many still has a bar."""
        axis = Axis(low=0.0, high=1.0, columns=5)

        assert axis.strip([0.0] * 100 + [1.0], 0.5) == "█ │ ▁"

    def test_plain_bars_are_as_tall(self) -> None:
        """Half the values is half the bar."""
        axis = Axis(low=0.0, high=1.0, columns=11, plain=True)

        assert axis.strip([0.0, 0.0, 1.0], 0.5) == "@    |    ="

    def test_the_axis_holds_values_and_threshold(self) -> None:
        """Also a threshold that lies outside of all values."""
        axis = axis_of([[0.5, 0.6], [0.7]], 0.9, 41, plain=False)

        assert (axis.low, axis.high) == (0.5, 0.9)
        assert axis.column(0.9) == 40

    def test_values_that_are_all_the_same_have_a_place(self) -> None:
        """No width to divide by."""
        assert axis_of([[0.5], [0.5]], 0.5, 5, plain=False).strip([0.5], 0.5) == "█    "

    def test_a_threshold_at_the_right_end_keeps_its_words(self) -> None:
        """They stand before the mark, and what they would overlap is left out."""
        assert (
            Axis(low=0.0, high=1.0, columns=20).scale(1.0, "0.0 %", "1", "100.0 %") == "0.0 %            1 ▲"
        )


class TestPage:
    """The page stands alone."""

    def test_it_holds_plots_of_every_limit_and_answer(self, proof: Proof) -> None:
        """Two limits, and curves of accuracy and loss for three answers, all well-formed."""
        drawn = re.findall(r"<svg.*?</svg>", page([proof]), re.DOTALL)

        assert len(drawn) == 2 + 3 * 2
        for svg in drawn:
            ET.fromstring(svg)  # noqa: S314 - our own

    def test_names_are_escaped(self, proof: Proof) -> None:
        """In the text and in the plots; dollars make no formula."""
        text = page([proof])

        assert "<mean>" not in text
        assert "&lt;b&gt;" in text
        assert "one &lt;mean&gt; for $all$ columns [red]" in re.sub(
            r"<svg.*?</svg>", "", text, flags=re.DOTALL
        )
        assert "for $all$ columns" in "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))

    def test_it_asks_for_nothing_from_elsewhere(self, proof: Proof) -> None:
        """No script, no address."""
        text = page([proof])

        assert "<script" not in text
        assert not re.search(r"(?:src|href)=", re.sub(r"xmlns:xlink=\S+", "", text))


def test_the_record_has_every_seed(proof: Proof) -> None:
    """Measurements, bounds, and what is to be mended, as JSON."""
    record = json.loads(json.dumps(record_of(proof)))
    limit = record["checks"][0]["limits"][0]

    assert record["proved"] is False
    assert record["flaws"][0]["line"] == 7
    assert (limit["key"], limit["value"], limit["lead"]) == ("accuracy_at_least", 0.85, 3)
    assert limit["answers"][0]["values"] == [0.9, 0.95] * 5
    assert limit["answers"][1]["met"] == 5
    assert [one["caught_by"] for one in limit["answers"]] == [[], [], ["close[x]"], ["equals[y]"]]
