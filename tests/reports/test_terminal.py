"""Tables for a terminal."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console, RenderableType

from grader.grade import Grade, MarkedFinding
from grader.reports.terminal import class_table, student_report, verdict_summary
from grader.reports.terminal_exhibits import exhibit_view
from grader.verdict import Verdict


def shown(view: RenderableType, *, width: int = 80, colour: bool = False) -> str:
    """Return what a terminal gets."""
    file = io.StringIO()
    system: Any = "truecolor" if colour else None
    Console(file=file, width=width, force_terminal=colour, color_system=system).print(view)
    return file.getvalue()


def test_ten_exercises_fit_into_eighty_columns(grades: tuple[Grade, ...], titles: dict[str, str]) -> None:
    """A student has one line, with every mark and the total whole."""
    lines = shown(class_table(grades, titles)).splitlines()
    line = next(line for line in lines if "Trần Văn Đức" in line)

    assert max(map(len, lines)) <= 80
    assert "…" not in line
    assert len(line.split()) == 3 + 10 + 1 + 1


def test_a_wide_assignment_becomes_several_tables(graded: Callable[..., Grade]) -> None:
    """No column is ever squeezed away."""
    grades = [graded(exercise=f"e{n:02}") for n in range(25)]
    text = shown(class_table(grades, {}))

    assert text.count("student") == 3
    assert text.count("total") == 1
    assert "50" in text


def test_every_mark_can_be_told_without_colour(graded: Callable[..., Grade]) -> None:
    """Points for what is graded, a dash and a question mark for the rest."""
    verdicts = [Verdict.PASSED, Verdict.FAILED, Verdict.NOT_ATTEMPTED, Verdict.UNGRADED]
    grades = [graded(verdict, exercise=f"e{n}") for n, verdict in enumerate(verdicts)]

    row = shown(class_table(grades, {})).splitlines()[1]

    assert row.split() == ["an", "2", "0", "—", "?", "?", "review"]


def test_marks_are_coloured(graded: Callable[..., Grade], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal that shows colours and a user who wants them."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32m" in shown(class_table([graded()], {}), colour=True)

    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in shown(class_table([graded()], {}), colour=True)


def test_an_empty_class_is_a_table(titles: dict[str, str]) -> None:
    """Nobody handed in anything, and nothing breaks."""
    assert "conv-output-shape" in shown(class_table([], titles))
    assert "conv-output-shape" in shown(verdict_summary([], titles))
    assert "Total 0 / 0" in shown(student_report([], titles))


def test_the_bar_is_as_long_as_the_class(grades: tuple[Grade, ...], titles: dict[str, str]) -> None:
    """Rounding neither lengthens nor shortens it."""
    lines = shown(verdict_summary(grades, titles)).splitlines()[1:11]

    assert {sum(line.count(block) for block in "█▓▒░?") for line in lines} == {30}


@pytest.mark.parametrize("staff", [True, False])
def test_nothing_a_student_wrote_controls_the_terminal(
    grades: tuple[Grade, ...], titles: dict[str, str], *, staff: bool
) -> None:
    """No escape, no markup; the words themselves stay."""
    text = shown(student_report(grades, titles, staff=staff)) + shown(class_table(grades, titles))

    assert "\x1b" not in text
    assert r"\x1b[31mred\x1b[0m" in text
    assert "[red]shape[/red]" in text


def test_a_student_sees_no_hidden_message(grades: tuple[Grade, ...], titles: dict[str, str]) -> None:
    """Staff do."""
    assert "SECRET-MESSAGE" not in shown(student_report(grades, titles))
    assert "SECRET-MESSAGE" in shown(student_report(grades, titles, staff=True))


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (Verdict.PASSED, "✓ equals[valid]  2 / 2"),
        (Verdict.FAILED, "✗ equals[valid]  0 / 2"),
        (Verdict.BROKEN, "! equals[valid]  broken  0 / 2"),
        (Verdict.TIMED_OUT, "⏱ equals[valid]  timed out  0 / 2"),
        (Verdict.NOT_ATTEMPTED, "— equals[valid]  not attempted  0 / 2"),
        (Verdict.UNGRADED, "? equals[valid]  not graded yet  ? / 2"),
    ],
)
def test_each_verdict_has_a_sign(graded: Callable[..., Grade], verdict: Verdict, line: str) -> None:
    """And an ungraded one shows no points."""
    assert line in shown(student_report([graded(verdict)], {"one": "First"}))


def test_a_long_layer_diff_is_folded(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """What differs is seen without scrolling, with the reason beside it."""
    cell = {"kind": "Conv2D", "output_shape": [None, 8, 8, 32], "parameters": 9248}
    same = {"change": "same", "found": cell, "expected": cell}
    rows = [same] * 20 + [{"change": "extra", "found": cell, "expected": None, "why": "one Conv2D too many"}]
    finding = marked(Verdict.FAILED, exhibit={"kind": "layers", "rows": rows})

    text = shown(student_report([graded(Verdict.FAILED, findings=(finding,))], {}))

    assert "… 18 layers that agree …" in text
    assert "+  Conv2D (None, 8, 8, 32) 9,248  one Conv2D too many" in text


def test_a_malformed_exhibit_breaks_nothing(
    graded: Callable[..., Grade], marked: Callable[..., MarkedFinding], malformed: Any
) -> None:
    """The finding is shown without it."""
    for exhibit in malformed:
        finding = marked(Verdict.FAILED, message="found 3", exhibit=exhibit)

        assert "found 3" in shown(student_report([graded(Verdict.FAILED, findings=(finding,))], {}))


def test_a_narrow_array_keeps_its_heading() -> None:
    """Two columns of one digit are narrower than the word above them."""
    view = exhibit_view({"kind": "array", "found": [[1, 2], [3, 4]], "expected": [[1, 2], [3, 5]]})

    assert view is not None
    assert "expected" in shown(view)


def test_curves_are_told_by_their_ends() -> None:
    """In test accuracy; in training loss where no rows were held out."""
    held = {"seed": 1, "accuracies": [0.2, 0.95], "losses": [1.5, 0.25]}
    told = exhibit_view({"kind": "curves", "arms": {"raw": [held]}})
    untold = exhibit_view({"kind": "curves", "arms": {"raw": [{**held, "accuracies": []}]}})

    assert told is not None
    assert untold is not None
    assert "test accuracy, first epoch → last" in shown(told)
    assert "20 % → 95 %" in shown(told)
    assert "training loss, first epoch → last" in shown(untold)
    assert "1.5 → 0.25" in shown(untold)
