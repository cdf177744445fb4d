"""The records of the YAML format: closed keys, and rules that one record can hold by itself."""

from typing import Any

import pytest
from pydantic import ValidationError

from grader.exercise import (
    Assignment,
    Check,
    CheckEntry,
    Equals,
    Exercise,
    Limits,
    Mistake,
    Observation,
    Parameters,
    Question,
    Recipe,
    Record,
    Solution,
    in_language,
    number_checks,
)


def entry(**check: dict[str, Any]) -> CheckEntry:
    """Return a check as it stands in YAML."""
    return CheckEntry.model_validate(check)


QUESTION = {
    "exercise": "pool",
    "title": "Pooling",
    "source": "43",
    "prompt": "Write f.",
    "starter": "",
    "observe": {"small": {"call": "f"}},
}


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        (Observation, {}, "exactly one of: call, value"),
        (Observation, {"call": "f", "value": "x"}, "exactly one of: call, value"),
        (Observation, {"call": "f", "with": [1], "over": {"x": [1]}}, "at most one of: with, cases, over"),
        (Observation, {"call": "f", "cases": []}, "at least 1 item"),
        (Observation, {"call": "f", "over": {}}, "at least 1 item"),
        (Observation, {"call": "f(1)"}, "match pattern"),
        (Observation, {"call": "f", "seconds": 0}, "greater than 0"),
        (Observation, {"call": "f", "with_": [1]}, "Extra inputs"),
        (CheckEntry, {}, "exactly one check, of: equals, close, raises, sets, layers"),
        (CheckEntry, {"equals": {"of": "a"}, "close": {"of": "a"}}, "exactly one check"),
        (CheckEntry, {"equals": {}}, "Field required"),
        (CheckEntry, {"equals": {"of": "a", "points": -1}}, "greater than or equal to 0"),
        (CheckEntry, {"raises": {"of": "a"}}, "Field required"),
        (CheckEntry, {"close": {"of": "a", "atol": -1}}, "greater than or equal to 0"),
        (CheckEntry, {"trains": {"of": "a", "data": "wine", "lead": 0}}, "greater than or equal to 1"),
        (CheckEntry, {"trains": {"of": "a", "data": "wine", "seeds_at_most": 2}}, "not below lead"),
        (CheckEntry, {"trains": {"of": "a", "data": "wine", "gap_at_least": 0.1}}, "only with a scaling"),
        (
            CheckEntry,
            {"trains": {"of": "a", "data": "wine", "target_loss": 0.1}},
            "together with epochs_at_most",
        ),
        (
            CheckEntry,
            {"trains": {"of": "a", "data": "wine", "epochs_at_most": 9}},
            "target_loss together with",
        ),
        (CheckEntry, {"trains": {"of": "a", "data": "wine", "use_reference": ["of"]}}, "to the student"),
        (
            CheckEntry,
            {"trains": {"of": "a", "data": "wine", "scaling": "b", "use_reference": ["of", "scaling"]}},
            "to the student",
        ),
        (
            CheckEntry,
            {"trains": {"of": "a", "data": "wine", "target_loss": 0.1, "epochs_at_most": 21}},
            "not above the recipe's epochs",
        ),
        (
            CheckEntry,
            {
                "trains": {
                    "of": "a",
                    "data": "wine",
                    "scaling": "b",
                    "target_loss": 0.1,
                    "speedup_at_least": 22,
                }
            },
            "nothing could meet it",
        ),
        (Recipe, {"schedule": {"cosine_decay": None}}, "exactly one schedule"),
        (Recipe, {"momentum": 0.9}, "momentum with sgd or rmsprop, not with adam"),
        (Recipe, {"optimizer": "sgd", "nesterov": True}, "nesterov with sgd and a momentum"),
        (Recipe, {"early_stopping": {}}, "on val_loss with a validation_split"),
        (Recipe, {"schedule": {}}, "exactly one schedule"),
        (
            Recipe,
            {"schedule": {"piecewise_constant_decay": {"boundaries": [5, 3], "values": [1, 0.1, 0.01]}}},
            "boundaries that rise",
        ),
        (
            CheckEntry,
            {"trains": {"of": "a", "data": "wine", "accuracy_at_least": 85}},
            "less than or equal to 1",
        ),
        (
            CheckEntry,
            {"trains": {"of": "a", "data": "wine", "recipe": {"epochs": 0}}},
            "greater than or equal to 1",
        ),
        (CheckEntry, {"equals": {"of": "a", "sealed": "46336"}}, "match pattern"),
        (Mistake, {"name": "a", "hint": "b"}, "exactly one of: source, layers"),
        (Mistake, {"name": "a", "hint": "b", "source": "c", "layers": []}, "exactly one of: source, layers"),
        (Solution, {"solution": "pool"}, "at least one of: source, layers"),
        (Question, {**QUESTION, "observe": {}}, "at least 1 item"),
        (Question, {**QUESTION, "exercise": "Pool"}, "match pattern"),
        (Question, {**QUESTION, "exercise": "pool-"}, "match pattern"),
        (Question, {**QUESTION, "exercise": "../pool"}, "match pattern"),
        (Question, {**QUESTION, "title": {"fr": "a"}}, "'en' or 'vi'"),
        (Assignment, {"assignment": "a", "title": "A", "exercises": []}, "at least 1 item"),
        (Limits, {"memory_mib": 255}, "greater than or equal to 256"),
        (Limits, {"cell_seconds": 0}, "greater than 0"),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_refused(kind: type[Record], written: dict[str, Any], message: str) -> None:
    """With words that an author understands."""
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(written)
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", Record.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_record_is_closed_and_frozen(kind: type[Record]) -> None:
    """A misspelt key is never passed over, and nobody changes an exercise on the way."""
    assert kind.model_config["extra"] == "forbid"
    assert kind.model_config["frozen"]


