"""Exercise, solution and assignment files, held against one another."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from grader.errors import ExerciseError, UsageError
from grader.readers.exercises import read_assignment, read_exercises

ROOT = Path(__file__).parents[2]
Write = Callable[[str, str], Path]


def alter(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts in a file; each must be there."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def flaws(course: Path, *, solutions: bool = True) -> list[tuple[str, int, str, str]]:
    """Return the mistakes as (file below the course, line, where, found)."""
    with pytest.raises(ExerciseError) as caught:
        read_exercises(course / "exercises", course / "solutions" if solutions else None)
    return [
        (str(Path(flaw.file).relative_to(course)), flaw.line, flaw.where, flaw.found)
        for flaw in caught.value.flaws
    ]


class TestUsage:
    """What the command line asked for is not there."""

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """It is said to be no folder of exercises."""
        with pytest.raises(UsageError, match="is not a folder of exercises: give one with --exercises"):
            read_exercises(tmp_path / "nowhere", None)

    def test_a_folder_without_exercises(self, tmp_path: Path) -> None:
        """An empty result would look like success."""
        with pytest.raises(UsageError, match=r"no exercises \(\*\.yaml\) in"):
            read_exercises(tmp_path, None)

    def test_an_unknown_id(self, course: Path) -> None:
        """Those that are there are listed."""
        with pytest.raises(
            UsageError, match=r"no exercise pol, cnn in .*; did you mean pool\? There are: pool"
        ):
            read_exercises(course / "exercises", None, ["pol", "pool", "cnn"])


class TestMistakes:
    """What no single file shows."""

    def test_a_name_that_differs_from_the_file(self, course: Path) -> None:
        """In the exercise and in the solution."""
        alter(course / "exercises/pool.yaml", ("exercise: pool", "exercise: pooling"))
        alter(course / "solutions/pool.yaml", ("solution: pool", "solution: max-pool"))

        assert flaws(course) == [
            ("exercises/pool.yaml", 1, "exercise", "'pooling'"),
            ("solutions/pool.yaml", 1, "solution", "'max-pool'"),
        ]

    def test_a_missing_solution(self, course: Path) -> None:
        """With solutions, every exercise has one."""
        (course / "solutions/pool.yaml").unlink()

        assert flaws(course) == [("solutions/pool.yaml", 1, "", "no file")]

    def test_an_unknown_observation(self, course: Path) -> None:
        """Under ``of`` and under ``scaling``; hidden observations are unknown to the public file."""
        alter(course / "exercises/pool.yaml", ("of: small", "of: grid"))
        alter(
            course / "solutions/pool.yaml",
            ("of: grid,", "of: gird,"),
            ("checks:", "checks:\n  - trains: {of: grid, data: wine, scaling: nothing}"),
        )

        assert flaws(course) == [
            ("exercises/pool.yaml", 10, "checks.0.equals.of", "'grid'"),
            ("solutions/pool.yaml", 7, "checks.0.trains.scaling", "'nothing'"),
            ("solutions/pool.yaml", 8, "checks.1.equals.of", "'gird'"),
        ]

    def test_an_unknown_need(self, course: Path) -> None:
        """The ids that there are stand in the message."""
        alter(course / "solutions/pool.yaml", ("points: 2", 'points: 2, needs: ["equals[tiny]"]'))

        with pytest.raises(
            ExerciseError,
            match=r"found 'equals\[tiny\]'; expected a check's id: equals\[grid\], equals\[small\]",
        ):
            read_exercises(course / "exercises", course / "solutions")

    def test_a_public_check_that_needs_a_hidden_one(self, course: Path) -> None:
        """Students read the public file alone, and it would be wrong for them."""
        alter(course / "exercises/pool.yaml", ("expect: 2", 'expect: 2, needs: ["equals[grid]"]'))
        expected = [("exercises/pool.yaml", 10, "checks.0.equals.needs", "'equals[grid]'")]

        assert expected == flaws(course)
        assert expected == flaws(course, solutions=False)

    def test_needs_in_a_circle(self, course: Path) -> None:
        """They are told once, in the file where the circle begins."""
        alter(
            course / "solutions/pool.yaml",
            ("points: 2", 'points: 2, needs: ["close[grid]"]'),
            ("checks:", 'checks:\n  - close: {of: grid, needs: ["equals[grid]", "equals[small]"]}'),
        )

        ((file, line, _, found),) = flaws(course)
        assert (file, line) == ("solutions/pool.yaml", 7)
        assert "close[grid] that needs itself" in found

    def test_a_check_that_needs_itself(self, course: Path) -> None:
        """The smallest circle."""
        alter(course / "exercises/pool.yaml", ("expect: 2", 'expect: 2, needs: ["equals[small]"]'))

        ((file, line, _, found),) = flaws(course)
        assert (file, line) == ("exercises/pool.yaml", 10)
        assert "equals[small] that needs itself" in found

    @pytest.mark.parametrize(
        "check", ["equals: {of: small}", "layers: {of: small}", "sets: {of: small, points: 2}"]
    )
    def test_a_public_check_without_an_expectation(self, course: Path, check: str) -> None:
        """Students have no reference to compare with."""
        alter(course / "exercises/pool.yaml", ("equals: {of: small, expect: 2}", check))

        assert [
            ("exercises/pool.yaml", 10, f"checks.0.{check.split(':', maxsplit=1)[0]}", "no expectation")
        ] == flaws(course)

    @pytest.mark.parametrize("expectation", ["expect: null", "expect: 0", 'sealed: "scrypt:16384:00:00"'])
    def test_an_expectation_that_looks_empty_is_one(self, course: Path, expectation: str) -> None:
        """``expect: null`` expects ``None``."""
        alter(course / "exercises/pool.yaml", ("expect: 2", expectation))

        assert read_exercises(course / "exercises", course / "solutions")

    def test_colliding_observations(self, course: Path) -> None:
        """A hidden observation must not take a public one's place; the order of the file is kept."""
        alter(
            course / "exercises/pool.yaml",
            ("observe:", "observe:\n  a: {call: f}\n  b: {call: f}\n  c: {call: f}"),
        )
        alter(
            course / "solutions/pool.yaml",
            ("observe:", "observe:\n  c: {call: f}\n  a: {call: f}\n  b: {call: f}"),
        )

        assert flaws(course) == [
            ("solutions/pool.yaml", 5, "observe.c", "the observation 'c'"),
            ("solutions/pool.yaml", 6, "observe.a", "the observation 'a'"),
            ("solutions/pool.yaml", 7, "observe.b", "the observation 'b'"),
        ]

    def test_a_wrong_solution_does_not_hide_what_is_wrong_in_the_exercise(self, course: Path) -> None:
        """Nor a misspelt key there an observation that is none here."""
        alter(course / "exercises/pool.yaml", ("of: small, expect: 2", 'of: smal, needs: ["equals[x]"]'))
        alter(course / "solutions/pool.yaml", ("checks:", "check:"))

        assert [(file, where) for file, _, where, _ in flaws(course)] == [
            ("exercises/pool.yaml", "checks.0.equals.of"),
            ("exercises/pool.yaml", "checks.0.equals.needs"),
            ("exercises/pool.yaml", "checks.0.equals"),
            ("solutions/pool.yaml", "check"),
        ]

    def test_two_wrong_files_are_told_in_one_error(self, course: Path, write: Write) -> None:
        """And a third that is no YAML at all."""
        alter(course / "exercises/pool.yaml", ("of: small", "of: smal"))
        write("exercises/tides.yaml", "exercise: tides\n")
        write("exercises/waves.yaml", "exercise: [\n")
        write("solutions/waves.yaml", "solution: waves\n")

        found = flaws(course)

        assert {"exercises/pool.yaml", "exercises/tides.yaml", "solutions/tides.yaml"} < {
            file for file, *_ in found
        }
        assert ("solutions/waves.yaml", 1, "", "{'solution': 'waves'}") in found
        assert any(file == "exercises/waves.yaml" and "not YAML" in what for file, _, _, what in found)


