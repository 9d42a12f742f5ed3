"""The base of every message, and the types that they share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """A value that travels on a topic."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^|\x00-\x1f]+$")]
"""An identifier: 1 to 200 characters, without ``|`` (which joins parts of a key) and control characters."""

Millis = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
"""An instant: milliseconds since 1970-01-01 UTC."""

Price = Annotated[float, Field(gt=1.0, le=1e6)]
"""Decimal odds: what one unit of stake returns, stake included."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]

Minor = int
"""Money, in minor units of the operator's currency (cents, pence)."""
