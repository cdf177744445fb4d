"""What every record of the YAML format has."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen record with a closed set of keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
