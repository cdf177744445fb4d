"""What the HTML report is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from grader.grade import Grade


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassReport:
    """A class's grades, one per student and exercise, and what a reader must know about them.

    ``titles`` gives each exercise's title by its id, in the order of the assignment. ``created`` carries
    a time zone, and so does ``due``, when the work was to be handed in; it is shown, and nothing is judged
    by it. ``warning`` stands above everything, such as "Graded without isolation: ...".
    """

    assignment: str
    grades: tuple[Grade, ...]
    titles: Mapping[str, str]
    max_points: float
    created: datetime
    environment: Mapping[str, Any] = field(default_factory=dict)
    warning: str = ""
    due: datetime | None = None
