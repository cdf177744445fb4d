"""A warning when a class is graded again somewhere else."""

import pytest

from grader.cli.surroundings import moved
from grader.sandbox.inside.zygote import cpu_features

HERE = {"keras": "3.15.1", "cpu": "avx avx2 fma", "onednn": "off", "threads": "1", "layers": "namespaces"}


def test_the_same_environment_is_no_news() -> None:
    """Nor is a first run, or a record from before these things were recorded."""
    assert moved([HERE], HERE) == moved([], HERE) == moved([{}, {"grader": "0.1.0"}], HERE) == ""


def test_what_changed_is_named() -> None:
    """Both sides of it, whichever run it was in, and what to do."""
    said = moved([HERE, {**HERE, "keras": "3.14.0", "cpu": ""}, {**HERE, "keras": "3.13.1"}], HERE)

    assert "Keras 3.13.1 or 3.14.0 → 3.15.1; processor features none → avx avx2 fma" in said
    assert "new --gradebook" in said


def test_what_does_not_matter_to_a_training_is_not_told() -> None:
    """Layers of isolation change no number."""
    assert moved([{**HERE, "layers": ""}], HERE) == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("model name : x\nflags\t\t: fpu avx2 avx sse4_2\nflags : none\n", "sse4_2 avx avx2"),
        ("Features\t: fp asimd evtstrm\n", "asimd"),
        ("", ""),
    ],
)
def test_the_processor_is_known_by_its_instruction_sets(tmp_path: object, content: str, told: str) -> None:
    """In a fixed order, those that choose kernels."""
    file = f"{tmp_path}/cpuinfo"
    with open(file, "w", encoding="utf-8") as writer:  # noqa: PTH123 - a plain text path, as in the code
        writer.write(content)

    assert cpu_features(file) == told
    assert cpu_features(file + ".none") == ""
