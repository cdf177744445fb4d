"""What a gradebook keeps, finds and lists."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.grade import Grade
from grader.gradebook import Gradebook, open_gradebook
from grader.verdict import Verdict

Make = Callable[..., Grade]
PRINTS = {"output-shape": "f1", "padding": "f2"}


def test_a_recorded_grade_is_found(gradebook: Gradebook, grade: Make) -> None:
    """The same file on the same exercise need not be graded again."""
    gradebook.record(gradebook.begin({}), [grade()], PRINTS)

    assert gradebook.find("an", "0" * 64, "output-shape", "f1") == grade()


@pytest.mark.parametrize(
    "key",
    [
        ("binh", "0" * 64, "output-shape", "f1"),
        ("an", "1" * 64, "output-shape", "f1"),
        ("an", "0" * 64, "padding", "f1"),
        ("an", "0" * 64, "output-shape", "f2"),
    ],
)
def test_anything_else_is_not_found(
    gradebook: Gradebook, grade: Make, key: tuple[str, str, str, str]
) -> None:
    """Another student, file, exercise or version of the exercise must be graded."""
    gradebook.record(gradebook.begin({}), [grade()], PRINTS)

    assert gradebook.find(*key) is None


def test_an_ungraded_attempt_is_tried_again(gradebook: Gradebook, grade: Make) -> None:
    """An ungraded finding is our fault, so the attempt does not count as done."""
    gradebook.record(gradebook.begin({}), [grade(Verdict.UNGRADED)], PRINTS)

    assert gradebook.find("an", "0" * 64, "output-shape", "f1") is None
    assert gradebook.latest() == [grade(Verdict.UNGRADED)]


def test_a_settled_attempt_is_found_behind_an_ungraded_one(gradebook: Gradebook, grade: Make) -> None:
    """A later failure of ours does not hide an earlier result."""
    run = gradebook.begin({})
    for verdict in (Verdict.FAILED, Verdict.PASSED, Verdict.UNGRADED):
        gradebook.record(run, [grade(verdict)], PRINTS)

    assert gradebook.find("an", "0" * 64, "output-shape", "f1") == grade(Verdict.PASSED)


def test_a_class_is_read_as_its_files_are_found(gradebook: Gradebook, grade: Make) -> None:
    """The newest settled grade of each file, and nothing of other files, versions or failures of ours."""
    run = gradebook.begin({})
    for verdict in (Verdict.FAILED, Verdict.PASSED, Verdict.UNGRADED):
        gradebook.record(run, [grade(verdict)], PRINTS)
    gradebook.record(run, [grade(student="binh"), grade(student="binh", sha256="1" * 64)], PRINTS)
    gradebook.record(run, [grade(Verdict.UNGRADED, student="chi")], PRINTS)
    gradebook.record(run, [grade(Verdict.FAILED)], {"output-shape": "an older version"})

    files = {(student, "0" * 64) for student in ("an", "binh", "chi", "nobody")}

    assert gradebook.settled(files, {"f1", "f2"}) == [grade(), grade(student="binh")]


def test_latest_holds_one_grade_per_student_and_exercise(gradebook: Gradebook, grade: Make) -> None:
    """The newest attempt wins; the others stay in the file."""
    run = gradebook.begin({})
    gradebook.record(run, [grade(student="binh"), grade(exercise="padding")], PRINTS)
    gradebook.record(run, [grade(Verdict.FAILED, exercise="padding", sha256="1" * 64)], PRINTS)

    assert gradebook.latest() == [
        grade(Verdict.FAILED, exercise="padding", sha256="1" * 64),
        grade(student="binh"),
    ]


def test_a_submission_is_recorded_whole_or_not_at_all(gradebook: Gradebook, grade: Make) -> None:
    """One bad row leaves nothing of its submission behind."""
    run = gradebook.begin({})

    with pytest.raises(GraderError, match="did not accept"):
        gradebook.record(run, [grade(), grade(exercise="padding", max_score=None)], PRINTS)

    assert gradebook.latest() == []


def test_a_run_must_have_begun(gradebook: Gradebook, grade: Make) -> None:
    """An attempt belongs to a run, so that it is known how it was graded."""
    with pytest.raises(GraderError, match="did not accept"):
        gradebook.record(7, [grade()], PRINTS)


def test_environments_are_those_of_the_marks_that_hold(gradebook: Gradebook, grade: Make) -> None:
    """Whatever was graded since; each one once, and none of a run whose marks were replaced."""
    assert gradebook.environments() == []

    for keras, student in (("3.13", "a"), ("3.14", "a"), ("3.14", "b"), ("3.15", "c"), ("3.16", "")):
        run = gradebook.begin({"keras": keras, "seeds": [1, 2]})
        gradebook.record(run, [grade(student=student)] if student else [], PRINTS)

    assert [found["keras"] for found in gradebook.environments()] == ["3.14", "3.15"]


def test_everything_is_there_after_opening_again(path: Path, grade: Make) -> None:
    """What was recorded is on the disk."""
    with open_gradebook(path) as gradebook:
        gradebook.record(gradebook.begin({}), [grade()], PRINTS)

    with open_gradebook(str(path)) as gradebook:
        assert gradebook.latest() == [grade()]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///{folder}/by-url.sqlite"])
def test_many_threads_record_at_once(url: str, tmp_path: Path, grade: Make) -> None:
    """Workers' threads share one gradebook, in a file or in memory, and lose nothing."""
    with open_gradebook(url.format(folder=tmp_path)) as gradebook:
        run = gradebook.begin({})
        with ThreadPoolExecutor(12) as threads:
            list(
                threads.map(lambda n: gradebook.record(run, [grade(student=f"s{n:03}")], PRINTS), range(120))
            )

        assert [one.student for one in gradebook.latest()] == [f"s{n:03}" for n in range(120)]
