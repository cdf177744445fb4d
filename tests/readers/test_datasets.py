"""Data: as it was when its checksum was taken, cut in two, and in the shape that was asked for."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import ExerciseError
from grader.readers.datasets import read_dataset, select

ROOT = Path(__file__).parents[2] / "datasets"
CSV = "a,b,unused,kind\n" + "".join(f"{row},{row * 10},x,{row % 3}\n" for row in range(9))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Make a dataset called ``rain`` and return the folder of datasets."""

    def made(csv: str = CSV, *, file: str = "data.csv", **changed: Any) -> Path:
        folder = tmp_path / "rain"
        folder.mkdir()
        content = gzip.compress(csv.encode()) if file.endswith(".gz") else csv.encode()
        (folder / file).write_bytes(content)
        keys = {
            "dataset": "rain",
            "title": "Rain",
            "licence": "CC0",
            "source": "us",
            "file": file,
            "sha256": hashlib.sha256(content).hexdigest(),
            "columns": "{features: [b, a], label: kind}",
            "shape": "[2]",
            "split": "{test_every: 4}",
            **changed,
        }
        text = "".join(f"{key}: {value}\n" for key, value in keys.items() if value is not None)
        (folder / "dataset.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return made


Make = Callable[..., Path]


def test_altered_data_is_refused(make: Make) -> None:
    """One digit is enough; both checksums are told."""
    folder = make()
    data = folder / "rain/data.csv"
    data.write_text(CSV.replace("80", "81"), encoding="utf-8")

    with pytest.raises(
        ExerciseError, match=r"dataset\.yaml:1: sha256: found data\.csv with [0-9a-f]{64}; expected"
    ):
        read_dataset(folder, "rain")


def test_missing_data_is_told(make: Make) -> None:
    """The description without its file."""
    folder = make()
    (folder / "rain/data.csv").unlink()

    with pytest.raises(
        ExerciseError, match=r"file: found No such file or directory; expected a readable data\.csv"
    ):
        read_dataset(folder, "rain")


def test_an_unknown_dataset_is_told(tmp_path: Path) -> None:
    """With the path where it was looked for."""
    with pytest.raises(ExerciseError, match=r"snow/dataset\.yaml:1: found No such file"):
        read_dataset(tmp_path, "snow")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"sha256": "abc"}, "match pattern"),
        ({"licence": None}, "the key 'licence'"),
        ({"divide_by": 0}, "greater than 0"),
        ({"dtype": "int8"}, "'float32' or 'float64'"),
        ({"split": "{test_every: 1}"}, "greater than or equal to 2"),
        ({"columns": "{features: []}"}, "at least 1 item"),
        ({"licens": "x"}, "'licence' (nearest of: "),
    ],
)
def test_a_wrong_description_is_told(make: Make, changed: dict[str, Any], expected: str) -> None:
    """As every mistake in YAML."""
    with pytest.raises(ExerciseError) as caught:
        read_dataset(make(**changed), "rain")
    assert expected in str(caught.value)


def test_every_nth_row_is_for_testing(make: Make) -> None:
    """Rows 0, 4 and 8 of nine, in the order of the file; columns in the order of the description."""
    dataset = read_dataset(make(), "rain")

    (train, train_labels), (test, test_labels) = dataset.part("train"), dataset.part("test")

    assert test.tolist() == [[0, 0], [40, 4], [80, 8]]
    assert train[:, 0].tolist() == [10, 20, 30, 50, 60, 70]
    assert (test_labels.tolist(), train_labels.tolist()) == ([0, 1, 2], [1, 2, 0, 2, 0, 1])
    assert test_labels.dtype == "int64"
    assert len(dataset.part("all")[0]) == 9


def test_a_dataset_without_a_split_has_no_parts(make: Make) -> None:
    """An empty test part would pass any scaler."""
    dataset = read_dataset(make(split="null"), "rain")

    assert len(dataset.part("all")[0]) == 9
    for part in ("train", "test"):
        with pytest.raises(ValueError, match="not split, there is only part: all"):
            dataset.part(part)


def test_features_are_divided_cast_and_shaped(make: Make) -> None:
    """In this order, so that a float32 is the nearest to the quotient."""
    folder = make(divide_by=3, dtype="float32", shape="[1, 2, 1]", file="data.csv.gz")

    features, _ = read_dataset(folder, "rain").part("all")

    assert (features.shape, features.dtype) == ((9, 1, 2, 1), "float32")
    assert np.float32(10 / 3) == features[1, 0, 0, 0]


def test_features_cannot_be_written_to(make: Make) -> None:
    """They are read once and shared by all who ask."""
    features = read_dataset(make(), "rain").features

    with pytest.raises(ValueError, match="read-only"):
        features[0, 0] = 1


def test_a_dataset_without_classes_has_no_labels(make: Make) -> None:
    """And asking for them is a mistake."""
    folder = make(columns="{features: [a]}", shape="[1]")

    assert read_dataset(folder, "rain").labels is None
    with pytest.raises(ValueError, match="no columns 'label' in rain"):
        select(folder, {"dataset": "rain", "columns": "label"})


def test_a_misspelt_selection_is_a_mistake(make: Make) -> None:
    """It used to give the features, silently."""
    folder = make()

    with pytest.raises(ValueError, match="no columns 'labels' in rain"):
        select(folder, {"dataset": "rain", "columns": "labels"})
    with pytest.raises(KeyError):
        select(folder, {"dataset": "rain", "part": "training"})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [0, 10, 20, 30, 40, 50, 60, 70, 80]),
        ({"part": "test"}, [0, 40, 80]),
        ({"part": "train", "rows": [1, 3]}, [20, 30]),
        ({"rows": [0, 0]}, []),
        ({"part": "test", "columns": "features", "rows": [2, 3]}, [80]),
    ],
)
def test_rows_are_selected_from_a_part(make: Make, wanted: dict[str, Any], expected: list[int]) -> None:
    """From the first, up to and without the last."""
    assert expected == select(make(), {"dataset": "rain", **wanted})[:, 0].tolist()


def test_labels_are_selected_in_the_same_way(make: Make) -> None:
    """With the rows that their features have."""
    found = select(make(), {"dataset": "rain", "part": "test", "columns": "label", "rows": [1, 3]})

    assert found.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("name", "train", "test", "shape"),
    [("wine", 133, 45, (13,)), ("digits", 1347, 450, (8, 8, 1))],
)
def test_the_shipped_data_is_what_its_page_says(
    name: str, train: int, test: int, shape: tuple[int, ...]
) -> None:
    """The numbers in datasets/README.md."""
    dataset = read_dataset(ROOT, name)

    assert (train, *shape) == dataset.part("train")[0].shape
    assert (test, *shape) == dataset.part("test")[0].shape
    assert set(dataset.part("test")[1].tolist()) == set(dataset.part("train")[1].tolist())


def test_digits_are_between_paper_and_ink() -> None:
    """0.0 to 1.0, as float32."""
    features = read_dataset(ROOT, "digits").features

    assert (features.min(), features.max(), features.dtype) == (0.0, 1.0, "float32")
