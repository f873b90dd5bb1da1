"""Variables in the lines of a table: the members of an array, which go by numbers, in one line.

    variable         type  unit  from  to
    x[0] ... x[783]  F              0   1
    pt               F     GeV    0.5  98

TMVA's files list an array member after member: an image has hundreds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .signature import Variable

MOST_LINES = 40  # of a group, in a table for reading; the data have all variables
FEWEST = 3  # members of an array that share a line


def lines(title: str, variables: Sequence[Variable]) -> list[tuple[str, ...]]:
    """Give the head and the lines of a table of variables, at most MOST_LINES."""
    head = (title, "type", "unit", "from", "to", "expression")
    return [head, *(_line(run) for run in runs(variables)[:MOST_LINES])]


def left_out(variables: Sequence[Variable]) -> int:
    """Give how many variables stand in no line of the table."""
    return sum(map(len, runs(variables)[MOST_LINES:]))


def runs(variables: Sequence[Variable]) -> list[list[Variable]]:
    """Put neighbours together that are members of one array, x[0], x[1] ..., of one kind."""
    found: list[list[Variable]] = [[variable] for variable in variables[:1]]
    for before, variable in pairwise(variables):
        if _follows(variable, before):
            found[-1].append(variable)
        else:
            found.append([variable])
    return [part for run in found for part in ([run] if len(run) >= FEWEST else [[v] for v in run])]


def _follows(variable: Variable, before: Variable) -> bool:
    this, last = (re.fullmatch(r"(.+)\[(\d{1,9})\]", v.name) for v in (variable, before))
    if not (this and last and this[1] == last[1] and int(this[2]) == int(last[2]) + 1):
        return False
    if any(v.expression not in (None, v.name) or v.type == "F[]" for v in (variable, before)):
        return False
    return (variable.type, variable.unit) == (before.type, before.unit)


def _line(run: Sequence[Variable]) -> tuple[str, ...]:
    first, last = run[0], run[-1]
    name = first.name if len(run) == 1 else f"{first.name} ... {last.name}"
    kind = f"F[{first.size}]" if first.type == "F[]" else first.type
    expression = first.expression if first.expression not in (None, first.name) else None
    lows, highs = [v.minimum for v in run], [v.maximum for v in run]
    low = "" if None in lows else f"{min(v for v in lows if v is not None):g}"
    high = "" if None in highs else f"{max(v for v in highs if v is not None):g}"
    return name, kind, first.unit, low, high, expression or ""
