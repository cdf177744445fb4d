"""What known answers show of an exercise before any seed is trained: judged findings, nothing run."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.authoring.measures import REFERENCE, Trained
from grader.authoring.places import Places
from grader.authoring.proof import proof_of
from grader.authoring.rehearsal import (
    Answer,
    Rehearsed,
    mistake_flaws,
    reference_flaws,
    starter_flaws,
    unlike,
)
from grader.authoring.seeding import Seeded, caught_by, lots_of, plans_of
from grader.evidence import Facts
from grader.exercise import Exercise, Mistake
from grader.readers.marked_yaml import Marked
from grader.verdict import Finding, Verdict, failed, passed
from tests.authoring.samples import CLEAR, POOR, training

PLACES = Places(
    public=Marked(file="exercises/net.yaml", lines={("starter",): 6}),
    private=Marked(file="solutions/net.yaml", lines={("mistakes", 0): 20, ("mistakes", 1): 30}),
)
FORGETS = Mistake(name="forgets the bias", hint="Count the bias.", source="...")
CURVES = {"kind": "curves", "arms": {}, "thresholds": {}}
MISSED = failed("too low", hint="Count the bias.", exhibit=CURVES)


def finding(verdict: Verdict, hint: str = "") -> Finding:
    """Make a finding."""
    return Finding(verdict=verdict, hint=hint)


def judged(*findings: Finding, raised: str = "") -> Answer:
    """Make an answer whose checks found this."""
    return Answer(
        name="", facts=Facts(), findings={f"check-{n}": one for n, one in enumerate(findings)}, raised=raised
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([passed()], "'forgets the bias' that passes every check; expected lost points"),
        ([failed("no")], "that is met without its hint (wrong: check-0)"),
        ([failed("no", hint="Another hint.")], "that is met without its hint"),
        (
            [failed("no", hint="Count the bias."), finding(Verdict.UNGRADED)],
            "that check-1 leaves for a person",
        ),
    ],
)
def test_a_mistake_that_is_not_seen_for_what_it_is(found: list[Finding], said: str) -> None:
    """It passes, is met with another hint or none, or takes a person's time."""
    (flaw,) = mistake_flaws([FORGETS], [judged(*found)], PLACES)

    assert str(flaw).startswith("solutions/net.yaml:20: mistakes.0: found 'forgets the bias'")
    assert said in str(flaw)


def test_a_mistake_that_loses_points_with_its_hint_is_right() -> None:
    """On one check; it may pass the others."""
    hinted = judged(passed(), failed("no", hint="Count the bias."))

    assert list(mistake_flaws([FORGETS], [hinted], PLACES)) == []


def test_a_mistake_whose_code_raises() -> None:
    """What it raises is told where its hint is missing; a hint that is met all the same is enough."""
    said = "found 'forgets the bias': this mistake raises NameError: no b; expected a wrong answer, not"
    (flaw,) = mistake_flaws([FORGETS], [judged(failed("no"), raised="NameError: no b")], PLACES)
    met = judged(failed("no", hint="Count the bias."), raised="NameError: no b")

    assert str(flaw).startswith(f"solutions/net.yaml:20: mistakes.0: {said}")
    assert list(mistake_flaws([FORGETS], [met], PLACES)) == []


def test_a_starter_that_counts_as_an_answer() -> None:
    """Whether it earns something or is marked wrong."""
    fine = {"one": finding(Verdict.NOT_ATTEMPTED), "two": finding(Verdict.SKIPPED)}
    (flaw,) = starter_flaws({**fine, "three": failed("no")}, PLACES)

    assert list(starter_flaws(fine, PLACES)) == []
    assert str(flaw).startswith("exercises/net.yaml:6: starter: found a starter that counts as an answer")
    assert "three failed" in str(flaw)


@pytest.fixture
def trained(exercise: Callable[..., Exercise]) -> Exercise:
    """An exercise with a check of values and a training check."""
    observe = {"net": {"call": "build_model"}}
    checks = [
        {"equals": {"of": "net", "expect": 1}},
        {"trains": {"of": "net", "data": "wine", "accuracy_at_least": 0.6, "lead": 3, "first_seed": 7}},
    ]
    return exercise(observe, checks)


