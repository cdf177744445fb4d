"""What one student handed in."""

from dataclasses import dataclass
from enum import StrEnum


class CellKind(StrEnum):
    """The two kinds of cell that matter here."""

    CODE = "code"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell. ``number`` counts from 1 as Jupyter shows it; ``exercise`` is the section it stands in."""

    number: int
    kind: CellKind
    source: str
    exercise: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A notebook or script.

    ``unreadable`` says why it could not be read, ``undecided`` why it is not known which file counts; either
    way it has no cells.
    """

    student: str
    path: str
    sha256: str
    cells: tuple[Cell, ...] = ()
    unreadable: str = ""
    undecided: str = ""

    @property
    def code(self) -> tuple[Cell, ...]:
        """The code cells, in order."""
        return tuple(cell for cell in self.cells if cell.kind is CellKind.CODE)
