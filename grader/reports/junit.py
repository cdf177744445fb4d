"""JUnit XML: one suite for each exercise, one case for each check, for the test view of a CI.

A wrong answer is a ``failure``; a crash, a time-out, too much memory and a fault of ours are an ``error``,
told apart by its ``type``; what was not attempted or not tried is ``skipped``. Points are properties.
"""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.grade import Grade, MarkedFinding
from grader.reports.atomic import write_atomically
from grader.reports.handout import for_student
from grader.reports.plain import plain_text
from grader.reports.points import points_text
from grader.reports.prose import one_line
from grader.reports.signs import VERDICT_WORDS
from grader.reports.terminal import finding_report
from grader.verdict import Verdict

READABLE = 0o644
# No reference makes these characters XML; prose has escaped the others that are not.
NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KINDS = {
    Verdict.FAILED: "failure",
    Verdict.BROKEN: "error",
    Verdict.TIMED_OUT: "error",
    Verdict.OUT_OF_MEMORY: "error",
    Verdict.UNGRADED: "error",
    Verdict.NOT_ATTEMPTED: "skipped",
    Verdict.SKIPPED: "skipped",
}


def write_junit(path: Path, grades: Iterable[Grade], titles: Mapping[str, str]) -> None:
    """Write the JUnit report of one student's *grades*, with what a student may see."""
    root = junit_of([for_student(grade) for grade in grades], titles)
    ET.indent(root)
    write_atomically(path, ET.tostring(root, encoding="utf-8", xml_declaration=True), READABLE)


def junit_of(grades: Iterable[Grade], titles: Mapping[str, str]) -> ET.Element:
    """Return the report's root element. Times are left out: they tell about hidden inputs."""
    grades = list(grades)
    counts = _counts(one for grade in grades for one in grade.findings)
    root = ET.Element("testsuites", {"name": "grader", **counts})
    for grade in grades:
        suite = ET.SubElement(root, "testsuite", {"name": _xml(grade.exercise), **_counts(grade.findings)})
        title = one_line(titles.get(grade.exercise, ""))
        _properties(
            suite, title=title, points=points_text(grade.score), max_points=points_text(grade.max_score)
        )
        for one in grade.findings:
            _case(suite, grade.exercise, one)
    return root


def _case(suite: ET.Element, exercise: str, one: MarkedFinding) -> None:
    found = one.finding
    case = ET.SubElement(suite, "testcase", classname=_xml(exercise), name=_xml(one_line(one.check)))
    _properties(
        case,
        points=points_text(one.score),
        max_points=points_text(one.max_score),
        visible="true" if one.visible else "false",
        self_reported="true" if found.self_reported else "",
    )
    if found.verdict is not Verdict.PASSED:
        told = found.message or found.hint or ("" if one.visible else "a hidden check")
        message = f"{VERDICT_WORDS[found.verdict]}: {told}" if told else VERDICT_WORDS[found.verdict]
        kind = KINDS[found.verdict]
        element = ET.SubElement(case, kind, message=_xml(one_line(message, 300)))
        if kind != "skipped":
            element.set("type", found.verdict.value)
            element.text = _xml(plain_text(finding_report(one)))


def _counts(findings: Iterable[MarkedFinding]) -> dict[str, str]:
    kinds = Counter(KINDS.get(one.finding.verdict, "passed") for one in findings)
    return {
        "tests": str(kinds.total()),
        "failures": str(kinds["failure"]),
        "errors": str(kinds["error"]),
        "skipped": str(kinds["skipped"]),
    }


def _properties(parent: ET.Element, **values: str) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in values.items():
        if value:
            ET.SubElement(properties, "property", name=name, value=_xml(value))


def _xml(text: str) -> str:
    return NOT_XML.sub(lambda match: ascii(match[0])[1:-1], text)
