"""Whether a margin is wide enough, what slips through, and what is proposed."""

from dataclasses import replace

import pytest

from grader.authoring.margins import duty_of, slipping, thin_margins
from grader.authoring.measures import Measure
from grader.authoring.proposals import Change, better_value, changes, works
from tests.authoring.samples import CLEAR, POOR, measure, measured, settings, training


def test_a_clear_margin_is_left_alone() -> None:
    """All seeds of the reference meet it, none of the mistake's."""
    clear = measure(poor=POOR)

    assert slipping([[clear]]) == set()
    assert thin_margins([clear], set()) == []


def test_a_threshold_above_some_seeds_is_lowered_into_the_gap() -> None:
    """Its middle is proposed, in two digits."""
    high = measure(value=0.96, poor=POOR)
    (thin,) = thin_margins([high], slipping([[high]]))

    assert thin.mistakes == ()
    assert thin.changes == (Change(value=0.72),)


def test_a_threshold_below_a_mistake_is_raised() -> None:
    """The mistake is named, and the value would catch it."""
    low = measure(value=0.35, poor=POOR)
    (thin,) = thin_margins([low], slipping([[low]]))

    assert thin.mistakes == ("poor",)
    assert thin.changes[0] == Change(value=0.72)


def test_one_seed_astray_asks_for_a_larger_lead() -> None:
    """A single mistake's seed above the threshold, as in one of fifty."""
    astray = measure(reference=CLEAR[:50], poor=[*POOR[:49], 0.88])
    (thin,) = thin_margins([astray], slipping([[astray]]))

    assert thin.changes == (Change(value=0.92), Change(lead=4))


def test_where_neither_alone_would_do_both_are_changed() -> None:
    """Distributions that touch, under a threshold that lies at their end."""
    touching = measure([0.7, *[0.9] * 49], value=0.95, near=[0.8, *[0.5] * 49])
    (found,) = changes(touching, touching.mistakes)

    assert (found.value, found.lead) in {(0.6, 4), (0.75, 4), (0.85, 4)}
    assert found.value is not None
    rule = replace(touching.threshold, value=found.value)
    assert not works(touching, touching.mistakes, rule)
    assert works(touching, touching.mistakes, replace(rule, lead=4))


def test_overlapping_distributions_have_no_threshold() -> None:
    """Nothing is proposed that would not do."""
    same = measure(CLEAR, same=CLEAR)

    assert slipping([[same]]) == {"same"}
    assert changes(same, same.mistakes) == []


def test_a_mistake_that_nothing_parts_from_the_reference_does_not_stand_in_its_way() -> None:
    """The limit is lowered for the reference all the same, and the mistake is told by itself."""
    high = measure(value=0.96, same=CLEAR, poor=POOR)
    unfair, lax = thin_margins([high], slipping([[high]]))

    assert (unfair.mistakes, unfair.changes) == ((), (Change(value=0.72),))
    assert (lax.mistakes, lax.changes) == (("same",), ())


def test_few_seeds_prove_nothing_and_more_are_asked_for() -> None:
    """The value is right as it is; so many seeds are named that the same margin would be proved."""
    few = measure([0.95] * 5, poor=[0.3] * 5)
    found = changes(few, few.mistakes)

    assert found[0] == Change(seeds=32)
    assert all(change.value is None for change in found)
    assert works(measure([0.95] * 32, poor=[0.3] * 32), few.mistakes[:0], few.threshold)


def test_without_mistakes_the_value_goes_below_the_reference() -> None:
    """As far below the worst seed as that is below the median."""
    high = measure(value=0.96)

    assert changes(high, ()) == [Change(value=0.93)]


