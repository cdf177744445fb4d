"""How the warm process is started, for each isolation: its command, its environment, its forks' requests."""

import os
import sys
from collections.abc import Container
from pathlib import Path
from typing import Any

from grader.sandbox import bubblewrap, folders, visible
from grader.sandbox.defences import Defence, Isolation

WALLED = frozenset({Isolation.BUBBLEWRAP, Isolation.SHARED})
#: What a plain process may know of the user who started it.
KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")

SET_BY_SHELLS = ("PWD", "OLDPWD", "SHLVL", "_")


def command(isolation: Isolation, datasets: Path | None, private: Path | None, *, warm: bool) -> list[str]:
    """Return the command of a process that serves forks; one that is not *warm* has imported nothing.

    Raises ``IsolationError`` when submissions would see *private*, the solutions.
    """
    start = bubblewrap.START.replace("WARM", str(warm))
    if isolation in WALLED:
        return bubblewrap.command(datasets, private, start=start)
    if isolation is Isolation.LANDLOCK and private is not None:
        visible.refuse_to_show(private, visible.places(datasets))
    paths = [str(Path(__file__).parents[2]), *visible.package_folders()]
    demotion = () if owner(isolation) is None else bubblewrap.as_nobody()
    return [*demotion, sys.executable, "-I", "-c", start.format(paths=paths)]


def owner(isolation: Isolation) -> int | None:
    """Return whose the warm process's folder has to be, when it is another user's than the grader's."""
    return bubblewrap.UNPRIVILEGED if isolation is Isolation.LANDLOCK and os.geteuid() == 0 else None


def environment(isolation: Isolation, folder: str, off: Container[Defence] = ()) -> dict[str, str]:
    """Return the variables of the process that serves forks; *folder* is its own."""
    if Defence.ENVIRONMENT in off:
        return {**os.environ, **environment(isolation, folder)}
    own = dict(bubblewrap.QUIET_TENSORFLOW)
    if isolation in WALLED:
        return {**bubblewrap.environment(), **own}
    if isolation is Isolation.LANDLOCK:
        return {**bubblewrap.ENVIRONMENT, **own, **dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR"), folder)}
    if sys.platform == "darwin":
        # Else macOS kills forks of a process that has loaded its frameworks.
        own["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **own, "IPYTHONDIR": folder}


def request(isolation: Isolation, datasets: Path | None, folder: str) -> dict[str, Any]:
    """Return what every request for a fork says of where it lives."""
    walled = isolation in WALLED
    shown = "" if datasets is None else "/datasets" if walled else str(datasets.resolve())
    return {
        "isolation": str(isolation),
        "folder": "/home/student" if walled else folder,
        "datasets": shown,
        "readable": visible.places(datasets) if isolation is Isolation.LANDLOCK else [],
    }


def secrets(isolation: Isolation, folder: Path) -> dict[str, Any]:
    """Return what an inspector must not reach: the grader's own file in *folder*, its user's variables."""
    told = {*environment(isolation, str(folder)), *SET_BY_SHELLS}
    file = folder.resolve() / folders.OWNER
    return {"file": str(file), "variables": sorted(set(os.environ) - told)}
