"""What every check of the YAML format has: its observation, its points, who may see it, what it needs."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from grader.record import Record

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Points = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class CheckSettings(Record):
    """What every check has: the observation it judges, its points, and who may see it.

    ``needs`` names checks that must pass first; otherwise this one is skipped. ``visible`` defaults to
    true in the public file and false in the solution.
    """

    from_reference: ClassVar[bool] = False
    of: str
    points: Points = 1.0
    visible: bool | None = None
    needs: list[str] = []


class Expecting(CheckSettings):
    """A check held against a value: the reference's, or in a public file ``expect`` or ``sealed``."""

    from_reference: ClassVar[bool] = True
    expect: Any = None
    sealed: Annotated[str, Field(pattern=r"^scrypt:\d+:[0-9a-f]+:[0-9a-f]+$")] | None = None

    @property
    def self_contained(self) -> bool:
        """Whether the check can be judged without a reference."""
        return "expect" in self.model_fields_set or self.sealed is not None
