"""Folders of exercises and solutions, written by the test."""

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[[str, str], Path]

QUESTION = """\
exercise: {name}
title: {{en: Max pooling, vi: Gộp cực đại}}
source: Exercise 43
prompt: Write `f`.
starter: |
  def f(x): ...
observe:
  small: {{call: f, with: [1]}}
checks:
  - equals: {{of: small, expect: 2}}
"""
SOLUTION = """\
solution: {name}
source: |
  def f(x): return x + 1
observe:
  grid: {{call: f, over: {{x: [1, 2, 3]}}}}
checks:
  - equals: {{of: grid, points: 2}}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a text to a path below the test's folder."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def course(write: Write, tmp_path: Path) -> Path:
    """Make a folder with the exercise ``pool`` and its solution, both right."""
    write("exercises/pool.yaml", QUESTION.format(name="pool"))
    write("solutions/pool.yaml", SOLUTION.format(name="pool"))
    return tmp_path