class TestReading:
    """Files that are right."""

    def test_an_exercise_has_the_checks_of_both_files(self, course: Path) -> None:
        """Public ones first and visible, the others hidden."""
        (exercise,) = read_exercises(course / "exercises", course / "solutions")

        assert [(each.id, each.visible) for each in exercise.checks] == [
            ("equals[small]", True),
            ("equals[grid]", False),
        ]
        assert list(exercise.observations) == ["small", "grid"]
        assert exercise.max_points == 3

    def test_without_solutions_there_are_public_checks_only(self, course: Path) -> None:
        """As a student sees them."""
        (exercise,) = read_exercises(course / "exercises", None)

        assert [check.id for check in exercise.checks] == ["equals[small]"]
        assert exercise.solution is None

    def test_two_checks_of_one_kind_on_one_observation_are_numbered(self, course: Path) -> None:
        """Within a file and across both."""
        alter(
            course / "exercises/pool.yaml",
            ("checks:", "checks:\n  - equals: {of: small, expect: 2, points: 0}"),
        )
        alter(course / "solutions/pool.yaml", ("of: grid", "of: small"))

        (exercise,) = read_exercises(course / "exercises", course / "solutions")

        assert [check.id for check in exercise.checks] == [
            "equals[small]",
            "equals[small]#2",
            "equals[small]#3",
        ]

    def test_the_order_that_was_asked_for_is_kept(self, course: Path, write: Write) -> None:
        """Each exercise once."""
        text = (course / "exercises/pool.yaml").read_text(encoding="utf-8")
        write("exercises/arch.yaml", text.replace("exercise: pool", "exercise: arch"))

        folder = course / "exercises"
        assert [each.id for each in read_exercises(folder, None)] == ["arch", "pool"]
        assert [each.id for each in read_exercises(folder, None, ["pool", "arch", "pool"])] == [
            "pool",
            "arch",
        ]

    def test_the_fingerprint_changes_with_either_file(self, course: Path) -> None:
        """So that an earlier grade is not taken over."""

        def fingerprint(solutions: Path | None) -> str:
            return read_exercises(course / "exercises", solutions)[0].fingerprint

        before = {fingerprint(None), fingerprint(course / "solutions")}
        alter(course / "solutions/pool.yaml", ("points: 2", "points: 3"))
        then = fingerprint(course / "solutions")
        alter(course / "exercises/pool.yaml", ("Write `f`.", "Write `f(x)`."))

        assert len({*before, then, fingerprint(None), fingerprint(course / "solutions")}) == 5
        assert fingerprint(None) == fingerprint(None)

    def test_the_shipped_exercises_are_right(self) -> None:
        """All of them, with and without their solutions."""
        graded = read_exercises(ROOT / "exercises", ROOT / "solutions")
        public = read_exercises(ROOT / "exercises", None)

        assert len(graded) == len(public) >= 10
        assert all(each.solution and each.max_points > 0 for each in graded)


