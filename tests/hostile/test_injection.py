"""What a student wrote stays text: in pages, in a terminal, in a spreadsheet, in the record.

Each page is held against that of a harmless twin, the same but for the words: no element, attribute or link
may be there that the twin does not have.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from grader.grade import Grade, MarkedFinding
from grader.reports.class_report import ClassReport
from grader.reports.html import write_html
from grader.reports.html.pages import pages
from grader.reports.prose import UNSEEN
from grader.reports.record import record_of, write_record
from grader.reports.sheet import write_sheet
from grader.reports.terminal import class_table, student_report, verdict_summary
from grader.verdict import Finding, Verdict
from tests.cli.commands import COURSE, ONE, grader
from tests.hostile.values import texts

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</style></title><svg onload=alert(1)>",
    "]]></desc><text>x</text>",
    "<!-- --><!--",
    "&lt;b&gt;&#60;b&#62;&amp",
    "{{7*7}}{% include 'x' %}${7*7}",
    "../../../../etc/passwd",
    "..\\..\\x\x00.html",
    "/etc/passwd",
    "CON.html",
    "`<b>`` <i>` ",
    "\x1b[2J\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1bP+q\x1b\\",
    "\x9b2J\x9d0;x\x9c\x90\x85",
    "[red]loud[/red] [link=http://x]y[/link] :smile:",
    "gpj.\u202eexe \u2066\u2067\u2068\u2069\u061c\u200e\u200f",
    "a\u200bb\ufeffc\u2060d\xade\U000e0041",
    "\ud800\udfff\udc80",
    "line\u2028line\u2029line\x0bline\x0cline\x85line\rline\r\nline",
    "::error file=x::y",
    "x\n::notice title=Autograding report::{}\n##[error]no ##vso[task.complete]",
    "[click](javascript:alert(1)) ![x](http://x) <http://x> **b** | a | b |\n|---|---|",
    "=cmd|' /C calc'!A0",
    "@SUM(1)\t=1\n=1;=1",
    "%s %(x)s {0} {x.__class__}",
    "\x00",
    " ",
    "x" * 3000,
    "<" * 400,
]


LINK = re.compile(r"(\.\./)?(index|(students|staff)/[a-z0-9-]+)\.html")


def report_of(text: str) -> ClassReport:
    """Return a class of one whose every text that a student, or an author, can choose is *text*."""
    layer = {"kind": text, "output_shape": [None, text], "parameters": 3}
    other = {"kind": f"{text}2", "output_shape": text, "parameters": 4}
    row = {"change": "changed", "found": layer, "expected": other, "why": text}
    case = {"call": text, "found": text, "expected": f"{text}2", "right": False}
    window = {"kind": "array", "found": [[text, 1.5]], "expected": [[f"{text}2", None]]}
    exhibits: list[dict[str, Any]] = [
        {"kind": "layers", "rows": [row]},
        {"kind": "values", "cases": [case], "array": window},
        window,
        {
            "kind": "curves",
            "arms": {text: [{"seed": 1, "accuracies": [0.1, 0.9]}]},
            "thresholds": {text: 0.5},
        },
        {"kind": text, "rows": text},
    ]
    findings = tuple(_marked(text, exhibit) for exhibit in exhibits)
    grade = Grade(
        student=text or "nobody", submission=text, sha256=text, exercise="one", score=1.0, max_score=5.0,
        needs_review=True, seconds=0.5, findings=findings, notes=(text, f"cell 3: {text}"),
    )  # fmt: skip
    return ClassReport(
        assignment=text, grades=(grade,), titles={"one": text}, max_points=5.0,
        created=datetime(2026, 11, 21, tzinfo=UTC), environment={text: [text]}, warning=text,
    )  # fmt: skip


def _marked(text: str, exhibit: dict[str, Any]) -> MarkedFinding:
    finding = Finding(verdict=Verdict.FAILED, message=text, hint=text, self_reported=True, exhibit=exhibit)
    return MarkedFinding(check=text, finding=finding, score=0.2, max_score=1.0, visible=True)


def harmless_twin(text: str) -> str:
    """Return a word as good as *text*; what is empty, or nothing but space, stays so."""
    return (
        f"w{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}" if text.strip() else text
    )


class Structure(HTMLParser):
    """What a page is made of, all but its words: tags with their attributes' names, and links."""

    def __init__(self, text: str) -> None:
        """Read *text*."""
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.links: list[str] = []
        self.other: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag; `code` comes of backticks, which are the student's to set."""
        self.links += [
            value or "" for name, value in attrs if name in {"href", "src", "action", "xlink:href"}
        ]
        if tag != "code" or attrs:
            classes = [
                value or "" for name, value in attrs if name in {"class", "style", "id", "role", "http-equiv"}
            ]
            self.tags.append((tag, *sorted(name for name, _ in attrs), *classes))

    def handle_endtag(self, tag: str) -> None:
        """Keep where it ends."""
        if tag != "code":
            self.tags.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        """There is none of a student's."""
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        """Nor a CDATA section."""
        self.other.append(data)


def page_structures(report: ClassReport) -> Iterator[Structure]:
    """Yield the structure of each page; each can be written, and holds nothing that cannot be seen."""
    for page in pages(report):
        assert re.fullmatch(r"index\.html|(students|staff)/[a-z0-9-]+\.html", page.name)
        page.text.encode()
        assert not UNSEEN.findall(page.text), page.name
        yield Structure(page.text)


def assert_same_pages(text: str) -> None:
    """Compare the pages of *text* with those of its twin."""
    twins = page_structures(report_of(harmless_twin(text)))
    for found, twin in zip(page_structures(report_of(text)), twins, strict=True):
        assert found.tags == twin.tags
        assert found.other == twin.other
        assert all(
            re.fullmatch(r"(\.\./)?(index|(students|staff)/[a-z0-9-]+)\.html", link) for link in found.links
        )


