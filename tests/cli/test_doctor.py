"""``grader doctor``: what the table says, what to do first, and what need not be done."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.cli import doctor
from grader.cli.exits import ExitCode
from grader.sandbox.defences import Defence, Isolation
from grader.sandbox.offers import Offer

ALL = frozenset(Defence)
WORKS = [Offer(isolation=each, held=ALL) for each in (Isolation.BUBBLEWRAP, Isolation.SHARED)]
REFUSED = [Offer(isolation=offer.isolation, problem="no namespaces\n here") for offer in WORKS]
ALONE = Offer(isolation=Isolation.LANDLOCK, held=ALL - {Defence.CGROUP})
OLD = Offer(isolation=Isolation.LANDLOCK, problem="too old")


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eighty columns, and no setting or memory of this machine to advise on."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(doctor, "SETTINGS", ())
    monkeypatch.setattr(doctor, "_about_memory", lambda: iter(()))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


def told(
    found: Sequence[Offer], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Return the exit status and what is printed on a machine that offers *found*."""
    monkeypatch.setattr(doctor, "offers", lambda: iter(found))
    return doctor.run_doctor(), capsys.readouterr().out


def test_layers_by_their_names(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As the record and the report have them, in a table that fits a terminal."""
    status, text = told([*WORKS, ALONE], monkeypatch, capsys)

    lines = text.splitlines()
    assert status == ExitCode.OK
    first = {line[2:16].strip() for line in lines}
    assert {str(defence) for defence in Defence} <= first
    assert max(map(len, lines)) <= 80
    assert "—" not in text
    assert "✓ holds, ✗ does not hold" in text


def test_problems_of_weaker_ones(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """They come last, as what need not be done; the sign in their column is explained."""
    status, text = told([*WORKS, OLD], monkeypatch, capsys)

    assert status == ExitCode.OK
    assert "— not known, the isolation cannot be used: see below" in text
    assert text.index("Not needed here:") < text.index("landlock: too old")


def test_problems_of_stronger_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are what to do."""
    status, text = told([*REFUSED, ALONE], monkeypatch, capsys)

    assert status == ExitCode.INCOMPLETE
    assert "bubblewrap: no namespaces here" in text
    assert "For a control group" in text
    assert "Not needed" not in text
    assert "Submissions are run with: landlock" in text


def test_none_works(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status is told as well as given."""
    status, text = told([*REFUSED, OLD], monkeypatch, capsys)

    assert status == ExitCode.USAGE
    assert "(exit status 2)" in text
    assert "landlock: too old" in text


def test_apparmor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What allows namespaces to one program comes before what allows them to all."""
    monkeypatch.undo()
    monkeypatch.setenv("COLUMNS", "80")
    (file, forbidding, advice), *_ = doctor.SETTINGS
    assert "apparmor" in file
    (tmp_path / "setting").write_text(forbidding)
    monkeypatch.setattr(doctor, "SETTINGS", ((str(tmp_path / "setting"), forbidding, advice),))

    _, text = told([*REFUSED, ALONE], monkeypatch, capsys)

    assert text.index("profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }") < text.index(
        "sudo sysctl"
    )


def test_what_landlock_alone_needs() -> None:
    """It is told, since older kernels have Landlock and lack what is needed of it."""
    assert "6.2" in doctor.ADVICE[Defence.LANDLOCK]