class TestAssignments:
    """Exercises handed in together."""

    def test_an_unknown_assignment(self, course: Path, write: Write) -> None:
        """Those that are there are listed."""
        with pytest.raises(UsageError, match=r"no assignment 'first' in .*; there are: none"):
            read_assignment(course / "exercises", "first")
        write("exercises/assignments/second.yaml", "")
        with pytest.raises(UsageError, match="there are: second"):
            read_assignment(course / "exercises", "first")

    def test_exercises_that_are_not_there(self, course: Path, write: Write) -> None:
        """With the line of the list."""
        write(
            "exercises/assignments/first.yaml",
            "assignment: first\ntitle: One\nexercises: [pool, tides, waves]\n",
        )

        with pytest.raises(
            ExerciseError, match=r"first\.yaml:3: exercises: found tides, waves; expected exercises that"
        ):
            read_assignment(course / "exercises", "first")

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("exercises: []", "list should have at least 1 item"),
            ("exercises: pool", "a valid list"),
            ("exercises: [pool]\ndue: tomorrow", "valid datetime"),
            ("exercises: [pool]\nlimits: {memory: 100}", "'memory_mib' (nearest of: "),
            ("exercises: [pool]\nlimits: {memory_mib: 10}", "greater than or equal to 256"),
            ("exercises: [pool]\nexercises: [pool]", "each key once"),
        ],
    )
    def test_mistakes_in_an_assignment(self, course: Path, write: Write, text: str, found: str) -> None:
        """The same care as for exercises."""
        write("exercises/assignments/first.yaml", f"assignment: first\ntitle: One\n{text}\n")

        with pytest.raises(ExerciseError) as caught:
            read_assignment(course / "exercises", "first")
        assert found in str(caught.value)

    def test_an_assignment_is_read(self, course: Path, write: Write) -> None:
        """Limits that are not given have their usual values."""
        write(
            "exercises/assignments/first.yaml",
            "assignment: first\ntitle: One\ndue: 2026-12-18T23:59:00+07:00\n"
            "exercises: [pool]\nlimits: {cell_seconds: 5}\n",
        )

        found = read_assignment(course / "exercises", "first")

        assert found.exercises == ["pool"]
        assert (
            found.limits.cell_seconds,
            found.limits.submission_seconds,
            found.limits.memory_mib,
        ) == (5.0, 300.0, 1024)
        assert found.due is not None
        assert timedelta(hours=7) == found.due.utcoffset()

    def test_the_shipped_assignments_are_right(self) -> None:
        """All of them."""
        names = [path.stem for path in (ROOT / "exercises/assignments").glob("*.yaml")]

        assert names
        assert names == [read_assignment(ROOT / "exercises", name).assignment for name in names]
