"""``grader doctor``: which layers of isolation this machine offers, and how to get those that are missing."""

import os
import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.cli.exits import ExitCode
from grader.sandbox.defences import MEANINGS, Defence, Isolation
from grader.sandbox.offers import Offer, offers

ADVICE: dict[Defence, str] = {
    Defence.CALLS: "seccomp needs Linux on x86_64 or aarch64, built with CONFIG_SECCOMP_FILTER.",
    Defence.LANDLOCK: "Landlock needs Linux 5.13 or newer (6.2 for --isolation landlock), with 'landlock' in "
    "/sys/kernel/security/lsm (boot with lsm=landlock,... to add it).",
    Defence.CGROUP: "For a control group: systemd-run --user --scope -p Delegate=yes grader grade ... "
    "Without one, memory is bounded per process, and watched in sum every 0.2 s.",
}
#: Settings that forbid namespaces: file, the value that does, what to do.
SETTINGS = (
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        (
            "AppArmor forbids them. Allow them to bubblewrap alone: write\n"
            "    abi <abi/4.0>,\n"
            "    profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }\n"
            "  into /etc/apparmor.d/bwrap, then: sudo apparmor_parser -r /etc/apparmor.d/bwrap\n"
            "  Or to every program: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        ),
    ),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
    ("/proc/sys/user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=15000"),
)
IN_CONTAINER = (
    "in a container: docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined, or --privileged"
)
MEBIBYTES_A_JOB = 1536


def run_doctor() -> int:
    """Try out every isolation and print the table and the advice."""
    console = Console()
    found = list(offers())
    usable = next((each for each in found if not each.problem), None)
    console.print(_table(found))
    for line in _legend(found):
        console.print(line)
    _print_all(console, _advice(found, usable))
    if usable is None:
        console.print(
            f"No isolation can be had: submissions are not run here (exit status {int(ExitCode.USAGE)}).",
            style="bold red",
        )
        return ExitCode.USAGE
    weaker = [_problem(each) for each in found[found.index(usable) :] if each.problem]
    if weaker:
        console.print("Not needed here:", style="dim")
        _print_all(console, weaker)
    console.print(f"Submissions are run with: {usable.isolation}", style="bold")
    return ExitCode.OK if found[0] is usable and usable.held == set(Defence) else ExitCode.INCOMPLETE


def _print_all(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 2)))


def _table(found: Sequence[Offer]) -> Table:
    table = Table(
        title=f"Isolation on {platform.system()} {platform.release()}", title_justify="left", box=SIMPLE_HEAD
    )
    table.add_column("layer", no_wrap=True)
    table.add_column("of a submission")
    for each in found:
        table.add_column(str(each.isolation), justify="center", no_wrap=True)
    for defence in Defence:
        table.add_row(str(defence), MEANINGS[defence], *(_sign(each, defence) for each in found))
    return table


def _sign(offer: Offer, defence: Defence) -> Text:
    if offer.problem:
        return Text("—", style="dim")
    return Text("✓", style="green") if defence in offer.held else Text("✗", style="red")


def _legend(found: Sequence[Offer]) -> Iterator[str]:
    signs = {"✓": "holds", "✗": "does not hold", "—": "not known, the isolation cannot be used: see below"}
    shown = {str(_sign(each, defence)) for each in found for defence in Defence}
    yield ", ".join(f"{sign} {meaning}" for sign, meaning in signs.items() if sign in shown)


def _problem(offer: Offer) -> str:
    return f"{offer.isolation}: {' '.join(offer.problem.split())}"


def _advice(found: Sequence[Offer], usable: Offer | None) -> Iterator[str]:
    """Yield what keeps from a stronger isolation than the *usable* one, and what that one lacks."""
    stronger = found if usable is None else found[: found.index(usable)]
    yield from map(_problem, stronger)
    if any(each.isolation is not Isolation.LANDLOCK for each in stronger):
        yield from _about_namespaces()
    missing = [] if usable is None else [defence for defence in Defence if defence not in usable.held]
    yield from (ADVICE.get(defence, f"{defence} does not hold here.") for defence in missing)
    yield from _about_memory()


def _about_namespaces() -> Iterator[str]:
    for file, forbidding, advice in SETTINGS:
        try:
            if Path(file).read_text().strip() == forbidding:
                yield f"namespaces: {advice}"
        except OSError:
            continue
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        yield f"namespaces: {IN_CONTAINER}"


def _about_memory() -> Iterator[str]:
    """Say how many submissions at a time this machine's memory bears, when its processors would bear more."""
    try:
        available = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())
    except OSError:
        return
    jobs = max(1, int(available[1]) // 1024 // MEBIBYTES_A_JOB) if available else 1
    if jobs < (os.cpu_count() or 1):
        yield f"Memory for {jobs} submissions at a time: give --jobs {jobs}."
