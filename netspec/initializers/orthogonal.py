"""Orthogonal matrices: A. M. Saxe, J. L. McClelland, S. Ganguli, arXiv:1312.6120.

A matrix of normal numbers, of which each row in turn (each column, where those are fewer) is
divided by its length and taken out of all that follow, twice over: modified Gram-Schmidt, with the
lengths positive, which makes all orthogonal matrices equally likely (F. Mezzadri, Notices of the
AMS 54 (2007) 592). Then times `gain`. Sums are trees of a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy

from ..options import Positive
from .base import Initializer, matrices, normal, tree_sum

if TYPE_CHECKING:
    from ..randomness import Stream


class Orthogonal(Initializer):
    """Every gate is one. Rows, or columns where those are fewer, are `gain` long."""

    of_matrices: ClassVar[bool] = True

    type: Literal["orthogonal"] = "orthogonal"
    gain: Positive = 1.0

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        count, outputs, inputs = matrices(shape)
        drawn = normal(stream, (count, outputs, inputs))
        result = numpy.empty_like(drawn)
        for k, matrix in enumerate(drawn):
            # The vectors stand in columns, so that sums run over the first axis.
            columns = matrix.T.copy() if outputs <= inputs else matrix
            _make_orthogonal(columns)
            _make_orthogonal(columns)
            result[k] = columns.T if outputs <= inputs else columns
        return (result * self.gain).reshape(shape)


def _make_orthogonal(columns: Any) -> None:
    """Make the columns of a matrix, no more than its rows, orthonormal in place."""
    for j in range(columns.shape[1]):
        v = columns[:, j]
        v /= numpy.sqrt(tree_sum(v * v))
        rest = columns[:, j + 1 :]
        rest -= v[:, None] * tree_sum(v[:, None] * rest)
