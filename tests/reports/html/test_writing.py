"""The report as files."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GraderError, UsageError
from grader.reports.class_report import ClassReport
from grader.reports.html import write_html
from grader.reports.html.pages import Page, pages
from grader.verdict import Verdict


class Tags(HTMLParser):
    """Collects a page's tags, attributes and unclosed tags."""

    void = frozenset({"meta", "br", "path", "polyline", "use"})

    def __init__(self, text: str) -> None:
        """Read *text*."""
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.seen.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every tag is closed in its turn."""
        if tag not in self.void:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag without content."""
        self.seen.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each page's name and text."""
    for path in sorted(folder.rglob("*.html")):
        yield str(path.relative_to(folder)), path.read_text(encoding="utf-8")


@pytest.fixture
def written(report: ClassReport, tmp_path: Path) -> Path:
    """Write the class's report."""
    write_html(tmp_path / "report", report)
    return tmp_path / "report"


def test_each_student_has_two_pages(written: Path) -> None:
    """One to hand out, one for staff, whatever the name."""
    names = [name for name, _ in texts(written)]

    assert len(names) == 1 + 20 + 20
    assert {name.split("/")[0] for name in names} == {"index.html", "students", "staff"}


def test_nothing_is_written_outside(written: Path) -> None:
    """Not for ``../../x`` either, and nothing is left over."""
    assert [path.name for path in written.parent.iterdir()] == ["report"]
    assert sorted(path.name for path in written.iterdir()) == ["index.html", "staff", "students"]


def test_pages_are_well_formed_and_run_nothing(written: Path) -> None:
    """No script, no handler, no link to anywhere else, no markup from a student."""
    for name, text in texts(written):
        tags = Tags(text)

        assert tags.open == [], name
        assert not tags.seen & {"script", "b" if name == "index.html" else "script", "img", "iframe", "link"}
        assert not [pair for pair in tags.attributes if pair[0].startswith("on")]
        assert not [value for key, value in tags.attributes if key in {"href", "src"} and "//" in value]
        assert not re.search(r"url\(|@import|\x1b", text)


def test_links_lead_to_pages(written: Path) -> None:
    """Every student is reached from the index."""
    index = Tags((written / "index.html").read_text(encoding="utf-8"))
    links = {value for key, value in index.attributes if key == "href"}

    assert len(links) == 40
    assert all((written / link).is_file() for link in links)


def test_pages_to_hand_out_hold_no_secret(written: Path) -> None:
    """No hidden message, no hidden value, no way to the others; staff see it all."""
    told = dict(texts(written))
    out = [text for name, text in told.items() if name.startswith("students/")]

    assert not [text for text in out if "SECRET-MESSAGE" in text or "href" in text]
    assert [text for text in out if "hidden check" in text]
    assert [text for text in out if "was left out" in text]
    assert [text for name, text in told.items() if name.startswith("staff/") and "SECRET-MESSAGE" in text]


def test_a_hidden_value_is_shown_to_staff_alone(report: ClassReport) -> None:
    """Expected values of hidden checks never reach a student's page."""
    hidden = replace(
        report,
        grades=tuple(
            replace(grade, findings=tuple(one for one in grade.findings if not one.visible))
            for grade in report.grades
        ),
    )

    made = list(pages(hidden))

    assert not [page.name for page in made if not page.private and "SECRET" in page.text]
    assert [page.name for page in made if page.private and "SECRET-VALUE" in page.text]


def test_the_index_tells_what_matters(written: Path) -> None:
    """The warning, the hints, what needs a person, the histogram."""
    index = (written / "index.html").read_text(encoding="utf-8")

    for words in (
        "Graded without isolation",
        "The stride divides first",
        "ungraded: ",
        "self-reported: ",
        "Students by total points",
        "&lt;script&gt;alert(1)",
        "Nguyễn Thị Ánh Tuyết",
        "bubblewrap",
    ):
        assert words in index


