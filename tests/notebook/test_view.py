"""What a notebook shows of a grade, without a kernel."""

from typing import Any

from grader.grade import Grade, MarkedFinding
from grader.notebook.view import View, grades_view, message_view
from grader.verdict import Finding, Verdict

DENSE = {"kind": "Dense", "output_shape": [None, 10], "parameters": 650}
DIFF = {
    "kind": "layers",
    "rows": [
        {
            "change": "changed",
            "found": {**DENSE, "parameters": 330},
            "expected": DENSE,
            "why": "fewer inputs",
        },
        {"change": "missing", "found": None, "expected": {**DENSE, "kind": "Dropout", "parameters": 0}},
    ],
    "totals": {},
}


def view(*, visible: bool = True, **more: Any) -> View:
    """Return the view of one failed check."""
    finding = Finding(
        verdict=Verdict.FAILED, message="found 330; expected `650`", hint="Count again.", **more
    )
    marked = MarkedFinding(check="layers[m]", finding=finding, score=0.0, max_score=1.0, visible=visible)
    grade = Grade(
        student="you",
        submission="",
        sha256="",
        exercise="one",
        score=0.0,
        max_score=1.0,
        needs_review=False,
        seconds=0.0,
        findings=(marked,),
    )
    return grades_view([grade], {"one": "The first"})


def test_the_layer_diff_and_the_hint_are_shown() -> None:
    """In HTML with a mark on what differs, and as text."""
    shown = view(exhibit=DIFF)

    assert '<tr class="c-changed">' in shown.html
    assert '<td class="n differs">330</td>' in shown.html
    assert "<strong>Hint</strong> Count again." in shown.html
    assert "≠  Dense (None, 10) 330" in shown.text
    assert "Hint: Count again." in shown.text


def test_both_forms_are_given_to_jupyter() -> None:
    """HTML where it can be shown, text everywhere else, within 80 columns."""
    shown = view(exhibit=DIFF)

    assert shown._repr_mimebundle_() == {"text/html": shown.html, "text/plain": shown.text}
    assert repr(shown) == str(shown) == shown.text
    assert max(map(len, shown.text.splitlines())) <= 80


def test_of_a_hidden_check_only_what_students_may_see_is_shown() -> None:
    """By the same rule as everywhere; no hidden check comes here, and none would tell anything."""
    shown = view(visible=False, exhibit=DIFF)

    assert "found 330" not in shown.html + shown.text
    assert "Dense" not in shown.html + shown.text
    assert "Count again." in shown.text


def test_the_style_stays_within_the_notebooks_part() -> None:
    """No rule begins outside of it, and none is meant for a whole page."""
    style = view().html.partition("<style>")[2].partition("</style>")[0]
    depth, outside = 0, ""
    for character in style:
        depth += {"{": 1, "}": -1}.get(character, 0)
        outside += character if depth == 0 else ""

    assert depth == 0
    assert all(".keras-grader" in rule for rule in outside.split("}") if rule.strip())


def test_a_message_has_its_code_in_code_font() -> None:
    """And as text no backticks."""
    shown = message_view('Did you mean `grader.check("one")`?')

    assert "<code>grader.check(&#34;one&#34;)</code>" in shown.html
    assert shown.text == 'Did you mean grader.check("one")?'
