"""An observation made ready for the sandbox: its inputs are values, and it carries no expectation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    """What one case calls the student's function with."""

    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Render as Python would write the call's arguments; long values are abbreviated."""
        parts = [short(value) for value in self.positional]
        parts += [f"{name}={short(value)}" for name, value in self.named.items()]
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One thing to try in a submission: call *name* with each of *cases*, or look at its value.

    ``seconds`` bounds all cases together. ``public`` says whether the student may see what it printed.
    """

    exercise: str
    observation: str
    name: str
    is_call: bool
    cases: tuple[Arguments, ...]
    seconds: float
    public: bool = False


def short(value: Any, limit: int = 60) -> str:
    """Return ``repr(value)``, or a description when that would be longer than *limit* characters."""
    shape = getattr(value, "shape", None)
    if shape is not None and shape != ():
        return f"<array {tuple(shape)} {value.dtype}>"
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