def test_a_record_cannot_be_changed() -> None:
    """In practice as well."""
    settings = Equals(of="small")

    with pytest.raises(ValidationError, match="frozen"):
        settings.points = 10  # type: ignore[misc]


def test_an_observation_is_named_after_what_it_looks_at() -> None:
    """A function or a value."""
    assert Observation(call="f").name == "f"
    assert Observation(value="ANSWER").name == "ANSWER"


def test_a_check_knows_its_name_and_settings() -> None:
    """The key in YAML and what stands under it."""
    found = entry(parameters={"of": "model", "count": "trainable"})

    assert found.name == "parameters"
    assert Parameters(of="model", count="trainable") == found.settings


def test_a_name_for_every_check_there_is() -> None:
    """The format and the table of checks agree."""
    from grader.checks.table import CHECKS

    assert list(CHECKS) == list(CheckEntry.model_fields)


@pytest.mark.parametrize(
    ("settings", "stands_alone"),
    [
        ({}, False),
        ({"expect": None}, True),
        ({"expect": 0}, True),
        ({"sealed": "scrypt:16384:00:00"}, True),
    ],
)
def test_a_check_stands_alone_when_it_has_an_expectation(
    settings: dict[str, Any], *, stands_alone: bool
) -> None:
    """``None`` is one: it was written."""
    assert stands_alone is Equals(of="small", **settings).self_contained


class TestNumbering:
    """Each check has an id that says what it is."""

    def test_ids_name_the_check_and_its_observation(self) -> None:
        """A second one of the same kind has a number."""
        entries = [
            entry(equals={"of": "a"}),
            entry(equals={"of": "b"}),
            entry(equals={"of": "a"}),
            entry(close={"of": "a"}),
            entry(equals={"of": "a"}),
        ]

        found = [check.id for check in number_checks(entries, visible=True)]

        assert found == ["equals[a]", "equals[b]", "equals[a]#2", "close[a]", "equals[a]#3"]

    def test_a_check_may_say_itself_who_sees_it(self) -> None:
        """Otherwise its file does."""
        entries = [entry(equals={"of": "a"}), entry(close={"of": "a", "visible": True})]

        assert [check.visible for check in number_checks(entries, visible=False)] == [False, True]
        entries = [entry(equals={"of": "a"}), entry(close={"of": "a", "visible": False})]
        assert [check.visible for check in number_checks(entries, visible=True)] == [True, False]


class TestExercise:
    """A question with its solution."""

    @pytest.fixture
    def exercise(self) -> Exercise:
        """Make an exercise with a public and a hidden observation."""
        solution = {"solution": "pool", "source": "x", "observe": {"grid": {"call": "f"}}}
        checks = tuple(
            Check(id=name, name="equals", settings=Equals(of="small", points=points), visible=True)
            for name, points in (("a", 1.5), ("b", 2))
        )
        return Exercise(
            question=Question.model_validate(QUESTION),
            solution=Solution.model_validate(solution),
            checks=checks,
        )

    def test_public_observations_come_first(self, exercise: Exercise) -> None:
        """They are what students may see the output of."""
        assert list(exercise.observations) == ["small", "grid"]
        assert exercise.is_public("small")
        assert not exercise.is_public("grid")

    def test_points_add_up(self, exercise: Exercise) -> None:
        """Over all checks."""
        assert exercise.max_points == 3.5
        assert exercise.id == "pool"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Pooling", "vi", "Pooling"),
        ({"en": "Pooling", "vi": "Gộp"}, "vi", "Gộp"),
        ({"en": "Pooling", "vi": "Gộp"}, "en", "Pooling"),
        ({"vi": "Gộp"}, "en", "Gộp"),
        ({"en": "Pooling"}, "vi", "Pooling"),
    ],
)
def test_a_text_is_given_in_the_language_that_it_has(text: Any, language: str, expected: str) -> None:
    """The one asked for, or the first."""
    assert expected == in_language(text, language)
