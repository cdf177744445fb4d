"""``grader doctor``: which layers of isolation this machine offers, and how to get those that are missing."""

import os
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.cli.main import ExitCode
from grader.sandbox.defences import MEANINGS, Defence
from grader.sandbox.offers import Offer, offers

ADVICE: dict[Defence, str] = {
    Defence.CALLS: "seccomp needs Linux on x86_64 or aarch64, built with CONFIG_SECCOMP_FILTER.",
    Defence.LANDLOCK: "Landlock needs Linux 5.13 or newer, with 'landlock' in /sys/kernel/security/lsm "
    "(boot with lsm=landlock,... to add it).",
    Defence.CGROUP: "For a control group: systemd-run --user --scope -p Delegate=yes grader grade ... "
    "Without one, memory is bounded per process, and watched in sum every 0.2 s.",
}
#: Settings that forbid namespaces: file, the value that does, what to do.
SETTINGS = (
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0  (AppArmor forbids them)",
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
    console.print(_table(found))
    for line in _advice(found):
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    usable = [each for each in found if not each.problem]
    if not usable:
        console.print("No isolation can be had: submissions are not run here.", style="bold red")
        return ExitCode.USAGE
    console.print(f"Submissions are run with: {usable[0].isolation}", style="bold")
    return ExitCode.OK if found[0] is usable[0] and usable[0].held == set(Defence) else ExitCode.INCOMPLETE


def _table(found: Sequence[Offer]) -> Table:
    table = Table(title=f"Isolation on {platform.system()} {platform.release()}", title_justify="left")
    table.add_column("a submission ...")
    for each in found:
        table.add_column(str(each.isolation), justify="center", no_wrap=True)
    for defence in Defence:
        table.add_row(MEANINGS[defence], *(_sign(each, defence) for each in found))
    return table


def _sign(offer: Offer, defence: Defence) -> Text:
    if offer.problem:
        return Text("—", style="dim")
    return Text("✓", style="green") if defence in offer.held else Text("✗", style="red")


def _advice(found: Sequence[Offer]) -> Iterator[str]:
    for each in found:
        if each.problem:
            yield f"{each.isolation}: {' '.join(each.problem.split())}"
    if any(each.problem for each in found[:-1]):
        yield from _about_namespaces()
    usable = next((each for each in found if not each.problem), None)
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
