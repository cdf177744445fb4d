"""Nothing of a hidden check in anything that pytest prints or writes, whatever it was told to show."""

from pathlib import Path

import pytest

from grader.pytest_plugin import desk, score
from grader.pytest_plugin.shelf import Options, Shelf
from grader.redteam.canaries import Canaries
from tests.pytest_plugin.conftest import Run
from tests.pytest_plugin.course import EXITING, HEAD, RAISING, TALKING, WRONG, hand_in, right

WAYS = [
    ("-vv", "--showlocals", "--tb=long", "-rA"),
    ("-o", "log_cli=true", "--log-level=DEBUG", "--tb=native", "-rA"),
    ("--full-trace", "--tb=short", "--setup-show", "--durations=0", "-vvv"),
    ("--tb=auto", "-s", "--trace-config", "--debug=trace.log"),
    ("-p", "no:terminal"),
    ("--tb=line", "--showlocals", "--xfail-tb"),
]
CLASS = {"raises": RAISING, "exits": EXITING, "talks": TALKING, "wrong": WRONG}


def written(folder: Path, besides: set[Path]) -> list[str]:
    """Return every file that the run wrote."""
    return [
        path.read_text(errors="replace")
        for path in folder.rglob("*")
        if path.is_file() and path not in besides
    ]


@pytest.mark.parametrize("options", WAYS, ids=lambda options: options[0])
def test_no_option_shows_what_is_hidden(
    run: Run, canaries: Canaries, pytester: pytest.Pytester, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Neither inputs nor expected values, sources or names of mistakes."""
    folder = hand_in(tmp_path / "in", **CLASS, right="x = 1\n")
    (folder / "right.py").write_text(right(canaries))
    before = {path for path in pytester.path.rglob("*") if path.is_file()}

    result = run(f"--submission={folder}", "--junitxml=junit.xml", *options)

    said = [result.stdout.str(), result.stderr.str(), *written(pytester.path, before)]
    assert (pytester.path / "junit.xml").is_file()
    assert any("grader.verdict" in text for text in said)
    assert canaries.shown(said) == set()


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("@expected value@")], ids=["Ctrl-C", "mistake"]
)
@pytest.mark.parametrize("place", ["ask", "grade_exercise", "make_course"])
def test_neither_ctrl_c_nor_a_mistake_of_ours_shows_arguments(  # noqa: PLR0913, PLR0917
    run: Run,
    canaries: Canaries,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    place: str,
) -> None:
    """With --full-trace, pytest would print what each function on the way was called with."""
    folder = hand_in(tmp_path / "in", ada=WRONG)
    secret = canaries.secret("expected value")

    def raise_it(_secret: str) -> None:
        raise type(error)(*map(canaries.fill, error.args))

    def stop(*_arguments: object, **_named: object) -> None:
        raise_it(secret)

    monkeypatch.setattr(desk, place, stop)

    arguments = (f"--submission={folder / 'ada.py'}", "--full-trace", "--showlocals", "--tb=long", "-vv")
    result = run(*arguments, no_reraise_ctrlc=True)

    ended = (
        pytest.ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else pytest.ExitCode.TESTS_FAILED
    )
    assert result.ret == ended
    assert canaries.shown([result.stdout.str(), result.stderr.str()]) == set()


@pytest.mark.parametrize(
    ("where", "name"),
    [(Shelf, "material"), (desk.Desk, "close"), (score, "mark_of"), (score, "lines")],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_mistake_of_ours_in_a_hook_is_one_line(  # noqa: PLR0913, PLR0917
    run: Run,
    canaries: Canaries,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    name: str,
) -> None:
    """It ends the run as a fault of ours, with its kind, and without what functions were called with."""
    folder = hand_in(tmp_path / "in", ada=WRONG)
    secret = canaries.secret("expected value")

    def stop(*_arguments: object, **_named: object) -> None:
        raise LookupError(secret)

    monkeypatch.setattr(where, name, stop)

    result = run(f"--submission={folder / 'ada.py'}", "--full-trace", "--showlocals", "--tb=long", "-vv")

    said = result.stdout.str() + result.stderr.str()
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    assert "not graded: the grader failed (LookupError)" in said
    assert "Traceback" not in said
    assert canaries.shown([said]) == set()


def test_what_pytest_may_show_of_our_own_shows_nothing_of_exercises(
    canaries: Canaries, pytester: pytest.Pytester, tmp_path: Path
) -> None:
    """With an error, it prints the arguments of every function on the way."""
    options = Options(
        submissions=(hand_in(tmp_path / "in", ada=WRONG),),
        solutions=pytester.path / "solutions",
        datasets=None,
        assignment=None,
    )
    shelf = Shelf(options=options)

    assert shelf.put(pytester.path / "exercises" / "vault.yaml")
    assert canaries.shown([repr(shelf), repr(shelf._folder)]) == set()
    assert "vault" not in repr(shelf) + repr(shelf._folder)
    assert "def reply" not in repr(shelf) + repr(shelf._folder)


@pytest.mark.parametrize("options", [("--debug=trace.log",), ("--full-trace", "--showlocals", "-vv")])
def test_an_authors_mistake_is_told_by_its_place_alone(
    run: Run, canaries: Canaries, pytester: pytest.Pytester, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Also in what pytest writes down for itself. Without solutions there is nothing to keep."""
    folder = hand_in(tmp_path / "in", ada=WRONG)
    solution = pytester.path / "solutions" / "vault.yaml"
    secret = canaries.secret("expected value")
    solution.write_text(solution.read_text().replace("points: 3", f"points: '{secret}'"))
    before = {path for path in pytester.path.rglob("*") if path.is_file()}

    result = run(f"--submission={folder / 'ada.py'}", *options)

    said = [result.stdout.str(), result.stderr.str(), *written(pytester.path, before)]
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert any("solutions/vault.yaml:" in text for text in said)
    assert canaries.shown(said) == set()


def test_the_canaries_would_be_found(run: Run, canaries: Canaries, tmp_path: Path) -> None:
    """What a public question raises is shown, and the search finds it there."""
    word = canaries.secret("expected value")
    folder = hand_in(tmp_path / "in", ada=f"{HEAD}def reply(word):\n    raise KeyError({word!r})\n")

    result = run(f"--submission={folder / 'ada.py'}")

    assert canaries.shown([result.stdout.str()]) == {"expected value"}