def test_what_needs_a_person_is_counted_in_students(written: Path, report: ClassReport) -> None:
    """As in the terminal; one student's several grades are one visit."""
    index = (written / "index.html").read_text(encoding="utf-8")
    waiting = {grade.student for grade in report.grades if grade.needs_review or grade.score is None}
    grades = [grade for grade in report.grades if grade.needs_review or grade.score is None]

    assert f"<dt>students to review</dt><dd>{len(waiting)}</dd>" in index
    assert f"<summary>{len(waiting)} students, {len(grades)} grades to look at</summary>" in index
    assert 1 < len(waiting) < len(grades)


def test_on_a_phone_the_exercises_are_laid_out_in_two_lines(written: Path) -> None:
    """Beside the marks there is no room for titles whose words stay whole, and the mean was cut off."""
    index = (written / "index.html").read_text(encoding="utf-8")
    phone = index.split("@media (max-width: 36rem)")[1].split("@media")[0]

    assert ".exercises tr { display: grid;" in phone
    assert ".exercises td, .reviews td { overflow-wrap: break-word; }" in index


def test_only_pages_for_students_are_open_to_others(written: Path) -> None:
    """Hidden values stay with their owner."""
    modes = {name: (written / name).stat().st_mode & 0o077 for name, _ in texts(written)}

    assert not [name for name, mode in modes.items() if mode and not name.startswith("students/")]


def test_the_same_class_gives_the_same_pages(report: ClassReport) -> None:
    """No dates, no random ids."""
    assert list(pages(report)) == list(pages(report))


def test_a_crash_leaves_the_old_report(
    written: Path, report: ClassReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is replaced before the last page is done, and nothing is left over."""
    before = dict(texts(written))

    def dying(_: ClassReport) -> Iterator[Page]:
        yield Page(name="index.html", text="half", private=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("grader.reports.html.writing.pages", dying)
    with pytest.raises(GraderError, match=r"No space left.*write the report again"):
        write_html(written, report)

    assert dict(texts(written)) == before
    assert sorted(path.name for path in written.iterdir()) == ["index.html", "staff", "students"]


def test_files_of_others_stay(written: Path, report: ClassReport) -> None:
    """Writing again replaces pages and deletes nothing."""
    mine = written / "students" / "notes.txt"
    mine.write_text("mine")

    write_html(written, replace(report, grades=report.grades[:10]))

    assert mine.read_text() == "mine"
    assert len(list(texts(written))) == 41


def test_a_file_is_no_folder(tmp_path: Path, report: ClassReport) -> None:
    """A typing mistake is named, not overwritten."""
    (tmp_path / "report").write_text("mine")

    with pytest.raises(UsageError, match="is a file"):
        write_html(tmp_path / "report", report)


def test_a_class_of_nobody_has_an_index(report: ClassReport) -> None:
    """The first run of a course has no grades yet."""
    (index,) = pages(replace(report, grades=()))

    assert index.name == "index.html"


def test_the_index_tells_when_the_work_was_due(report: ClassReport) -> None:
    """With its offset, and only where the assignment has a date."""
    due = datetime(2026, 12, 18, 23, 59, tzinfo=timezone(timedelta(hours=7)))
    (told,) = pages(replace(report, grades=(), due=due))
    (silent,) = pages(replace(report, grades=()))

    assert "Due 2026-12-18 23:59+07:00" in told.text
    assert "Due " not in silent.text


def test_a_malformed_exhibit_breaks_no_page(report: ClassReport, malformed: Any) -> None:
    """The page is written without it."""
    one = report.grades[0]
    for exhibit in [*malformed, {(1, 2): 3}, {"kind": 10**6000}]:
        finding = replace(one.findings[0].finding, verdict=Verdict.FAILED, exhibit=exhibit)
        grade = replace(one, findings=(replace(one.findings[0], finding=finding),))

        assert len(list(pages(replace(report, grades=(grade,))))) == 3
