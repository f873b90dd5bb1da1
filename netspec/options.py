"""Records of options, of which a spec is made, and the kinds of numbers that an option may be.

Numbers are taken as they are written: a text is no number and 1.0 is not a whole one. A zero has
no sign.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LARGEST_SIZE = 2**31 - 1


class Record(BaseModel):
    """A frozen record of options; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def unsigned_zero(number: float) -> float:
    """Give -0.0 as 0.0: equal options are one option, in every file and under one hash."""
    return number + 0.0


Flag = Annotated[bool, Field(strict=True)]
Size = Annotated[int, Field(gt=0, le=LARGEST_SIZE, strict=True)]
Finite = Annotated[float, Field(allow_inf_nan=False, strict=True), AfterValidator(unsigned_zero)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
NotNegative = Annotated[
    float, Field(ge=0, allow_inf_nan=False, strict=True), AfterValidator(unsigned_zero)
]
Fraction = Annotated[float, Field(ge=0, lt=1, strict=True), AfterValidator(unsigned_zero)]
