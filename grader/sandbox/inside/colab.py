"""Stand-ins for what notebooks import on Google Colab, so that those cells go on."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

MODULES = (
    "google.colab",
    "google.colab.drive",
    "google.colab.files",
    "google.colab.output",
    "google.colab.patches",
)

Note = Callable[[str], None]


class StandIn(ModuleType):
    """A module whose every function does nothing, returns an empty mapping, and leaves a note."""

    def __init__(self, name: str, note: Note) -> None:
        """Stand in for module *name*; say so through *note* when something is called."""
        super().__init__(name)
        self.__path__: list[str] = []
        self._note = note

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """Return a function for any public name."""
        if name.startswith("_"):
            raise AttributeError(name)

        def skipped(*_args: object, **_kwargs: object) -> dict[str, Any]:
            self._note(f"skipped: {self.__name__}.{name}()")
            return {}

        return skipped


def install(note: Note) -> None:
    """Make ``google.colab`` importable."""
    for name in MODULES:
        sys.modules[name] = StandIn(name, note)
        parent, _, child = name.rpartition(".")
        holder = sys.modules.get(parent)
        if holder is None and parent == "google":
            holder = sys.modules[parent] = ModuleType(parent)
            holder.__path__ = []
        setattr(holder, child, sys.modules[name])
