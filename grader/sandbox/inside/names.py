"""Which of a notebook's many ``build_model`` belongs to which exercise.

Several exercises may ask for the same name, and a later cell may define it again. After each cell the
namespace is remembered for the section that the cell stands in; an exercise is asked in the namespace
as its own section left it, so that names used again later do no harm.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

Namespace = dict[str, Any]
#: Letters left out or swapped in a name, and no other word.
ALIKE = 0.8
Failure = tuple[str, dict[str, Any]]


class Bindings:
    """The namespaces of one run, by section; the empty name is everything outside sections."""

    def __init__(self, live: Namespace) -> None:
        """Watch *live*, the namespace that cells run in and functions look their globals up in."""
        self._live = live
        self._before = dict(live)
        self._given = frozenset(live)
        self._owners: dict[str, list[str]] = {}
        self._snapshots: dict[str, Namespace] = {}
        self._failures: list[tuple[str, Failure]] = []
        self._final: Namespace = self._before
        #: For each name that is asked for, the exercises that ask for it.
        self.wanted: Mapping[str, frozenset[str]] = {}

    def after_cell(self, section: str, failure: Failure | None) -> None:
        """Note what a cell of *section* bound, and its *failure* if it had one."""
        for name in self.wanted:
            if name in self._live and self._live[name] is not self._before.get(name, self):
                self._owners.setdefault(name, []).append(section)
        self._before = dict(self._live)
        self._final = self._before
        self._snapshots[section] = self._before
        if failure is not None:
            self._failures.append((section, failure))

    def look_up(self, exercise: str, name: str) -> tuple[bool, Any, dict[str, Any]]:
        """Find *name* for *exercise*: ``(found, value, why not)``. Its section's namespace becomes live."""
        owners = self._owners.get(name, [])
        if exercise in owners:
            chosen = self._snapshots[exercise]
        elif "" in owners:
            chosen = self._final if owners[-1] == "" else self._snapshots[""]
        elif owners and owners[-1] not in self.wanted[name]:
            # Written under another exercise's heading, which has no use for it: only misplaced.
            chosen = self._snapshots[owners[-1]]
        else:
            return False, None, self._why_missing(exercise, name)
        self._live.clear()
        self._live.update(chosen)
        return True, chosen[name], {}

    def _why_missing(self, exercise: str, name: str) -> dict[str, Any]:
        """Say which failing cell was to define *name*, if one was."""
        for section, (source, ran) in reversed(self._failures):
            if name in source and section in (exercise, ""):
                why = ran.get("detail") or "it did not run to its end"
                detail = f"cell {ran['number']} was to define {name}: {why}"
                # An exception of the cell is not one of the function, and no check may take it for one.
                happening = "undefined" if ran["happening"] == "raised" else ran["happening"]
                return {"happening": happening, "error": ran["error"], "detail": detail}
        own = [each for each in self._final if each not in self._given and each not in self.wanted]
        return missing(name, own)


def missing(name: str, defined: Iterable[str]) -> dict[str, Any]:
    """Return the outcome of asking for *name*, which is not there, with the one of *defined* like it."""
    public = [each for each in defined if not each.startswith("_")]
    near = difflib.get_close_matches(name, public, n=1, cutoff=ALIKE)
    return {"happening": "missing", "detail": f"{name} is not defined", "near": "".join(near)}
