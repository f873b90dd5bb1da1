"""Which numbers of an event a transformation takes, and where it puts what it makes of them.

An event is {"Variable": [...], "Spectator": [...], "Target": [...]}, all floats. While variables
are transformed there are no targets yet: such an entry is masked, and ROOT's loop, which does not
go on to the next mark, then leaves out all entries behind it.

Source: VariableTransformBase.cxx of ROOT, ReadFromXML, GetInput and SetOutput.
"""

from __future__ import annotations

from .text import attribute, f32, rows_of


class Selection:
    """Lists of (kind, position) to read from and to write to."""

    def __init__(self, read, written, right):
        assert len(read) == len(written)
        self.read, self.written, self.right = read, written, right
        self.targets = any(kind == "Target" for kind, _ in read)

    @classmethod
    def from_xml(cls, node, known, right):
        """Read `<Selection>`; `known` lists (kind, position, label, expression) of the file."""
        inputs, outputs = list(node)
        assert (node.tag, inputs.tag, outputs.tag) == ("Selection", "Input", "Output")
        find = by_turns if right else first
        read = find(rows_of(inputs, "NInputs", "Input"), known)
        written = find(rows_of(outputs, "NOutputs", "Output"), known)
        return cls(read, written, right)

    def take(self, event, places):
        """Give the numbers at these places, None where there is none."""
        return [event[kind][k] if k < len(event[kind]) else None for kind, k in places]

    def put(self, event, places, mask, values):
        """Copy an event with new numbers in it; `mask` tells which entries had no number."""
        event = {kind: list(numbers) for kind, numbers in event.items()}
        for (kind, k), missing, value in zip(places, mask, values, strict=True):
            if missing and not self.right:
                break
            if not missing:
                event[kind][k] = f32(value)
        return event


def fits(entry, row):
    kind, label, expression = (attribute(entry, a) for a in ("Type", "Label", "Expression"))
    return row[0] == kind and (row[2] == label or row[3] == expression)


def first(entries, known):
    """Resolve every entry as ROOT does: the first variable that fits, for all of the same name."""
    return [next((row[0], row[1]) for row in known if fits(entry, row)) for entry in entries]


def by_turns(entries, known):
    """Resolve entries of one name one after another: the first is the first, and so on."""
    used, found = {}, []
    for entry in entries:
        rows = [(row[0], row[1]) for row in known if fits(entry, row)]
        turn = used.get(rows[0], 0)
        used[rows[0]] = turn + 1
        found.append(rows[turn % len(rows)])
    return found
