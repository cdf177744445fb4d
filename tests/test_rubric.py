"""Points: credit becomes a score, and a score that is not known stays unknown."""

import math

import pytest

from grader.exercise import Check, Equals, Exercise, Question
from grader.grade import MarkedFinding
from grader.rubric import grade, mark
from grader.submission import Submission
from grader.verdict import Finding, Verdict, failed, passed

SUBMISSION = Submission(student="an", path="an.ipynb", sha256="0" * 64)


def exercise(**points: float) -> Exercise:
    """Return an exercise with one check for each name; names that begin with ``hidden`` are hidden."""
    question = Question.model_validate(
        {
            "exercise": "pool",
            "title": "Pooling",
            "source": "43",
            "prompt": "Write f.",
            "starter": "",
            "observe": {"small": {"call": "f"}},
        }
    )
    checks = tuple(
        Check(
            id=name,
            name="equals",
            settings=Equals(of="small", points=worth),
            visible=not name.startswith("hidden"),
        )
        for name, worth in points.items()
    )
    return Exercise(question=question, checks=checks)


def marks(findings: dict[str, Finding], **points: float) -> tuple[MarkedFinding, ...]:
    """Return the marks of *findings*."""
    return mark(exercise(**points), findings)


UNGRADED = Finding(verdict=Verdict.UNGRADED, credit=1.0)


class TestUnknown:
    """Our fault is never a zero, and never full marks."""

    def test_an_ungraded_check_has_no_score(self) -> None:
        """Whatever its credit says."""
        (found,) = marks({"a": UNGRADED}, a=2)

        assert found.score is None
        assert found.max_score == 2

    def test_a_credit_that_is_no_number_is_no_score(self) -> None:
        """Such a credit is a bug of ours; NaN would spread through the class's sums."""
        (found,) = marks({"a": failed("no", credit=math.nan)}, a=2)

        assert found.score is None

    def test_one_unknown_score_leaves_the_sum_unknown(self) -> None:
        """The other findings are kept, and a person is asked."""
        found = grade(SUBMISSION, exercise(), marks({"a": passed(), "b": UNGRADED}, a=1, b=2), 0.1)

        assert found.score is None
        assert (
            found.max_score,
            found.needs_review,
            [each.score for each in found.findings],
        ) == (3.0, True, [1.0, None])

    def test_what_a_submission_said_of_itself_needs_review(self) -> None:
        """It counts until a person says otherwise."""
        found = grade(SUBMISSION, exercise(), marks({"a": passed(self_reported=True)}, a=1), 0.1)

        assert (found.score, found.needs_review) == (1.0, True)


@pytest.mark.parametrize("verdict", [each for each in Verdict if each is not Verdict.UNGRADED])
def test_every_other_verdict_earns_its_credit(verdict: Verdict) -> None:
    """The rubric decides nothing about right and wrong."""
    (found,) = marks({"a": Finding(verdict=verdict, credit=0.25)}, a=2)

    assert found.score == 0.5


@pytest.mark.parametrize(
    ("credit", "points", "score"),
    [
        (0, 3, 0),
        (1, 3, 3),
        (1 / 3, 1, 0.3333),
        (2 / 3, 3, 2),
        (0.5, 0, 0),
        (1.5, 2, 2),
        (-1, 2, 0),
        (math.inf, 2, 2),
    ],
)
def test_credit_is_a_share_of_the_points(credit: float, points: float, score: float) -> None:
    """Within 0 and 1, and rounded to four places."""
    (found,) = marks({"a": failed("", credit=credit)}, a=points)

    assert score == found.score


def test_scores_add_up_without_dust() -> None:
    """Ten tenths are one."""
    names = {f"check{number}": 0.1 for number in range(10)}

    found = grade(SUBMISSION, exercise(), marks({name: passed() for name in names}, **names), 0.1)

    assert (found.score, found.max_score, found.needs_review) == (1.0, 1.0, False)


def test_marks_stand_in_the_exercises_order() -> None:
    """Whatever order the findings came in; hidden checks stay hidden, and what was not judged is left out."""
    found = marks({"hidden": passed(), "a": failed("no")}, a=1, hidden=2, b=3)

    assert [(each.check, each.score, each.max_score, each.visible) for each in found] == [
        ("a", 0.0, 1, True),
        ("hidden", 2.0, 2, False),
    ]


def test_a_grade_carries_whose_it_is() -> None:
    """And what was noted on the way."""
    found = grade(SUBMISSION, exercise(), (), 1.23456, ["cell 3: a note"])

    assert (
        found.student,
        found.submission,
        found.sha256,
        found.exercise,
    ) == ("an", "an.ipynb", "0" * 64, "pool")
    assert (
        found.seconds,
        found.notes,
        found.score,
        found.max_score,
    ) == (1.235, ("cell 3: a note",), 0.0, 0.0)
