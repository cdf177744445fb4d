"""What a student wrote stays text in a CI's log, summary, annotations and JUnit report.

Whatever a runner would obey is asked of a runner that reads as GitHub's does. A summary is held against that
of a harmless twin: Markdown makes the same elements of both.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grader.cli.annotations import Annotator, annotations
from grader.cli.ci_log import Host, details, overview
from grader.exercise import Exercise, Question
from grader.expectation import CheckEntry, number_checks
from grader.grade import Grade
from grader.readers.places import CellPlace
from grader.reports.github import command
from grader.reports.handout import for_student
from grader.reports.junit import junit_of
from grader.reports.markdown import _text, summary_markdown
from grader.reports.prose import UNSEEN
from grader.submission import Submission
from tests.ci.course import PAYLOAD
from tests.ci.github_runner import obeyed
from tests.hostile.test_injection import PAYLOADS, harmless_twin, report_of
from tests.hostile.values import texts

MORE = [
    PAYLOAD,
    "@octocat @org/team #1 GH-2 org/repo#3 0123456789abcdef0123456789abcdef01234567 www.example.invalid",
    "![x](http://example.invalid/a.png)\n\n<img src='http://example.invalid'>\n\n[a]: http://example.invalid",
    "</pre></details>\n\n# forged\n\n| 100 | of 100 |\n|---|---|\n\n```\n",
    "\x1b[0Ksection_start:1:evil[collapsed=true]\r\x1b[0KEvil",
    "section_end:1:grader_details",
    "%0A::error::x%0D%25",
    ":::error::x",
    "::endgroup::\n::group::x",
    "# # #[error]x ###[error]x",
    "$\\color{red}{x}$ $$x$$ :+1: <!-- x --> &lt;b&gt;",
]


def grade_of(text: str) -> Grade:
    """Return a grade whose every text is *text*, but for the ids of its exercise and checks."""
    (grade,) = report_of(text).grades
    return for_student(grade)


def log(text: str, host: Host) -> str:
    """Return what the command prints of a submission that is *text* throughout."""
    submission = Submission(student=text, path=text, sha256="", undecided=text)
    grades, titles = [grade_of(text)], {"one": text}
    return "\n".join([*overview(submission, grades, titles), *details(host, grades, titles)])


def annotated(text: str) -> str:
    """Return the annotations of a submission that is *text* throughout."""
    entry = CheckEntry.model_validate({"equals": {"of": "seen"}})
    (check,) = number_checks([entry], visible=True)
    question = Question.model_validate({
        "exercise": "one", "title": "t", "source": "s", "prompt": "p", "starter": "...",
        "observe": {"seen": {"value": "name"}},
    })  # fmt: skip
    checks = (check.model_copy(update={"id": text}),)
    made = Annotator(
        submission=Submission(student=text, path=text, sha256=""),
        exercises={"one": Exercise(question=question, checks=checks)},
        titles={"one": text},
        places={3: CellPlace(line=7)},
        file=text,
    )
    return "\n".join(annotations([grade_of(text)], made))


class Elements(HTMLParser):
    """A page's tags with their attributes, and its text by where it stands."""

    def __init__(self, html: str) -> None:
        """Read *html*."""
        super().__init__()
        self.tags: list[str] = []
        self.inside: list[str] = []
        self.loose = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag as it is written."""
        self.tags.append(f"{tag}{attrs}")
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Keep where it ends."""
        self.tags.append(f"/{tag}")
        self.inside.pop()

    def handle_data(self, data: str) -> None:
        """Keep text that a page would link and format."""
        self.loose += "" if "pre" in self.inside else data

    def handle_comment(self, data: str) -> None:
        """There is none."""
        self.tags.append(f"!{data}")


def page(text: str) -> Elements:
    """Return what Markdown makes of the summary; the exercise's title is an author's, and harmless."""
    summary = summary_markdown([grade_of(text)], {"one": "A title"})
    assert all(not line or line.startswith("<") for line in summary.splitlines())
    return Elements(MarkdownIt("commonmark", {"html": True}).enable("table").render(summary))


def assert_summary_is_that_of_a_twin(text: str) -> None:
    """The same elements, and no text outside of ``pre`` but ours."""
    found, twin = page(text), page(harmless_twin(text))
    assert found.tags == twin.tags
    assert found.loose == twin.loose


