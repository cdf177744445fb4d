"""The summary."""

from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from grader.grade import Grade, MarkedFinding
from grader.reports.class_report import ClassReport
from grader.reports.markdown import summary_markdown
from grader.verdict import Verdict


def rendered(text: str) -> str:
    """Return the HTML that Markdown makes of *text*."""
    return str(MarkdownIt("commonmark", {"html": True}).render(text))


def test_it_has_points_messages_hints_and_differences(report: ClassReport) -> None:
    """And of hidden checks no message."""
    student = next(grade.student for grade in report.grades if grade.score is None)
    grades = [grade for grade in report.grades if grade.student == student]

    text = summary_markdown(grades, report.titles)

    assert "not graded yet, of 35 points" in text
    assert all(f"<td>{title}</td>" in text for title in report.titles.values())
    assert "SECRET-MESSAGE" not in text
    assert "Hint" in text


def test_what_is_right_takes_no_more_than_its_row(graded: Callable[..., Grade]) -> None:
    """Nobody reads on."""
    assert "<details" not in summary_markdown([graded()], {"one": "The first"})


@pytest.mark.parametrize("limit", [1_500, 5_000, 50_000])
def test_it_keeps_within_the_limit_and_whole(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding], limit: int
) -> None:
    """Details that do not fit are left out, never cut in the middle of an element."""
    wrong = marked(Verdict.FAILED, message="found `ỡ`\n" * 300)
    names = [f"exercise-{number}" for number in range(6)]
    grades = [graded(Verdict.FAILED, exercise=name, findings=(wrong,)) for name in names]

    text = summary_markdown(grades, {name: name for name in names}, limit)

    assert len(text.encode()) <= limit
    assert text.count("<details") == text.count("</details>") == text.count("<pre>") == text.count("</pre>")
    assert ("do not fit here" in text) == (limit < 50_000)
    assert rendered(text).count("<tr>") == 7


def test_one_exercise_with_a_flood_is_cut_at_a_line(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """The others have room beside it."""
    flood = marked(Verdict.FAILED, message="flood\n" * 20_000)

    text = summary_markdown([graded(Verdict.FAILED, findings=(flood,))], {"one": "The first"})

    assert len(text) < 100_000
    assert "flood&#10;… cut here</pre>" in text


def test_a_flood_takes_no_note_along(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """That of a cell stands at the first exercise alone, after its findings."""
    flood = marked(Verdict.FAILED, message="flood\n" * 20_000)
    note = "cell 2 took long"
    first = graded(Verdict.FAILED, findings=(flood,), notes=(note,))
    second = graded(Verdict.FAILED, exercise="two", notes=(note,))

    text = summary_markdown([first, second], {"one": "The first", "two": "The second"})

    assert text.count(note) == 1
    assert f"… cut here&#10;  note&#58; {note}</pre>" in text


@pytest.mark.parametrize("limit", range(1_000, 16_000, 1_500))
def test_a_note_is_lost_with_no_details_that_are_left_out(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding], limit: int
) -> None:
    """However much room there is: what follows details that do not fit is left out, too."""
    long = marked(Verdict.FAILED, message="found\n" * 500)
    note = "cell 2 took long"
    grades = [
        graded(
            Verdict.FAILED, exercise=name, notes=(note,), **({"findings": (long,)} if name == "one" else {})
        )
        for name in ("one", "two", "three")
    ]

    text = summary_markdown(grades, {"one": "1", "two": "2", "three": "3"}, limit)

    assert text.count(note) == ("<details" in text)
