"""``grader prove``, as an author types it."""

import json
import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.cli.commands import COURSE, ROOT, grader, start


def course(folder: Path, exercise: str, *changes: tuple[str, str]) -> tuple[str, ...]:
    """Copy *exercise* into *folder*, change its solution by patterns, and return the options that name it."""
    for name in ("exercises", "solutions"):
        (folder / name).mkdir()
        shutil.copy(ROOT / name / f"{exercise}.yaml", folder / name)
    solution = folder / "solutions" / f"{exercise}.yaml"
    text = solution.read_text(encoding="utf-8")
    for pattern, replacement in changes:
        text, found = re.subn(pattern, replacement, text)
        assert found, pattern
    solution.write_text(text, encoding="utf-8")
    return ("--datasets", str(ROOT / "datasets"))


class TestUsage:
    """What is told before any sandbox starts."""

    def test_help_has_examples(self, tmp_path: Path) -> None:
        """And names the exit statuses."""
        done = grader(tmp_path, "prove", "--help")

        assert done.returncode == 0
        assert "Examples:" in done.stdout
        assert "0 all proved" in done.stdout

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["no-such", *COURSE], "no exercise no-such"),
            (
                ["conv-parameters", *COURSE[:2], "--solutions", "nowhere"],
                "nowhere is not a folder of solutions",
            ),
            (["conv-parameters", *COURSE, "--html", "file/proof"], "--html file/proof cannot be made"),
            (["conv-parameters", *COURSE, "--json", "missing/proof.json"], "a folder that is there"),
        ],
    )
    def test_a_wrong_call_is_one_message(self, tmp_path: Path, arguments: list[str], words: str) -> None:
        """Exit status 2, no traceback."""
        (tmp_path / "file").write_text("")

        done = grader(tmp_path, "prove", *arguments)

        assert done.returncode == 2
        assert words in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


def test_an_exercise_without_training_is_proved_by_its_known_answers(tmp_path: Path) -> None:
    """Reference, mistakes and starter are judged; nothing is trained."""
    done = grader(tmp_path, "prove", "conv-parameters", *COURSE, "--json", "proof.json")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "The reference passes" in done.stdout
    assert "1 of 1 exercise proved" in done.stdout
    (record,) = json.loads((tmp_path / "proof.json").read_text())
    assert (record["proved"], record["checks"]) == (True, [])


def test_a_mistake_that_is_right_is_refused_with_its_line(tmp_path: Path) -> None:
    """The exercise would not see it fail."""
    right = (
        r"\1  - name: is right\n    hint: No.\n    source: |\n      import keras\n      import numpy as np\n"
    )
    course(tmp_path, "conv-parameters", (r"(?s)^(.*?\nmistakes:\n).*", right))
    text = (ROOT / "solutions" / "conv-parameters.yaml").read_text(encoding="utf-8")
    source = re.search(r"(?s)\nsource: \|\n(.*?)\n(?=\S)", text)
    assert source
    with (tmp_path / "solutions" / "conv-parameters.yaml").open("a", encoding="utf-8") as file:
        file.writelines(f"    {line}\n" for line in source[1].splitlines())

    done = grader(tmp_path, "prove")

    assert done.returncode == 1, done.stdout + done.stderr
    shown = " ".join(done.stdout.split())
    assert re.search(r"solutions/conv-parameters\.yaml:\d+: mistakes\.0 found 'is right' that passes", shown)


def test_a_reference_that_is_wrong_is_an_error_in_its_file(tmp_path: Path) -> None:
    """Exit status 2: nothing can be held against it."""
    course(tmp_path, "conv-parameters", (r"(?m)^source: \|$", "source: |\n  raise ValueError('no')"))

    done = grader(tmp_path, "prove")

    assert done.returncode == 2
    assert "solutions/conv-parameters.yaml:" in done.stderr


def test_one_wrong_reference_does_not_keep_the_others_from_being_proved(tmp_path: Path) -> None:
    """They are shown; the error is told after them."""
    course(tmp_path, "conv-parameters", (r"(?m)^source: \|$", "source: |\n  raise ValueError('no')"))
    for name in ("exercises", "solutions"):
        shutil.copy(ROOT / name / "conv-output-shape.yaml", tmp_path / name)

    done = grader(tmp_path, "prove")

    assert done.returncode == 2
    assert "1 of 1 exercise proved" in done.stdout
    assert "solutions/conv-parameters.yaml:" in done.stderr


@pytest.mark.slow
class TestTraining:
    """The shipped scaling exercise, with few seeds."""

    def test_few_seeds_say_that_they_are_too_few(self, tmp_path: Path) -> None:
        """The real exercise: both distributions, the page, and how many seeds would do."""
        done = grader(
            tmp_path,
            "prove",
            "feature-scaling",
            *COURSE,
            "--seeds",
            "3",
            "--html",
            "html",
            "--json",
            "p.json",
        )

        assert done.returncode == 1, done.stdout + done.stderr
        shown = " ".join(done.stdout.split())
        assert "accuracy_at_least" in shown
        assert "3 seeds are too few to prove it, give --seeds" in shown
        assert max(map(len, done.stdout.splitlines())) <= 80
        assert "<svg" in (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
        (record,) = json.loads((tmp_path / "p.json").read_text())
        assert {flaw["file"] for flaw in record["flaws"]} == {
            str(ROOT / "solutions" / "feature-scaling.yaml")
        }
        for check in record["checks"]:
            assert check["seeds"] == [1, 2, 3]
            assert all(len(answer["values"]) == 3 for limit in check["limits"] for answer in limit["answers"])

    def test_a_bad_threshold_is_refused_with_a_better_one(self, tmp_path: Path) -> None:
        """A larger lead proves much with ten seeds; what the reference seldom reaches is to be lowered."""
        given = course(
            tmp_path,
            "feature-scaling",
            (r"accuracy_at_least: [\d.]+", "accuracy_at_least: 0.999\n      lead: 10"),
        )

        done = grader(tmp_path, "prove", "feature-scaling", *given, "--seeds", "10")

        assert done.returncode == 1, done.stdout + done.stderr
        shown = " ".join(done.stdout.split())
        assert "may fail an answer as good as the reference" in shown
        assert re.search(r"lower accuracy_at_least to 0\.9\d* \(the reference reached at least 9\d", shown)
        assert re.search(
            r"solutions/feature-scaling\.yaml:\d+: checks\.\d+\.trains\.accuracy_at_least", shown
        )
        assert "lower gap_at_least" not in shown

    def test_it_can_be_stopped(self, tmp_path: Path) -> None:
        """Ctrl-C is one word and status 130, and nothing is said of grades."""
        running = start(tmp_path, "prove", "small-cnn", *COURSE, "--seeds", "1000")
        assert running.stderr is not None
        first = running.stderr.readline()
        running.send_signal(signal.SIGINT)
        _out, rest = running.communicate(timeout=60)

        assert first.startswith("judged 1 of")
        assert running.returncode == 130
        assert rest.splitlines()[-1] == "grader: stopped"
        assert "Traceback" not in rest