def test_a_reference_that_a_check_refuses(trained: Exercise) -> None:
    """The check is named with its own words."""
    judged = {"equals[net]": passed(), "trains[net]": failed("found 40.0 %")}
    (flaw,) = reference_flaws(trained, judged, PLACES)

    assert "checks.1.trains: found a reference that trains[net] does not pass: found 40.0 %" in str(flaw)


def answer(name: str, equals: Finding, trains: Finding) -> Answer:
    """Make an answer that was judged so."""
    return Answer(name=name, facts=Facts(), findings={"equals[net]": equals, "trains[net]": trains})


def rehearsed(exercise: Exercise, *mistakes: Answer) -> Rehearsed:
    """Make a rehearsal of a reference that passes, and of *mistakes*."""
    reference = answer("reference", passed(), passed(exhibit=CURVES))
    return Rehearsed(exercise=exercise, reference=reference, mistakes=mistakes, flaws=())


def test_only_what_reaches_the_limits_is_trained_on_seeds(trained: Exercise) -> None:
    """Not a mistake that another check skips, nor one that the check refuses before any limit."""
    reaching, leaking = (
        answer("slow", passed(), MISSED),
        answer("leaks", failed("no"), passed(exhibit=CURVES)),
    )
    skipped = answer("number", failed("no"), finding(Verdict.SKIPPED))
    refused = answer("smuggles", passed(), failed("labels ride along"))
    (plan,) = plans_of(rehearsed(trained, reaching, leaking, skipped, refused), 7)

    assert [one.name for one in plan.answers] == ["reference", "slow", "leaks"]
    assert [list(lot) for lot in plan.lots] == [[7, 8, 9], [10, 11, 12], [13]]
    assert plan.steps == 9


def test_what_catches_a_mistake_besides_the_limits(trained: Exercise) -> None:
    """Another check, or the training check before its limits; never the limits themselves."""
    slow, leaks = answer("slow", passed(), MISSED), answer("leaks", failed("no"), MISSED)
    refused = answer("smuggles", passed(), failed("labels ride along"))
    all_of_them = rehearsed(trained, slow, leaks, refused)

    assert [caught_by(one, all_of_them) for one in all_of_them.mistakes] == [
        (),
        ("equals[net]",),
        ("trains[net]",),
    ]


def test_a_reference_that_was_not_trained_has_no_plan(trained: Exercise) -> None:
    """What stopped it is told elsewhere; there is nothing to compare with."""
    untrained = answer("reference", passed(), finding(Verdict.BROKEN))
    none = Rehearsed(exercise=trained, reference=untrained, mistakes=(), flaws=())

    assert list(plans_of(none, 50)) == []


@pytest.mark.parametrize(("seeds", "size", "lots"), [(5, 2, [2, 2, 1]), (3, 3, [3]), (1, 10, [1])])
def test_lots_are_as_large_as_a_gradings(seeds: int, size: int, lots: list[Any]) -> None:
    """The last one is what is left."""
    assert [len(lot) for lot in lots_of(1, seeds, size)] == lots


def test_names_that_stand_twice_are_told_apart() -> None:
    """Results are kept by name."""
    assert unlike(["a", "b", "a", "reference", "a"]) == ["a", "b", "a (2)", "reference (2)", "a (3)"]


@pytest.mark.parametrize(("mistake", "flaws"), [(POOR, 0), (CLEAR, 1)])
def test_a_proof_weighs_what_the_seeds_gave(trained: Exercise, mistake: list[float], flaws: int) -> None:
    """A mistake below the threshold is proved to fail; one that learns as well is told with its file."""
    skipped = answer("number", failed("no"), finding(Verdict.SKIPPED))
    one = rehearsed(trained, answer("slow", passed(), MISSED), skipped)
    (plan,) = plans_of(one, len(CLEAR))
    seeded = Seeded(
        plan=plan,
        reference=Trained(name=REFERENCE, training=training(raw=CLEAR)),
        mistakes=(Trained(name="slow", training=training(raw=mistake)),),
    )
    proof = proof_of(one, [seeded], PLACES)

    assert proof.mistakes == 2
    assert proof.checks[0].skipped == ("number",)
    assert proof.checks[0].seeds == range(7, 7 + len(CLEAR))
    assert len(proof.all_flaws) == flaws
    assert all(flaw.where == "checks.1.trains.accuracy_at_least" for flaw in proof.all_flaws)
