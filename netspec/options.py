"""Records of options, of which a spec is made, and the kinds of numbers that an option may be.

Numbers are taken as they are written: a text is no number and 1.0 is not a whole one. A zero has
no sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, NoReturn, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)
from pydantic_core import CoreSchema, core_schema

LARGEST_SIZE = 2**31 - 1


class Record(BaseModel):
    """A frozen record of options; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Table(dict[str, Any]):
    """A mapping that never changes, so that a record of it can be hashed."""

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> CoreSchema:
        return core_schema.dict_schema()

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none
        return hash(tuple(sorted(self.items(), key=lambda entry: entry[0])))

    def __reduce__(self) -> tuple[type[Table], tuple[dict[str, Any]]]:
        return Table, (dict(self),)

    def __deepcopy__(self, memo: Any) -> Table:
        """Give the table itself."""
        return self

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a table of options never changes: make another")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


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
