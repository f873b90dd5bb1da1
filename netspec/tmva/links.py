"""What a script registers with a Reader: variables by expression, and where their values stand.

The weight file's variables, one for each number, must be those that were registered, in their
order; the numbers of an array go by one expression. Blanks in an expression mean nothing, and of
`name := expression` either side is a name, as in TMVA.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..errors import DataError, nearest
from .addresses import as_array, floats, length_of, refuse_other_addresses, shown, value_at

if TYPE_CHECKING:
    from ..signature import Variable
    from ..spec import NetworkSpec

MOST_NAMES = 12  # of the file's, in one sentence


class Number(NamedTuple):
    """One number of an event as a file has it: the names it goes by, and of which variable."""

    names: tuple[str, ...]
    variable: int


class Links:
    """The variables, or the spectators, of a Reader in their order."""

    def __init__(self, verb: str) -> None:
        """Begin with none; `verb` is what registers them, for errors."""
        self._verb = verb
        self._registered: list[tuple[str, Any]] = []
        self._getters: list[Callable[[], Any]] = []
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._registered)

    def add(self, expression: str, address: Any) -> None:
        """Register one more; raises DataError for a name or an address that is none."""
        if not isinstance(expression, str) or not expression.strip():
            raise DataError(
                f"{self._verb}: wanted the expression of a variable, found {expression!r}"
            )
        if address is not None:
            refuse_other_addresses(self._verb, expression, address)
        self._registered.append((expression, address))

    def name(self, number: int) -> str:
        """Give the expression of the number at this place of an event."""
        return self._names[number]

    def fit(self, variables: Sequence[Variable], numbers: int, where: str) -> None:
        """Hold what was registered against the variables of a file, and find each number's place.

        A model that has no names for its `numbers` is held against their count alone. Raises
        DataError.
        """
        wanted = list(numbers_of(variables)) or [Number((), k) for k in range(numbers)]
        names: list[str] = []
        getters: list[Callable[[], Any]] = []
        for expression, address in self._registered:
            here = wanted[len(names) :]
            own = [n for n in here if n.variable == here[0].variable] if here[0:1] else []
            take = max(1, min(len(own), length_of(address)))
            names += [expression] * take
            getters += [partial(value_at, expression, address, k) for k in range(take)]
        refuse_other_names(self._verb, names, wanted, where)
        self._names, self._getters = names, getters

    def event(self, values: Any) -> Any:
        """Give the numbers of an event as floats: `values`, or those at the addresses now."""
        if values is None:
            return floats([get() for get in self._getters], "the variables")
        x = floats(values, "the values of an event").reshape(-1)
        if len(x) != len(self._names):
            raise DataError(
                f"wanted {len(self._names)} values, one for each variable, found {len(x)}"
            )
        return x

    def table(self, events: Any, spec: NetworkSpec) -> Any:
        """Give many events in the shape and type that the network takes, rounded to floats."""
        names = columns_of(events)
        if names is not None:
            columns = [column(events, name, names) for name in self._names]
            refuse_other_lengths(self._names, columns)
            events = numpy.stack(columns, axis=1) if columns else numpy.empty((0, 0))
        x = as_array(events, "events")
        if x.dtype.kind not in "fiub":
            raise DataError(f"events: wanted real numbers, found {x.dtype}")
        count = prod(x.shape[1:])
        if x.ndim < 2 or count != len(self._names):
            raise DataError(
                f"events: wanted (events, {len(self._names)}), a column for each variable, found"
                f" {x.shape}"
            )
        rounded = floats(x, "events").astype(spec.dtype)
        return rounded.reshape(len(x), *shape_of(spec, count))


def numbers_of(variables: Sequence[Variable]) -> list[Number]:
    """Give one entry for each number that the variables stand for."""
    return [
        Number(tuple(filter(None, (v.expression or v.name, v.name))), k)
        for k, v in enumerate(variables)
        for _ in range(v.size)
    ]


def shape_of(spec: NetworkSpec, count: int) -> tuple[int, ...]:
    """Give the shape of an event of so many numbers, its steps filled in."""
    known = prod(n for n in spec.input.sizes if n is not None)
    return tuple(count // known if n is None else n for n in spec.input.sizes)


def plain(expression: str) -> set[str]:
    """Give the names that an expression stands for, without blanks.

    >>> sorted(plain("ratio := pt / m"))
    ['pt/m', 'ratio']
    """
    return {"".join(part.split()) for part in expression.split(":=")}


def refuse_other_names(
    verb: str, names: Sequence[str], wanted: Sequence[Number], where: str
) -> None:
    """Raise DataError unless the names are the file's, one by one."""
    fits = [
        not number.names or bool(plain(name) & {"".join(n.split()) for n in number.names})
        for name, number in zip(names, wanted, strict=False)
    ]
    if all(fits) and len(names) == len(wanted):
        return
    file = [number.names[0] for number in wanted if number.names]
    order = ", ".join(map(repr, file[:MOST_NAMES])) + (" ..." if len(file) > MOST_NAMES else "")
    told = f": the file has {order}, in this order" if file else ""
    known = {"".join(n.split()) for number in wanted for n in number.names}
    if strange := [name for name in names if known and not plain(name) & known]:
        raise DataError(
            f"{where}: {verb}: there is no variable {shown(strange[0])} in the file"
            f"{nearest(strange[0], file)}"
        )
    if len(names) != len(wanted):
        given = set().union(*map(plain, names)) if names else set()
        missing = [n for n in file if "".join(n.split()) not in given]
        lacking = f", without {missing[0]!r}" if missing else ""
        raise DataError(
            f"{where}: {verb}: wanted {len(wanted)} variables, found {len(names)}{lacking}{told}"
        )
    at = fits.index(False)
    raise DataError(
        f"{where}: {verb}: wanted {file[at]!r} as number {at}, found {shown(names[at])}{told}"
    )


def columns_of(events: Any) -> list[str] | None:
    """Give the names of the columns of a table, None for an array without names."""
    fields = getattr(getattr(events, "dtype", None), "names", None)
    if fields is not None:
        return list(fields)
    if isinstance(events, numpy.ndarray) or not hasattr(events, "keys"):
        return None
    return [str(key) for key in events.keys()]  # noqa: SIM118 - tables iterate over other things


def column(events: Any, name: str, known: Sequence[str]) -> Any:
    """Give one column of a table by any of its names, as floats."""
    found = next((key for key in known if plain(key) & plain(name)), None)
    if found is None:
        raise DataError(f"events: no column for the variable {name!r}{nearest(name, known)}")
    return floats(events[found], f"events: {name}")


def refuse_other_lengths(names: Sequence[str], columns: Sequence[Any]) -> None:
    """Raise DataError unless all columns are as long as the first."""
    for name, own in zip(names, columns, strict=True):
        if own.shape != columns[0].shape or not own.shape:
            raise DataError(
                f"events: wanted columns of one length, found {names[0]!r} of the shape"
                f" {columns[0].shape} and {name!r} of {own.shape}"
            )