@pytest.mark.parametrize(
    ("key", "reference", "mistake"),
    [
        ("raw_accuracy_at_most", [0.4] * 50, [0.8] * 50),
        ("behind_reference_at_most", [0.0] * 50, [0.3] * 50),
        ("accuracy_at_least", [0.9] * 50, [0.2] * 50),
        ("gap_at_least", [0.5] * 50, [0.1] * 50),
    ],
)
def test_every_direction_is_proposed_between_the_two(
    key: str, reference: list[float], mistake: list[float]
) -> None:
    """A highest value lies above the reference and below the mistake; a lowest the other way round."""
    wrong = measure(reference, key, mistake[0], poor=mistake)
    found = better_value(wrong, wrong.mistakes, 3)

    assert found == pytest.approx((reference[0] + mistake[0]) / 2)


def test_epochs_are_whole_and_speed_may_be_many_fold() -> None:
    """Epochs count; a run that never arrives counts as one more than the budget."""
    asked = settings(scaling="s", target_loss=0.5, epochs_at_most=2, speedup_at_least=1.5)
    falling = training(scaled=[0.9] * 50, losses=[0.9, 0.7, 0.6, 0.4])
    raw = training(raw=[0.3] * 50, losses=[0.9] * 20)
    never = training(scaled=[0.9] * 50, raw=[0.9] * 50, losses=[0.9] * 20)
    reference = replace(falling, runs=(*falling.runs, *raw.runs))
    epochs, speed = measured(asked, reference, {"never": never})

    assert (epochs.reference.values[0], epochs.mistakes[0].values[0]) == (4.0, 21.0)
    assert better_value(epochs, epochs.mistakes, 3) == 12.0
    assert (speed.reference.values[0], speed.mistakes[0].values[0]) == (21 / 4, 1.0)
    assert better_value(speed, speed.mistakes, 3) == pytest.approx(3.12, abs=0.01)


def test_a_threshold_outside_of_what_yaml_takes_is_never_proposed() -> None:
    """A gap may be negative, its limit may not."""
    backwards = measure([-0.1] * 50, "gap_at_least", 0.3, poor=[-0.5] * 50)

    assert changes(backwards, backwards.mistakes) == []


class TestSeveralLimits:
    """One limit that stops a mistake is enough, and all limits together may fail the reference."""

    asked = settings(scaling="s", accuracy_at_least=0.85, gap_at_least=0.35)

    def measures(self, **caught: str) -> tuple[Measure, ...]:
        """Return a mistake that is as accurate as the reference but gains nothing by scaling."""
        reference = training(raw=[0.4] * 50, scaled=[0.98] * 50)
        mistake = training(raw=[0.9] * 50, scaled=[0.98] * 50)
        return measured(self.asked, reference, {"inside": mistake}, caught)

    def test_a_mistake_needs_only_one_that_stops_it(self) -> None:
        """The gap does."""
        measures = self.measures()

        assert slipping([measures]) == set()
        assert thin_margins(measures, set()) == []

    def test_it_is_the_duty_of_that_one(self) -> None:
        """So no proposal may give it up."""
        accuracy, gap = self.measures()

        assert duty_of(accuracy, (accuracy, gap)) == ()
        assert [one.name for one in duty_of(gap, (accuracy, gap))] == ["inside"]

    def test_the_limits_share_what_is_allowed(self) -> None:
        """Two limits may err half as often each."""
        assert {one.allowed for one in self.measures()} == {1 / 2000}

    def test_a_mistake_that_another_check_catches_is_nobodys_duty(self) -> None:
        """Though it meets every limit."""
        asked = settings(accuracy_at_least=0.85)
        measures = measured(asked, training(raw=CLEAR), {"leaks": training(raw=CLEAR)}, {"leaks": "close[x]"})

        assert slipping([measures]) == set()
        assert duty_of(measures[0], measures) == ()
        assert thin_margins(measures, slipping([measures])) == []

    def test_another_training_check_may_stop_it(self) -> None:
        """It slips through one, and the other has it."""
        lax, strict = measure(value=0.2, poor=POOR), measure(poor=POOR)

        assert slipping([[lax]]) == {"poor"}
        assert slipping([[lax], [strict]]) == set()