def printed(report: ClassReport, width: int) -> str:
    """Return what a terminal of *width* shows of *report*, colours left out."""
    text = io.StringIO()
    console = Console(file=text, width=width, color_system=None, force_terminal=False)
    for shown in (
        class_table(report.grades, report.titles),
        verdict_summary(report.grades, report.titles),
        student_report(report.grades, report.titles, staff=True),
    ):
        console.print(shown)
    return text.getvalue()


def assert_plain_in_a_terminal(text: str, width: int = 80) -> None:
    """Nothing a terminal obeys, nothing that hides, and no line that a CI runner would act on."""
    shown = printed(report_of(text), width)
    assert not UNSEEN.findall(shown)
    for line in shown.splitlines():
        assert not re.match(r"\s*::[A-Za-z][\w-]*( .*)?::", line)
        assert "##[" not in line.replace("# #[", "")
        assert "##vso[" not in line


def assert_files_read_back(text: str, folder: Path) -> None:
    """The record is JSON for strict readers, and the sheet has one row, of text and numbers."""
    report = report_of(text)
    write_record(folder / "record.json", report.grades, exercises=["one"], environment={"x": text})
    write_sheet(folder / "grades.csv", report.grades, exercises=["one"])

    written = (folder / "record.json").read_bytes().decode("utf-8")
    assert not UNSEEN.findall(written)
    told = json.loads(written, parse_constant=pytest.fail)
    json.dumps(told, ensure_ascii=False).encode("utf-8")
    if text.isascii():
        assert told == record_of(report.grades, exercises=["one"], environment={"x": text})
    content = (folder / "grades.csv").read_bytes().decode("utf-8-sig")
    _, row = csv.reader(io.StringIO(content, newline=""))
    lines = content.split("\r\n")
    assert len(lines) == 3
    assert not UNSEEN.findall("".join(lines))
    assert "\n" not in "".join(lines)
    assert not re.match(r"[\s\"'`]*[=+@-]", row[0].removeprefix("'")) or row[0].startswith("'")
    assert all(re.fullmatch(r"[0-9.]*|yes|no", cell) for cell in row[1:])


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: ascii(payload)[:30])
class TestPayloads:
    """Each in the place of every text: names, titles, messages, hints, layers, calls, cells of arrays."""

    def test_in_pages(self, payload: str) -> None:
        """No element, attribute, comment or link is there that a harmless text would not have."""
        assert_same_pages(payload)

    @pytest.mark.parametrize("width", [30, 80])
    def test_in_a_terminal(self, payload: str, width: int) -> None:
        """At any width, for lines are wrapped."""
        assert_plain_in_a_terminal(payload, width)

    def test_in_files(self, payload: str, tmp_path: Path) -> None:
        """In the record and in the sheet."""
        assert_files_read_back(payload, tmp_path)

    def test_pages_stay_in_their_folder(self, payload: str, tmp_path: Path) -> None:
        """A name is no path."""
        write_html(tmp_path / "a/b/report", report_of(payload))

        written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.html")]
        assert sorted({path.parts[:3] for path in written}) == [("a", "b", "report")]
        assert len(written) == 3


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(texts | st.sampled_from(PAYLOADS), min_size=1, max_size=3).map("".join), st.integers(20, 120))
def test_any_text_stays_text(tmp_path: Path, text: str, width: int) -> None:
    """Payloads joined, cut and mixed with anything."""
    assert_same_pages(text)
    assert_plain_in_a_terminal(text, width)
    assert_files_read_back(text, tmp_path)


def _texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts_of(getattr(value, each.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (*_texts_of(key), *_texts_of(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts_of(item)


def test_every_text_of_a_grade_is_tried() -> None:
    """A new one must be given its payload above: of a report's texts only keys and verdicts are ours."""
    ours = {"one", "changed", "layers", "values", "array", "curves", *map(str, Verdict)}
    keys = {
        "kind",
        "rows",
        "change",
        "found",
        "expected",
        "why",
        "output_shape",
        "parameters",
        "cases",
        "call",
    }
    keys |= {"right", "arms", "seed", "accuracies", "thresholds"}
    report = replace(report_of("PAYLOAD"), created=None)  # type: ignore[arg-type]

    assert {text for text in _texts_of(report) if "PAYLOAD" not in text} <= ours | keys


def test_the_comparison_finds_what_it_looks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With escaping out of order, every payload that is markup shows."""
    from markupsafe import Markup

    monkeypatch.setattr("grader.reports.html.templating.escape", Markup)
    for payload in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!-- --><!--"):
        with pytest.raises(AssertionError):
            assert_same_pages(payload)


NAME = "\x1b[2J\x1b]0;x\x07\x9b2J gpj.\u202eexe [red]a\n::error::x\n\u2028"


@pytest.mark.parametrize("command", [("check",), ("check", "missing"), ("grade", "missing")], ids=" ".join)
def test_a_file_name_reaches_no_terminal_raw(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Neither from a command that reads the file, nor in the message of one that refuses."""
    file = tmp_path / f"{NAME}.ipynb"
    if "missing" not in command:
        file.write_text("no notebook")

    done = grader(tmp_path, command[0], str(file), *ONE, *(COURSE if command[0] == "grade" else COURSE[:2]))

    shown = done.stdout + done.stderr
    # Lines are broken where the folder's name lets them.
    assert r"\x1b[2J\x1b]0;x\x07\x9b2Jgpj.\u202eexe[red]a" in "".join(shown.split())
    assert not UNSEEN.findall(shown)
    assert not re.search(r"^\s*::error", shown, re.MULTILINE)
    assert "Traceback" not in shown
