"""Where cells stand in their file."""

import json
import tracemalloc
from pathlib import Path

import pytest

from grader.readers.places import cell_places, defined_at
from grader.readers.submissions import read_submission

CLASS = Path(__file__).parents[1] / "sample_class"
FILES = sorted(path for path in CLASS.iterdir() if path.suffix in {".ipynb", ".py"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_line_of_code_is_found_where_it_stands(path: Path) -> None:
    """In notebooks of every version, in scripts; none in a file that cannot be read."""
    submission, places = read_submission(path, {}), cell_places(path)
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")

    assert set(places) == {cell.number for cell in submission.cells}
    for cell in submission.code:
        for number, line in enumerate(cell.source.splitlines(), start=1):
            written = {line, json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1]}
            assert any(each in lines[places[cell.number].of(number) - 1] for each in written)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", '{"cells": 3}', '{"cells": [3]}', '{"cells": [{"source": 3}]}', '{"worksheets": [{}]}',
        "[" * 100_000, '{"a": 1,}', '{"cells": [{"source": [1, null]}]} x', "\ud800",
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_notebook_has_no_places_or_none_of_use(tmp_path: Path, text: str) -> None:
    """A student's file may be anything; nothing is raised."""
    path = tmp_path / "x.ipynb"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    assert all(place.line >= 1 and not place.source for place in cell_places(path).values())


def test_a_source_on_one_line_stands_on_that_line(tmp_path: Path) -> None:
    """As programs write notebooks, without a newline."""
    path = tmp_path / "x.ipynb"
    path.write_text('{"cells":\n[{"source": "a = 1\\nb = 2\\n", "cell_type": "code"}]}')

    places = cell_places(path)

    assert [places[1].of(number) for number in (1, 2, 3)] == [2, 2, 2]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.ipynb", '{"cells": [' + "\n" * 2**20 + '{"source": ["a\\n", "", "b"]}]}'),
        ("x.ipynb", '{"cells": [{"source": "' + "\\n" * 2**20 + '"}]}'),
        ("x.py", "\n" * 2**20),
    ],
    ids=["between cells", "in a cell", "in a script"],
)
def test_a_file_of_newlines_costs_little_memory(tmp_path: Path, name: str, text: str) -> None:
    """A student hands it in; a number for each line would be forty bytes for one."""
    path = tmp_path / name
    path.write_text(text)

    tracemalloc.start()
    try:
        places = cell_places(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert list(places) == [1]
    assert peak < 24 * 2**20


def test_lines_go_on_over_pieces(tmp_path: Path) -> None:
    """As the format allows: a piece may hold several lines, or a part of one, or nothing."""
    path = tmp_path / "x.ipynb"
    pieces = ["a = 1\nb =", "", " 2", "\n", "c = 3\r\n", 3, "d = 4\u2028e\n\n"]
    path.write_text('{"cells": [{"source": [\n' + ",\n".join(map(json.dumps, pieces)) + "]}]}")

    assert list(cell_places(path)[1].source) == [2, 2, 5 + 1, 6 + 2, 8]


def test_a_name_is_found_in_its_section(tmp_path: Path) -> None:
    """The last definition counts; another exercise's of the same name does not."""
    path = tmp_path / "x.py"
    cells = [
        "# exercise: one\ndef f():\n    def inner(): pass\n",
        "def f(): pass  # again\n",
        "# exercise: two\nf = 3\ng: int = 4\n",
    ]
    path.write_text("# %%\n" + "# %%\n".join(cells))
    submission, lines = read_submission(path, {"one": ["one"], "two": ["two"]}), path.read_text().splitlines()

    found = {
        (exercise, name): defined_at(submission, exercise, name)
        for exercise, name in [("one", "f"), ("two", "f"), ("two", "g"), ("one", "inner"), ("three", "f")]
    }

    at = {key: lines[cell_places(path)[place[0]].of(place[1]) - 1] for key, place in found.items() if place}
    assert at == {
        ("one", "f"): "def f(): pass  # again",
        ("two", "f"): "f = 3",
        ("two", "g"): "g: int = 4",
        ("one", "inner"): "# %%",
    }
