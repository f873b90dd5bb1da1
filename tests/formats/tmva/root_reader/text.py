"""How ROOT reads an attribute, an integer, a number, a list of elements and a matrix."""

from __future__ import annotations

import re
import struct

INTEGER = re.compile(r"[+-]?\d+")
FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def attribute(node, name):
    assert name in node.attrib, f"Trying to read non-existing attribute '{name}' of {node.tag}"
    return node.attrib[name]


def integer(node, name):
    text = attribute(node, name)
    assert INTEGER.fullmatch(text), text
    return int(text)


def double(text):
    assert FLOAT.fullmatch(text), text
    return float(text)


def number(text):
    return f32(double(text))


def doubles(node, count):
    numbers = [double(word) for word in (node.text or "").split()]
    assert len(numbers) == count, (node.tag, len(numbers), count)
    return numbers


def rows_of(parent, count, tag):
    nodes = list(parent)
    assert len(nodes) == integer(parent, count)
    assert {node.tag for node in nodes} <= {tag}
    return nodes


def cut(numbers, width):
    return [numbers[k : k + width] for k in range(0, len(numbers), width)]


def matrix(node, rows, columns):
    assert (integer(node, "Rows"), integer(node, "Columns")) == (rows, columns), node.tag
    return cut([f32(v) for v in doubles(node, rows * columns)], columns)
