"""Variables, spectators and targets: one element a number, one record a variable.

    <Variable VarIndex="0" Expression="var1+var2" Label="sum" Title="sum" Unit="GeV"
              Internal="sum" Type="F" Min="-9.31873512e+00" Max="7.53042316e+00"/>

An array takes one element for each of its numbers, all with the array's expression and label,
`Title="[k]"`, `Internal="name[k]"` and `Type="F[]"`; in a spec it is one `Variable` with a
`size`. Limits that are not set are written 3.40282347e+38 and -3.40282347e+38.

What a record cannot hold (an Internal of another making, a limit that is NaN) is kept as text,
so that a file that was read is written as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from lxml import etree

from ...signature import Variable
from .elements import Element, shown
from .matrices import nine_digits
from .selections import Entry

UNSET = {"Min": "3.40282347e+38", "Max": "-3.40282347e+38"}
NUMBER = re.compile(  # what a C++ stream writes; Python would read `1_0`, too
    r"\s*[+-]?(nan|inf|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)\s*", re.ASCII | re.IGNORECASE
)
FIELDS = ("Expression", "Label", "Title", "Unit", "Internal", "Type", "Min", "Max")
WORDS = {  # how ROOT spells what may not stand in a name
    "::": "_", "$": "_S_", "&": "_A_", "%": "_MOD_", "|": "_O_", "*": "_T_", "/": "_D_",
    "+": "_P_", "-": "_M_", " ": "_", "[": "_", "]": "_", "=": "_E_", ">": "_GT_", "<": "_LT_",
    "(": "_", ")": "_",
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """The names that go with variables, spectators or targets."""

    parent: str
    count: str
    tag: str
    index: str


VARIABLES = Group("Variables", "NVar", "Variable", "VarIndex")
SPECTATORS = Group("Spectators", "NSpec", "Spectator", "SpecIndex")
TARGETS = Group("Targets", "NTrgt", "Target", "TargetIndex")


def read(parent: Element, group: Group) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Read one group: records as a spec lists them, and what they cannot hold.

    Raises FormatError with file and line.
    """
    rows: list[dict[str, str]] = []
    for number, node in enumerate(parent.counted(group.tag, group.count)):
        if (found := node.integer(group.index)) != number:
            raise node.error(f"wanted {group.index} {number} here, found {found}")
        rows.append({field: node.attribute(field) for field in FIELDS})
        refuse_unreadable(node, rows[-1])
    records = [record_of(run) for run in runs(rows)]
    derived = list(written([Variable(**record) for record in records]))
    kept = {
        f"tmva/{group.tag} {number}/{field}": row[field]
        for number, (row, again) in enumerate(zip(rows, derived, strict=True))
        for field in FIELDS
        if row[field] != again[field]
    }
    return records, kept


def refuse_unreadable(node: Element, row: Mapping[str, str]) -> None:
    """Raise FormatError for a type, a label or a limit that means nothing."""
    if row["Type"] not in ("F", "D", "I", "F[]"):
        raise node.error(f"wanted Type F, D, I or F[], found {shown(row['Type'])}")
    if not row["Label"]:
        raise node.error("wanted a Label, found an empty one")
    for field in UNSET:
        if not NUMBER.fullmatch(row[field]):
            raise node.error(f"wanted a number in {field}, found {shown(row[field])}")


def runs(rows: Sequence[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """Cut the rows into variables: the elements [0], [1] ... of one array belong together."""
    run: list[dict[str, str]] = []
    for row in rows:
        more = (
            run
            and row["Type"] == "F[]"
            and run[0]["Title"] == "[0]"
            and row["Title"] == f"[{len(run)}]"
            and all(row[f] == run[0][f] for f in FIELDS if f not in ("Title", "Internal"))
        )
        if run and not more:
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def record_of(run: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Give the record of one variable; what has its usual value is left out."""
    row = run[0]
    usual_title = "[0]" if row["Type"] == "F[]" else row["Label"]
    record: dict[str, Any] = {"name": row["Label"]}
    said = {
        "expression": (row["Expression"], row["Label"]),
        "title": (row["Title"], usual_title),
        "unit": (row["Unit"], ""),
        "type": (row["Type"], "F"),
        "size": (len(run), 1),
    }
    record |= {key: value for key, (value, usual) in said.items() if value != usual}
    for key, field in (("minimum", "Min"), ("maximum", "Max")):
        if isfinite(limit := float(row[field])) and limit != float(UNSET[field]):
            record[key] = limit
    return record


def written(variables: Sequence[Variable]) -> Iterator[dict[str, str]]:
    """Give the attributes of each element, without its index."""
    for variable in variables:
        array = variable.type == "F[]"
        title = variable.name if variable.title is None else variable.title
        limits = {"Min": variable.minimum, "Max": variable.maximum}
        for k in range(variable.size):
            own = variable.title if variable.title is not None and variable.size == 1 else f"[{k}]"
            yield {
                "Expression": variable.name if variable.expression is None else variable.expression,
                "Label": variable.name,
                "Title": own if array else title,
                "Unit": variable.unit,
                "Internal": internal(variable.name) + (f"[{k}]" if array else ""),
                "Type": variable.type,
                **{k: UNSET[k] if v is None else nine_digits(v) for k, v in limits.items()},
            }


def internal(label: str) -> str:
    """Give the name that ROOT makes of a label.

    >>> internal("cos(phi)"), internal("cut[0].fCoordinates.fY"), internal("a+b")
    ('cos_phi_', 'cut_0_.fCoordinates.fY', 'a_P_b')
    """
    for mark, word in WORDS.items():
        label = label.replace(mark, word)
    return label


def add(parent: Any, group: Group, variables: Sequence[Variable], kept: Mapping[str, str]) -> None:
    """Write one group as the last child of `parent`, with what was kept of it."""
    rows = list(written(variables))
    node = etree.SubElement(parent, group.parent, {group.count: str(len(rows))})
    for number, row in enumerate(rows):
        own = {f: kept.get(f"tmva/{group.tag} {number}/{f}", row[f]) for f in FIELDS}
        etree.SubElement(node, group.tag, {group.index: str(number), **own})


def entries(type_: str, variables: Sequence[Variable]) -> list[Entry]:
    """Give the variables as a selection names them, one for each number."""
    return [Entry(type_, row["Label"], row["Expression"]) for row in written(variables)]