def assert_only_ours_is_obeyed(text: str) -> None:
    """The runner obeys the fold and the annotations; nothing is obeyed between the fold's ends."""
    names = [command.name for command in obeyed(log(text, Host.GITHUB))]
    assert [names[0], names[1], names[3], len(names)] == ["group", "stop-commands", "endgroup", 4]
    assert list(obeyed(log(text, Host.OTHER))) == []
    written = annotated(text)
    (error, *warnings) = obeyed(written)
    assert len(written.split("\n")) == 1 + len(warnings)
    assert error.name == "error"
    assert {each.name for each in warnings} <= {"warning"}
    for each in (error, *warnings):
        assert set(each.properties) <= {"file", "line", "title"}
        assert each.properties["line"] in {"1", "7"}


def lines_of(text: str) -> Iterator[str]:
    """Yield the lines of all logs."""
    for host in Host:
        yield from log(text, host).split("\n")


def assert_nothing_begins_a_line(text: str) -> None:
    """A line begins with our bar, or is one of the fold's own; nothing in it is unseen."""
    own = re.compile(
        r"::(group|endgroup|stop-commands|[0-9a-f]{32})::.*"
        r"|\x1b\[0Ksection_(start|end):\d+:grader_details(\[collapsed=true\])?\r\x1b\[0K[A-Za-z ]*"
    )
    for line in lines_of(text):
        assert line.startswith("│") or own.fullmatch(line), ascii(line)
        assert own.fullmatch(line) or not UNSEEN.search(line)


def assert_junit_can_be_read(text: str) -> None:
    """By a strict parser, and as the same number of cases."""
    root = ET.fromstring(ET.tostring(junit_of([grade_of(text)], {"one": text})))  # noqa: S314 - our own
    assert len(list(root.iter("testcase"))) == 5
    assert not UNSEEN.search("".join(root.itertext()))


def assert_harmless(text: str) -> None:
    """Everywhere."""
    assert_summary_is_that_of_a_twin(text)
    assert_only_ours_is_obeyed(text)
    assert_nothing_begins_a_line(text)
    assert_junit_can_be_read(text)


@pytest.mark.parametrize("payload", [*PAYLOADS, *MORE], ids=lambda payload: ascii(payload)[:30])
def test_payloads(payload: str) -> None:
    """Each in the place of every text."""
    assert_harmless(payload)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(texts | st.sampled_from([*PAYLOADS, *MORE]), min_size=1, max_size=3).map("".join))
def test_any_text(text: str) -> None:
    """Payloads joined and mixed with anything."""
    assert_harmless(text)


def test_the_runner_of_these_tests_obeys() -> None:
    """Otherwise the tests above would hold of nothing."""
    shouted = (
        "  ::error file=a%3Ab,line=3::x%0Ay\nz ##[set-env name=a]b\n::stop-commands::w\n::error::x\n::w::"
    )

    found = list(obeyed(shouted))

    assert [each.name for each in found] == ["error", "set-env", "stop-commands", "w"]
    assert (found[0].properties, found[0].data) == ({"file": "a:b", "line": "3"}, "x\ny")


@pytest.mark.parametrize("text", ["a%0Ab", "100 %", "a\nb", "a:b,c=d;e", "%25%3A", "x" * 50])
def test_a_command_says_what_it_was_given(text: str) -> None:
    """The runner reads back each character, in data and in properties, on one line."""
    line = command("notice", text, title=text)

    (found,) = obeyed(line)
    assert "\n" not in line
    assert (found.data, found.properties["title"]) == (text, text.replace("\n", " "))


def test_the_summary_relies_on_nobody_to_clean() -> None:
    """What is written as references has been made visible."""
    assert _text("\x1b[2J\u202e<\n") == "&#92;x1b&#91;2J&#92;u202e&#60;&#10;"


def test_the_comparison_finds_what_it_looks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without references, a payload that is markup shows."""
    monkeypatch.setattr("grader.reports.markdown._text", lambda text: text)
    for payload in ("</pre>\n\n![x](http://example.invalid)", "<img src=x>", "<!-- x -->"):
        with pytest.raises((AssertionError, IndexError)):
            assert_summary_is_that_of_a_twin(payload)
