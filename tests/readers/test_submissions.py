"""Submissions: whatever a student hands in is read, or is that student's finding; the class goes on."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.errors import UsageError
from grader.readers import notebooks, submissions
from grader.readers.submissions import find_submissions, read_submission
from grader.submission import Cell, CellKind, Submission

TITLES = {"max-pooling": ("Max pooling",), "padding": ("Padding",)}


def notebook(*cells: dict[str, Any], **changed: Any) -> str:
    """Return a notebook as Jupyter writes it."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **changed})


def code(source: Any, **changed: Any) -> dict[str, Any]:
    """Return a cell of code."""
    return {
        "cell_type": "code",
        "id": hashlib.sha256(repr(source).encode()).hexdigest()[:8],
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **changed,
    }


def text(source: Any) -> dict[str, Any]:
    """Return a cell of text."""
    return {"cell_type": "markdown", "id": "text", "metadata": {}, "source": source}


Read = Callable[..., Submission]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file and read it as a submission."""

    def reading(content: str | bytes, name: str = "an.ipynb") -> Submission:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_submission(path, TITLES)

    return reading


class TestUnreadable:
    """The student is told what is wrong and what to do."""

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "the file is empty"),
            (b" \n\t\n", "the file is empty"),
            (b'{"nbformat": 4,\x00}', "null byte"),
            (notebook().encode("utf-16"), "null byte"),
            ("tiếng Việt".encode("utf-16-le")[:-1].replace(b"\0", b"") + b"\xff", "not UTF-8"),
            (b'{"nbformat": 4, "cells": [', "broken JSON (line 1)"),
            (b'{\n"nbformat": 4,\n"cells" []}', "broken JSON (line 3)"),
            (b"<!DOCTYPE html><html></html>", "broken JSON (line 1)"),
            (b"[" * 100_000, "broken JSON"),
            (b'{"nbformat": ' + b"9" * 5000 + b"}", "broken JSON"),
            (b"[]", "JSON, but not a notebook"),
            (b"3", "JSON, but not a notebook"),
            (b'{"exercise": "pool"}', "JSON, but not a notebook"),
            (b'{"nbformat": "4", "cells": []}', "JSON, but not a notebook"),
            (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "damaged"),
            (b'{"nbformat": 99, "nbformat_minor": 5, "metadata": {}, "cells": []}', "damaged"),
            (b'{"nbformat": 3, "worksheets": 5}', "damaged"),
            (notebook(cells={"a": 1}).encode(), "damaged"),
            (notebook(cells=[1, "x"]).encode(), "damaged"),
            (notebook(cells=[None]).encode(), "damaged"),
            (notebook(code([1, 2])).encode(), "damaged"),
            (notebook(code(None, metadata=None)).encode(), "damaged"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_a_file_that_cannot_be_read_says_why(self, read: Read, content: bytes, why: str) -> None:
        """It never raises, has no cells, and keeps its checksum."""
        found = read(content)

        assert why in found.unreadable
        assert found.cells == ()
        assert hashlib.sha256(content).hexdigest() == found.sha256

    def test_a_very_large_file_is_not_read_to_its_end(self, tmp_path: Path) -> None:
        """A sparse file of a terabyte is told like one of 65 MiB."""
        path = tmp_path / "an.ipynb"
        with path.open("wb") as file:
            file.truncate(2**40)

        found = read_submission(path, TITLES)

        assert "larger than 64 MiB: clear its outputs" in found.unreadable

    def test_a_notebook_of_too_many_cells_is_refused(
        self, read: Read, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody writes that many."""
        monkeypatch.setattr(notebooks, "MAX_CELLS", 2)
        monkeypatch.setattr(submissions, "MAX_CELLS", 2)

        assert "too many" in read(notebook(*(code(f"x = {number}") for number in range(3)))).unreadable
        assert not read(notebook(code("x = 1"), code("x = 2"))).unreadable
        assert "too many" in read(b"x = 1\n# %%\nx = 2\n# %%\nx = 3", "an.py").unreadable
        assert not read(b"# %%\nx = 1\n# %%\nx = 2", "an.py").unreadable

    @pytest.mark.parametrize("part", ["[]", "{}", "0", '""', '","', '{"a":[]}'])
    def test_a_notebook_of_very_many_values_is_refused_before_it_is_parsed(
        self, read: Read, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        """Sixteen MiB of ``{},{},`` as outputs took three gigabytes, and a minute and a half."""
        content = notebook(code("x"))[:-1] + ', "x": [' + f"{part}," * 50_000 + "0]}"
        monkeypatch.setattr(notebooks, "MAX_PARTS", 50_000)
        monkeypatch.setattr(notebooks.json, "loads", pytest.fail)

        assert "more than 50,000 values: clear its outputs" in read(content).unreadable

    def test_text_in_outputs_is_no_value_and_costs_nothing(self, read: Read) -> None:
        """A plot's JavaScript is full of commas; nobody looks at it."""
        page = {"output_type": "display_data", "data": {"text/html": "a,[{" * 500_000}, "metadata": {}}

        found = read(notebook(code("x = 1", outputs=[page])))

        assert [cell.source for cell in found.cells] == ["x = 1"]

    def test_a_string_that_never_ends_costs_no_time(self, read: Read) -> None:
        """Looking for its end from each of its quotes would take hours."""
        started = time.monotonic()

        assert "broken JSON" in read('["' + '\\"' * 3_000_000 + "," * notebooks.MAX_PARTS).unreadable
        assert time.monotonic() - started < 5

    @pytest.mark.parametrize(
        "text",
        [
            notebook(code("a = '\ud800'")),
            notebook(code("x"), metadata={"a": float("nan")}),
            notebook(code("x"))[:-1] + ', "cells": []}',
            notebook(code("x"))[:-1] + ', "metadata": {"a": ' + "[" * 800 + "]" * 800 + "}}",
        ],
        ids=["lone surrogate", "NaN", "a key twice", "deep"],
    )
    def test_what_json_in_the_wild_holds_is_read(self, read: Read, text: str) -> None:
        """As Jupyter reads it."""
        assert read(text).unreadable == ""

    def test_a_number_of_a_million_digits_is_broken(self, read: Read) -> None:
        """And takes no time."""
        assert "broken JSON" in read(notebook()[:-1] + ', "x": ' + "9" * 10**6 + "}").unreadable

    def test_a_file_that_went_away_is_told(self, tmp_path: Path) -> None:
        """Between being found and being read."""
        found = read_submission(tmp_path / "an.ipynb", TITLES)

        assert "cannot be read (No such file or directory)" in found.undecided
        assert found.student == "an"

    def test_one_broken_notebook_does_not_stop_the_class(self, tmp_path: Path) -> None:
        """The others are read."""
        (tmp_path / "an.ipynb").write_text("{")
        (tmp_path / "binh.ipynb").write_text(notebook(code("x = 1")))

        broken, whole = find_submissions([tmp_path], TITLES)

        assert broken.unreadable
        assert len(whole.code) == 1


class TestNotebooks:
    """Cells in order, numbered from 1."""

    def test_a_notebook_of_format_4_is_read(self, read: Read) -> None:
        """With text in lines or in one piece; raw cells are text."""
        raw = {"cell_type": "raw", "id": "raw", "metadata": {}, "source": "x = 3"}
        found = read(
            notebook(text("# Homework"), code(["x = 1\n", "y = 2"]), raw, text("## Padding"), code("z = 3"))
        )

        assert found.unreadable == ""
        assert (
            Cell(number=1, kind=CellKind.TEXT, source="# Homework"),
            Cell(number=2, kind=CellKind.CODE, source="x = 1\ny = 2"),
            Cell(number=3, kind=CellKind.TEXT, source="x = 3"),
            Cell(number=4, kind=CellKind.TEXT, source="## Padding", exercise="padding"),
            Cell(number=5, kind=CellKind.CODE, source="z = 3", exercise="padding"),
        ) == found.cells
        assert [cell.number for cell in found.code] == [2, 5]

    def test_a_notebook_of_format_3_is_upgraded_in_memory(self, read: Read, tmp_path: Path) -> None:
        """The file stays as it was handed in."""
        old = nbformat.v3.new_notebook(
            worksheets=[
                nbformat.v3.new_worksheet(
                    cells=[
                        nbformat.v3.new_heading_cell("Padding", level=2),
                        nbformat.v3.new_code_cell(input="x = 1\ny = 2", language="python"),
                    ]
                )
            ]
        )
        content = json.dumps(old)

        found = read(content)

        assert found.unreadable == ""
        assert Cell(number=2, kind=CellKind.CODE, source="x = 1\ny = 2", exercise="padding") == found.cells[1]
        assert content == (tmp_path / "an.ipynb").read_text()

    @pytest.mark.parametrize(
        "changed",
        [
            {"execution_count": "three"},
            {"id": "not an id"},
            {"odd": True},
            {"metadata": {"collapsed": 5}},
            {"outputs": [{"output_type": "odd"}]},
        ],
        ids=repr,
    )
    def test_a_small_fault_of_form_is_forgiven(self, read: Read, changed: dict[str, Any]) -> None:
        """Tools write notebooks that are not quite valid; the code is there."""
        found = read(notebook(code("x = 1", **changed)))

        assert [cell.source for cell in found.code] == ["x = 1"]

    def test_a_notebook_without_cells_is_empty_and_readable(self, read: Read) -> None:
        """It holds no answer, which is for the checks to say."""
        found = read(notebook())

        assert (found.unreadable, found.cells) == ("", ())

    def test_a_byte_order_mark_is_passed_over(self, read: Read) -> None:
        """Windows puts it there."""
        for content, name in ((notebook(code("x = 1")), "an.ipynb"), ("x = 1", "an.py")):
            found = read(b"\xef\xbb\xbf" + content.encode(), name)

            assert (found.unreadable, [cell.source for cell in found.code]) == ("", ["x = 1"])

    @pytest.mark.parametrize(
        ("metadata", "exercise"),
        [
            ({"grader": {"exercise": "padding"}}, "padding"),
            ({"grader": {"exercise": ["padding"]}}, ""),
            ({"grader": "padding"}, ""),
            ({"grader": {}}, ""),
            ({}, ""),
        ],
    )
    def test_metadata_of_a_cell_names_its_exercise(
        self, read: Read, metadata: dict[str, Any], exercise: str
    ) -> None:
        """Anything else under our key is passed over."""
        (found,) = read(notebook(code("x = 1", metadata=metadata))).cells

        assert exercise == found.exercise

    def test_code_in_any_script_is_kept_as_it_is(self, read: Read) -> None:
        """Names may be Vietnamese, and lines may end as on Windows."""
        (found,) = read(notebook(code("kích_thước = '尺寸 😀'\r\nx = 1"))).code

        assert found.source == "kích_thước = '尺寸 😀'\r\nx = 1"


class TestScripts:
    """``.py`` files are submissions, too."""

    def test_a_plain_script_is_one_cell(self, read: Read) -> None:
        """Comments with ``%`` in them do not cut it."""
        found = read("import numpy\nx = 5  # %% of all\n", "an.py")

        assert [(cell.number, cell.source) for cell in found.code] == [
            (1, "import numpy\nx = 5  # %% of all\n")
        ]

    def test_marks_cut_a_script_into_cells(self, read: Read) -> None:
        """As VS Code and Spyder do; markdown cells lose their comment signs."""
        found = read(
            "import numpy\n"
            "# %% [markdown]\n# ## Padding\n#\n# Zeros on each side.\n"
            "# %% my answer\nx = 1\n"
            "#%%\ny = 2\n",
            "an.py",
        )

        assert [
            (cell.number, "code" if cell.kind is CellKind.CODE else "markdown", cell.source, cell.exercise)
            for cell in found.cells
        ] == [
            (1, "code", "import numpy\n", ""),
            (2, "markdown", "## Padding\n\nZeros on each side.", "padding"),
            (3, "code", "# %% my answer\nx = 1\n", "padding"),
            (4, "code", "#%%\ny = 2\n", "padding"),
        ]

    def test_a_script_that_begins_with_a_mark_has_no_empty_cell(self, read: Read) -> None:
        """Cells are numbered from the first."""
        found = read("# %%\nx = 1\n# %%\ny = 2\n", "an.py")

        assert [cell.number for cell in found.cells] == [1, 2]

    def test_a_script_with_a_syntax_error_is_read(self, read: Read) -> None:
        """It is run, and fails, in the sandbox."""
        assert read("def f(:\n", "an.py").unreadable == ""


class TestFolders:
    """Who a file belongs to."""

    def test_a_path_that_is_not_there(self, tmp_path: Path) -> None:
        """The others are not graded either: it is a slip of the hand."""
        with pytest.raises(UsageError, match="nowhere is neither a file nor a folder"):
            find_submissions([tmp_path / "nowhere"], TITLES)

    def test_a_folder_with_nothing_to_grade(self, tmp_path: Path) -> None:
        """Hidden files, other files and empty folders are nothing."""
        for name in (
            ".an.ipynb",
            "notes.txt",
            "__init__.py",
            ".ipynb_checkpoints/an.ipynb",
            "binh/notes.txt",
        ):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(notebook())

        with pytest.raises(UsageError, match=r"no notebooks \(\.ipynb\) or scripts \(\.py\) in"):
            find_submissions([tmp_path], TITLES)

    @pytest.mark.parametrize("names", [("a.ipynb", "b.ipynb"), ("a.py", "b.py"), ("a.ipynb", "b.IPYNB")])
    def test_two_files_in_a_students_folder(self, tmp_path: Path, names: tuple[str, str]) -> None:
        """Nobody guesses which one counts, and the rest of the class is not held up."""
        (tmp_path / "an").mkdir()
        for name in names:
            (tmp_path / "an" / name).write_text(notebook())
        (tmp_path / "binh.py").write_text("x = 1")

        an, binh = find_submissions([tmp_path], TITLES)

        assert an.undecided.startswith("2 submissions: ")
        assert all(name in an.undecided for name in names)
        assert (an.code, binh.undecided, len(binh.code)) == ((), "", 1)

    def test_two_submissions_of_one_student(self, tmp_path: Path) -> None:
        """A notebook and a script, or a file and a folder."""
        (tmp_path / "an.ipynb").write_text(notebook())
        (tmp_path / "an.py").write_text("x = 1")

        (an,) = find_submissions([tmp_path], TITLES)

        assert an.undecided.startswith("2 submissions: ")

    def test_a_file_named_twice_is_one_submission(self, tmp_path: Path) -> None:
        """As itself and through its folder."""
        (tmp_path / "an.py").write_text("x = 1")

        (an,) = find_submissions([tmp_path, tmp_path / "an.py"], TITLES)

        assert not an.undecided

    def test_a_students_folder_without_a_submission_is_not_passed_over(self, tmp_path: Path) -> None:
        """The student stands in the table, and a person is asked to look."""
        (tmp_path / "an").mkdir()
        (tmp_path / "binh.py").write_text("x = 1")

        an, _binh = find_submissions([tmp_path], TITLES)

        assert (an.student, an.code, an.unreadable) == ("an", (), "")
        assert "no notebook or script in the folder an" in an.undecided

    @pytest.mark.parametrize("target", ["../solution.py", "binh.py", "an.py"])
    def test_a_link_is_not_followed(self, tmp_path: Path, target: str) -> None:
        """It could lead to a solution, to another's work, or to itself."""
        (tmp_path / "solution.py").write_text("secret = 1")
        (tmp_path / "class").mkdir()
        (tmp_path / "class/binh.py").write_text("x = 1")
        (tmp_path / "class/an.py").symlink_to(target)

        an, binh = find_submissions([tmp_path / "class"], TITLES)

        assert (an.code, f"a link to {target}, not a file of its own" in an.undecided) == ((), True)
        assert len(binh.code) == 1

    def test_a_folder_that_is_a_link_is_no_folder_of_the_students(self, tmp_path: Path) -> None:
        """It could lead to another's work."""
        (tmp_path / "binh").mkdir()
        (tmp_path / "binh/work.py").write_text("x = 1")
        (tmp_path / "an").symlink_to("binh")

        an, binh = find_submissions([tmp_path], TITLES)

        assert (an.code, "no notebook or script in the folder an" in an.undecided) == ((), True)
        assert len(binh.code) == 1

    def test_a_file_that_is_no_file_is_for_a_person(self, tmp_path: Path) -> None:
        """A pipe would be waited for, a dangling link is a fault of the disk's: neither is a zero."""
        os.mkfifo(tmp_path / "an.ipynb")
        (tmp_path / "binh.ipynb").symlink_to(tmp_path / "gone")

        an, binh = find_submissions([tmp_path], TITLES)

        assert "no regular file" in an.undecided
        assert "cannot be read" in binh.undecided

    def test_the_student_is_the_files_name_or_the_folders(self, tmp_path: Path) -> None:
        """In the order of names; a notebook goes before a script in a student's folder."""
        for name in (
            "binh.py",
            "Nguyễn Thị Ánh/homework.ipynb",
            "chi/work.ipynb",
            "chi/helper.py",
            "duy/main.py",
        ):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(notebook(code("x = 1")) if name.endswith("ipynb") else "x = 1")

        found = {each.student: Path(each.path).name for each in find_submissions([tmp_path], TITLES)}

        assert found == {
            "Nguyễn Thị Ánh": "homework.ipynb",
            "binh": "binh.py",
            "chi": "work.ipynb",
            "duy": "main.py",
        }

    def test_an_ending_in_capitals_is_an_ending(self, tmp_path: Path) -> None:
        """In a student's folder it used to be passed over in silence."""
        (tmp_path / "an").mkdir()
        (tmp_path / "an/HOMEWORK.IPYNB").write_text(notebook(code("x = 1")))
        (tmp_path / "BINH.PY").write_text("x = 1")

        assert [each.student for each in find_submissions([tmp_path], TITLES)] == ["BINH", "an"]

    def test_files_and_folders_can_be_named_together(self, tmp_path: Path) -> None:
        """A file that is named twice is read once."""
        (tmp_path / "class").mkdir()
        for name in ("late.ipynb", "class/an.ipynb"):
            (tmp_path / name).write_text(notebook())

        found = find_submissions(
            [tmp_path / "class", tmp_path / "late.ipynb", tmp_path / "class/an.ipynb"], TITLES
        )

        assert [each.student for each in found] == ["an", "late"]
