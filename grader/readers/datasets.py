"""Reads the shipped data: a CSV file beside a ``dataset.yaml`` with licence, source, checksum and split."""

import csv
import gzip
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from grader.errors import ExerciseError, Flaw
from grader.exercise import Identifier, Record, Text
from grader.readers.marked_yaml import read_marked, validate

Part = Literal["train", "test", "all"]


class Columns(Record):
    """Which columns are inputs, and which one, if any, is the class: an index into ``classes``."""

    features: Annotated[list[str], Field(min_length=1)]
    label: str | None = None


class Split(Record):
    """Rows 0, N, 2N ... are for testing, the others for training."""

    test_every: Annotated[int, Field(ge=2)]


class DatasetFile(Record):
    """``dataset.yaml``. ``shape`` is that of one example; features are divided by ``divide_by``."""

    dataset: Identifier
    title: Text
    licence: str
    source: str
    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    columns: Columns
    shape: list[int]
    dtype: Literal["float32", "float64"] = "float64"
    divide_by: Annotated[float, Field(gt=0)] = 1.0
    classes: list[str] = []
    split: Split | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """Arrays: ``features`` (rows, *shape), ``labels`` (rows,) int64 or ``None``, ``is_test`` (rows,) bool."""

    features: Any
    labels: Any
    is_test: Any

    @property
    def is_split(self) -> bool:
        """Whether some rows are held out for testing."""
        return bool(self.is_test.any())

    def for_training(self) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Return features and labels to train on, and to measure accuracy on: all both times if not split."""
        if self.is_split:
            return self.part("train"), self.part("test")
        return self.part("all"), self.part("all")

    def part(self, part: Part) -> tuple[Any, Any]:
        """Return the features and labels of *part*. Raises ``ValueError`` for a part that there is not."""
        if part != "all" and not self.is_split:
            raise ValueError("the dataset is not split, there is only part: all")
        chosen = {"all": np.ones_like(self.is_test), "test": self.is_test, "train": ~self.is_test}[part]
        return self.features[chosen], None if self.labels is None else self.labels[chosen]


@lru_cache(maxsize=32)
def read_dataset(folder: Path, name: str) -> Dataset:
    """Read dataset *name* below *folder*. Raises ``ExerciseError`` when it is missing or was altered."""
    path = folder / name / "dataset.yaml"
    marked = read_marked(path)
    described = validate(DatasetFile, marked)
    if described is None or marked.flaws:
        raise ExerciseError(marked.flaws)
    content = _read_data(path, described)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    features = np.array([[float(row[column]) for column in described.columns.features] for row in rows])
    shaped = (features / described.divide_by).astype(described.dtype).reshape(len(rows), *described.shape)
    shaped.flags.writeable = False
    return Dataset(
        features=shaped, labels=_labels(rows, described), is_test=_is_test(len(rows), described.split)
    )


def _read_data(path: Path, described: DatasetFile) -> bytes:
    data = path.parent / described.file
    try:
        content = data.read_bytes()
    except OSError as error:
        raise ExerciseError(
            [_flaw(path, "file", str(error.strerror), f"a readable {described.file}")]
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != described.sha256:
        raise ExerciseError([_flaw(path, "sha256", f"{described.file} with {digest}", described.sha256)])
    return gzip.decompress(content) if data.suffix == ".gz" else content


def _flaw(path: Path, where: str, found: str, expected: str) -> Flaw:
    return Flaw(file=str(path), line=1, where=where, found=found, expected=expected)


def _labels(rows: list[dict[str, str]], described: DatasetFile) -> Any:
    if described.columns.label is None:
        return None
    return np.array([int(row[described.columns.label]) for row in rows], dtype="int64")


def _is_test(count: int, split: Split | None) -> Any:
    return np.zeros(count, dtype=bool) if split is None else np.arange(count) % split.test_every == 0


def select(folder: Path, wanted: Mapping[str, Any]) -> Any:
    """Return the array that ``{dataset: ..., part: ..., columns: ..., rows: [from, to]}`` asks for."""
    features, labels = read_dataset(folder, wanted["dataset"]).part(wanted.get("part", "all"))
    columns = wanted.get("columns", "features")
    if columns not in ("features", "label") or (columns == "label" and labels is None):
        raise ValueError(f"no columns {columns!r} in {wanted['dataset']}")
    chosen = labels if columns == "label" else features
    start, stop = wanted.get("rows") or (0, len(chosen))
    return chosen[start:stop]
