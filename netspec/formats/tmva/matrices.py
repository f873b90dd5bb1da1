"""The numbers of TMVA files: matrices, ranges, limits.

A matrix is an element with `Rows` and `Columns` and a text in which the column index runs
fastest. ROOT writes seven digits, and two spaces after every number, the last one too. netspec
writes nine (`%.8e`), which ROOT's stream reads as well and which give back every bit of a
float32; a number read is rounded once, from its decimal to float32.

`nan` and `inf` are refused both ways: ROOT's stream writes them and cannot read them.
"""

from __future__ import annotations

import re
from typing import Any

import numpy
import numpy.typing as npt
from lxml import etree

from ...kernels import compiled
from ..xml import decimals
from .elements import Element, shown

Array = npt.NDArray[Any]

FLOAT32 = numpy.dtype(numpy.float32)
FLOAT64 = numpy.dtype(numpy.float64)
BLOCK = 4096  # numbers formatted at once
STRANGE = re.compile(r"[^0-9+\-.eE \t\r\n]")


def read_matrix(
    node: Element,
    rows: int,
    columns: int,
    named: tuple[str, str] = ("Rows", "Columns"),
    dtype: numpy.dtype[Any] = FLOAT32,
) -> Array:
    """Give the matrix (rows, columns) that `node` holds; `named` are the attributes of its sizes.

    Raises FormatError when the element states another size, when its text holds more or fewer
    numbers, or one that is no finite float.
    """
    stated = node.integer(named[0]), node.integer(named[1])
    if stated != (rows, columns):
        raise node.error(f"wanted {rows} rows and {columns} columns, found {stated}")
    return read_numbers(node, rows * columns, dtype).reshape(rows, columns)


def read_numbers(node: Element, count: int, dtype: numpy.dtype[Any] = FLOAT32) -> Array:
    """Give the `count` numbers that `node` holds.

    Raises FormatError as `read_matrix` does. Nothing is allocated before the text was seen to
    be long enough.
    """
    if node.children():
        raise node.error("wanted numbers only, found an element between them")
    text = node.text
    if 2 * count - 1 > len(text):
        raise node.error(f"wanted {count} numbers, found {len(text.split())}")
    return floats(node, text, count, dtype)


def floats(node: Element, text: str, count: int, dtype: numpy.dtype[Any] = FLOAT32) -> Array:
    """Give the `count` numbers of a text, each rounded once. Raises FormatError."""
    try:
        values = decimals.parse(text, count, dtype)
    except ValueError as error:
        message = str(error)
    else:
        if numpy.isfinite(values).all():
            return values
        message = "wanted finite decimal numbers"
    if strange := STRANGE.search(text):
        # Also what `decimals` does read: nan and inf, which ROOT's stream cannot.
        start = max(text.rfind(blank, 0, strange.start()) for blank in " \t\r\n") + 1
        found = text[start:].split(maxsplit=1)[0]
        message = f"wanted finite decimal numbers, found {shown(found)} among them"
    raise node.error(message)


def add_matrix(parent: Any, tag: str, matrix: Array, indent: str) -> None:
    """Write a matrix as the last child of a layer whose element is indented by `indent`."""
    sizes = {"Rows": str(matrix.shape[0]), "Columns": str(matrix.shape[1])}
    etree.SubElement(parent, tag, sizes).text = matrix_text(matrix, indent + "  ")


def matrix_text(matrix: Array, indent: str) -> str:
    """Text of a matrix element, the line breaks before and after included."""
    values = matrix.ravel()
    fast = compiled()
    write = fast.nine_digits if fast and values.dtype == FLOAT32 else _nine_digits
    blocks = (values[k : k + BLOCK] for k in range(0, values.size, BLOCK))
    return f"\n{indent}  {b''.join(map(write, blocks)).decode('ascii')}\n{indent}"


def _nine_digits(block: Array) -> bytes:
    return b"%.8e  " * len(block) % tuple(block.tolist())


def attribute_float(node: Element, name: str) -> float:
    """Give the float32 in an attribute, as a Python float. Raises FormatError."""
    return float(floats(node, node.attribute(name), 1)[0])


def nine_digits(value: float) -> str:
    """Write a number as ROOT writes limits and times: `-9.31873512e+00`."""
    return f"{value:.8e}"


def seventeen_digits(value: float) -> str:
    """Write a number as ROOT writes ranges and strengths: `5.5480084419250488e+00`."""
    return f"{value:.16e}"
