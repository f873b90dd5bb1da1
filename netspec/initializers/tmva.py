"""How TMVA starts a matrix of rows x columns: four formulas of its own.

    tmva_xavier           normal, deviation sqrt(6 / (rows + columns)), redrawn beyond two of them
    tmva_xavier_uniform   flat in +-sqrt(6 / (rows + columns))
    tmva_gauss            normal, deviation sqrt(2 / columns)
    tmva_uniform          flat in +-sqrt(2 / columns)

The weights of a convolution, (filters, channels, height, width), are one matrix with a row for
each filter. `stream: trandom3` takes the numbers of ROOT's generator, one row of them for the whole
network: layer by layer, matrix by matrix, column by column, as TMVA does. Then a seed gives the
very first weights that TMVA has with that RandomSeed. Its normal numbers are ROOT's own and not
reproduced.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import model_validator

from .base import Initializer, cut_normal, matrices, normal

if TYPE_CHECKING:
    from ..randomness import Stream


class TMVAXavier(Initializer):
    """WeightInitialization=XAVIER."""

    of_matrices: ClassVar[bool] = True

    type: Literal["tmva_xavier"] = "tmva_xavier"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        _, rows, columns = matrices(shape)
        return cut_normal(stream, shape) * sqrt(6 / (rows + columns))


class TMVAGauss(Initializer):
    """WeightInitialization=GAUSS."""

    of_matrices: ClassVar[bool] = True

    type: Literal["tmva_gauss"] = "tmva_gauss"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        _, _, columns = matrices(shape)
        return normal(stream, shape) * sqrt(2 / columns)


class Flat(Initializer):
    """Flat in +-a range; `stream` says whose numbers."""

    of_matrices: ClassVar[bool] = True

    type: str
    stream: Literal["netspec", "trandom3"] = "netspec"

    @model_validator(mode="after")
    def _one_stream_for_all(self) -> Self:
        if self.blocks and self.stream == "trandom3":
            raise ValueError("the one stream of a network knows no blocks: leave `blocks` out")
        return self

    def range(self, rows: int, columns: int) -> float:
        """Give the largest number for a matrix of rows x columns."""
        raise TypeError(f"the initializer {type(self).__name__} has no formula")

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        count, rows, columns = matrices(shape)
        u = stream.uniform((count, columns, rows)).swapaxes(1, 2).reshape(shape)
        r = self.range(rows, columns)
        return -r + (r + r) * u


class TMVAXavierUniform(Flat):
    """WeightInitialization=XAVIERUNIFORM."""

    type: Literal["tmva_xavier_uniform"] = "tmva_xavier_uniform"

    def range(self, rows: int, columns: int) -> float:
        return sqrt(6 / (rows + columns))


class TMVAUniform(Flat):
    """WeightInitialization=UNIFORM."""

    type: Literal["tmva_uniform"] = "tmva_uniform"

    def range(self, rows: int, columns: int) -> float:
        return sqrt(2 / columns)
