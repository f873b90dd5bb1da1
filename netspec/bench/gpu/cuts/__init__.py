"""How fast a GPU is in every way that netspec could cut a piece of work, and which one it takes.

    python -m netspec.bench.gpu.cuts TABLE [float32|float64] [SHAPE ...]

TABLE is products, sums, rows (sweeps forward by rows), rows_back or together (sweeps by all blocks
together). A shape is what stands in the table's own `Shape`, by commas (`rows float64
lstm,32,10,100000,20`); without one it is those of the table. Marked `*` is the way that is taken. A
faster one beside it, or a count far from the time, says that a constant by which ways are counted
is a poor guess: no way changes a bit.
"""

from __future__ import annotations

from . import products, rows, rows_back, sums, together
from .timing import Row, Table

__all__ = ["TABLES", "Row", "Table"]

TABLES: dict[str, Table] = {
    "products": Table(products.SHAPES, products.rows),
    "sums": Table(sums.SHAPES, sums.rows),
    "rows": Table(rows.SHAPES, rows.rows),
    "rows_back": Table(rows_back.SHAPES, rows_back.rows),
    "together": Table(together.SHAPES, together.rows),
}
