"""The check ``sets``."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.checks.sealing import seal
from grader.checks.word_sets import canonical
from grader.evidence import Opaque
from grader.verdict import Finding, Verdict

Ask = Callable[..., Finding]

EXPECTED = {
    "Conv2D": {"parameters": ["weights", "biases"], "hyperparameters": ["filters", "kernel size", "strides"]},
    "MaxPooling2D": {"parameters": [], "hyperparameters": ["pool size", "strides"]},
    "Dropout": {"parameters": [], "hyperparameters": ["rate"]},
}
SYNONYMS = {"kernels": "weights", "bias vector": "biases"}
WORDS = ["weights", "biases", "filters", "kernel size", "strides", "pool size", "rate"]


def test_missing_and_superfluous_words_are_listed_by_place(ask: Ask) -> None:
    """Each place is named with what it lacks and what it has too much."""
    found = {**EXPECTED, "MaxPooling2D": {"parameters": ["weights"], "hyperparameters": ["strides"]}}

    finding = ask("sets", [found], [EXPECTED], synonyms=SYNONYMS)

    assert Verdict.FAILED is finding.verdict
    assert "MaxPooling2D, parameters: superfluous weights" in finding.message
    assert "MaxPooling2D, hyperparameters: missing pool size" in finding.message
    assert finding.credit == (7 - 1) / 8


@pytest.mark.parametrize(
    "found",
    [
        {kind: dict.fromkeys(places, WORDS) for kind, places in EXPECTED.items()},
        {},
        None,
        [],
        "weights",
        7,
        WORDS,
        Opaque(type="Foo", text="weights"),
        {kind: dict.fromkeys(places, ", ".join(WORDS)) for kind, places in EXPECTED.items()},
    ],
)
def test_cheap_tricks_earn_nothing(ask: Ask, found: Any) -> None:
    """Every word everywhere, no word anywhere, or no lists at all."""
    finding = ask("sets", [found], [EXPECTED])

    assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)


def test_one_word_in_many_spellings_counts_once(ask: Ask) -> None:
    """Repetition neither earns nor costs."""
    found = {**EXPECTED, "Conv2D": {"parameters": ["weight", "Weights", "kernels"], "hyperparameters": []}}

    assert ask("sets", [found], [EXPECTED], synonyms=SYNONYMS).credit == (8 - 4) / 8


def test_a_key_that_is_not_there_counts_its_words(ask: Ask) -> None:
    """And a key that should not be there costs its words."""
    found = {kind: places for kind, places in EXPECTED.items() if kind != "Conv2D"}

    assert ask("sets", [found], [EXPECTED]).credit == 3 / 8
    assert ask("sets", [{**found, "Dense": {"parameters": ["units"]}}], [EXPECTED]).credit == 2 / 8


def test_spelling_does_not_matter(ask: Ask) -> None:
    """Case, spaces, underscores, hyphens, a plural, synonyms, sets for lists."""
    found = {
        "conv2d": {
            "Parameters": {"Kernel", "bias-vector"},
            "hyperparameters": ("filter", "KERNEL_SIZES", "Stride"),
        },
        "max_pooling2d": {"parameters": (), "hyperparameters": ["pool-size", "stride "]},
        "Dropout": {"hyperparameters": ["rates"]},
    }

    assert Verdict.PASSED is ask("sets", [found], [EXPECTED], synonyms=SYNONYMS).verdict


@pytest.mark.parametrize(
    ("one", "other"),
    [("bias", "biases"), ("class", "classes"), ("case", "cases"), ("box", "boxes"), ("patch", "patches"),
     ("cache", "caches"), ("rate", "rates"), ("loss", "losses")],
)  # fmt: skip
def test_a_plural_is_the_same_word(ask: Ask, one: str, other: str) -> None:
    """Either way round."""
    assert Verdict.PASSED is ask("sets", [[one]], [[other]]).verdict
    assert Verdict.PASSED is ask("sets", [[other]], [[one]]).verdict


@pytest.mark.parametrize(
    ("one", "other"), [("size", "siz"), ("rate", "rat"), ("tree", "tr"), ("mass", "ma"), ("pass", "pas")]
)
def test_other_endings_make_other_words(ask: Ask, one: str, other: str) -> None:
    """Only a plural is set aside, and only one."""
    assert Verdict.FAILED is ask("sets", [[one]], [[other]]).verdict


def test_nothing_expected_means_nothing_given(ask: Ask) -> None:
    """A question whose answer is an empty list can still be wrong."""
    assert Verdict.PASSED is ask("sets", [[]], [[]]).verdict
    assert ask("sets", [["weights"]], [[]]).credit == 0.0


def test_a_reference_without_words_is_our_fault(ask: Ask) -> None:
    """There would be nothing to divide by."""
    assert Verdict.UNGRADED is ask("sets", [{}], [None]).verdict


def test_words_can_be_sealed(ask: Ask) -> None:
    """The canonical words are sealed, so spelling still does not matter; there is no partial credit."""
    sealed = seal(canonical(EXPECTED, SYNONYMS))
    found = {**EXPECTED, "Dropout": {"parameters": [], "hyperparameters": ["Rate"]}}

    assert Verdict.PASSED is ask("sets", [found], sealed=sealed, synonyms=SYNONYMS).verdict
    assert Verdict.FAILED is ask("sets", [{}], sealed=sealed, synonyms=SYNONYMS).verdict


def test_a_mistake_is_recognised_in_other_words(ask: Ask) -> None:
    """Synonyms hold when an answer is held against a mistake's, too."""
    mistake = {**EXPECTED, "Dropout": {"parameters": ["rate"], "hyperparameters": []}}
    found = {**EXPECTED, "Dropout": {"parameters": ["Rates"], "hyperparameters": []}}

    assert ask("sets", [found], [EXPECTED], {"dropout": [mistake]}).hint == "dropout"


def test_a_flood_of_words_earns_nothing_and_is_not_read_to_its_end(ask: Ask) -> None:
    """Comparing happens in the grader, outside of the submission's time."""
    flood = [f"word {number}" for number in range(300_000)]
    found = {**EXPECTED, "Conv2D": {"parameters": flood, "hyperparameters": ["x" * 10**6]}}

    finding = ask("sets", [found], [EXPECTED])

    assert (finding.verdict, finding.credit) == (Verdict.FAILED, 0.0)
    assert len(finding.message) < 5000
    assert len(str(finding.exhibit)) < 50_000
