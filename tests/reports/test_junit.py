"""JUnit XML."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.grade import Grade, MarkedFinding
from grader.reports.junit import junit_of, write_junit
from grader.verdict import Verdict


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (Verdict.PASSED, None),
        (Verdict.FAILED, "failure"),
        (Verdict.BROKEN, "error"),
        (Verdict.TIMED_OUT, "error"),
        (Verdict.OUT_OF_MEMORY, "error"),
        (Verdict.UNGRADED, "error"),
        (Verdict.NOT_ATTEMPTED, "skipped"),
        (Verdict.SKIPPED, "skipped"),
    ],
)
def test_each_verdict_has_its_element(
    graded: Callable[..., Grade], verdict: Verdict, kind: str | None
) -> None:
    """A case holds one at most, and the counts above agree; ungraded has no points, not even 0."""
    root = junit_of([graded(verdict)], {"one": "The first"})

    (case,) = root.iter("testcase")
    assert [child.tag for child in case] == ["properties", *([kind] if kind else [])]
    if kind in {"failure", "error"}:
        assert case[1].get("type") == verdict.value
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in (root, root[0]):
        assert element.get("tests") == "1"
        assert {name for name in counts if element.get(name) == "1"} == {
            name for name, tag in counts.items() if tag == kind
        }
    points = [each.get("value") for each in case[0] if each.get("name") == "points"]
    assert points == ([] if verdict is Verdict.UNGRADED else ["2" if kind is None else "0"])


def test_a_written_report_can_be_read_and_hides_what_is_hidden(
    tmp_path: Path, graded: Callable[..., Grade], marked: Callable[..., MarkedFinding]
) -> None:
    """Characters that XML forbids are spelled out; messages of hidden checks and times are not there."""
    odd = "a\x00b\x1b\x0b\ufffe\uffff\ud800]]>&<b>"
    grade = graded(
        findings=(
            marked(Verdict.FAILED, message=odd, hint=odd),
            marked(Verdict.FAILED, check="equals[secret]", visible=False, message="SECRET", hint="Think."),
        ),
        seconds=77.25,
    )
    path = tmp_path / "junit.xml"

    write_junit(path, [grade], {"one": odd})

    text = path.read_text(encoding="utf-8")
    cases = list(ET.fromstring(text).iter("testcase"))  # noqa: S314 - our own
    shown = cases[0].find("failure")
    assert shown is not None
    assert r"a\x00b\x1b\x0b\ufffe\uffff\ud800]]>&<b>" in (shown.text or "").replace("\n", "")
    assert "Think." in text
    for hidden in ("SECRET", "77.25", "time="):
        assert hidden not in text
