"""Records of options, of which a spec is made, and the kinds of numbers that an option may be.

Numbers are taken as they are written: a text is no number and 1.0 is not a whole one. A zero has
no sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)

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


class Kind(Record):
    """A record that says by its `type` which one it is; the base of all keeps a table of them."""

    kinds: ClassVar[dict[str, Any]] = {}

    type: str

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Enter every class that fixes its `type` in the table of kinds."""
        kind = cls.model_fields["type"].default
        if isinstance(kind, str):
            cls.kinds[kind] = cls


def any_of(kinds: Mapping[str, Any]) -> Any:
    """Give the type of an option that is one of the kinds: a record, or its type as a word alone.

    A record that has no options but its type is written as that word.
    """
    return Annotated[
        Union[tuple(kinds.values())],  # noqa: UP007 - built from a table
        Field(discriminator="type"),
        BeforeValidator(_as_record),
        PlainSerializer(_as_word),
    ]


def _as_record(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


def _as_word(record: Kind) -> str | dict[str, Any]:
    options = record.model_dump()
    return record.type if len(options) == 1 else options
