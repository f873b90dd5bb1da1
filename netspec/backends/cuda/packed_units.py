"""The weights of a cell as the sweeps read them (`pack_units.cu`), packed once for each cut."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from . import row_plan
from .trees import number

THREADS = 256


class Weights:
    """W, U and the biases of one direction of a cell, bare.

    `lasting` ones are a network's, which runs on several streams: what is packed is waited for.
    """

    def __init__(self, b: Any, p: Mapping[str, Any], lasting: bool = False) -> None:
        """Take the arrays by name: U, and those of W, b and b_state that there are."""
        self.b, self._packing = b, b.lasting if lasting else nullcontext
        self.arrays = {name: b.plain(array) for name, array in p.items()}
        self._packed: dict[Any, Any] = {}

    def get(self, name: str) -> Any:
        """Give an array as it is, or None."""
        return self.arrays.get(name)

    def packed(self, name: str, work: row_plan.Work, wide: int) -> Any:
        """Give W or U, for threads of so many units; `work` is always one of the cell's."""
        key = (name, wide)
        if key not in self._packed:
            with self._packing():
                packed = self._pack(self.arrays[name], work, wide)
            self._packed[key] = packed
        return self._packed[key]

    def _pack(self, matrix: Any, work: row_plan.Work, wide: int) -> Any:
        terms = matrix.shape[-1]
        sizes = [terms * row_plan.width(work, gates, wide) for gates in work.gates]
        room = [row_plan.whole_packs(work, size) for size in sizes]
        to = self.b.cupy.empty(sum(room), matrix.dtype)
        first_gate = first = 0
        for gates, whole in zip(work.gates, room, strict=True):
            if gates:
                part = to[first : first + whole]
                groups = -(-work.units // wide)
                args = [matrix, part, whole, work.units, terms, first_gate, gates, wide, groups]
                args.append(row_plan.piece(work, gates, wide))
                grid = (-(-whole // THREADS),)
                macros = number(matrix.dtype)
                self.b.kernels.launch("pack_units.cu", macros, "pack_units", grid, (THREADS,), args)
            first_gate, first = first_gate + gates, first + whole
        return to
