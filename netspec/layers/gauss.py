"""TMVA's Gauss and Uniform: every variable by its cumulated density, and on to a normal one.

    y = c = F(x), kept from 1e-9 to 1 - 1e-9                              flat: TMVA's Uniform
    y = 1.414213562 erfinv(u),  u = 2 c - 1, kept from -0.99999999 to 0.99999999
    x = G(y), or G((erf(y / 1.414213562) + 1) / 2)                        inverse = true

F is the cumulated histogram of `cumulative.py`, of `bins[k]` bins for number k, held in
`working_type`, and G its inverse; all is computed in float64. `contents` (sum of bins,) and `edges`
(sum of bins + 1,) hold those of the variables one after another. Slopes are those of the lines that
F is made of, 0 where a number was kept from leaving.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sqrt
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from ..errors import SpecError
from ..initializers import Initializer
from ..options import LARGEST_SIZE, Flag
from .base import Arrays, Param, Shape, examples
from .cumulative import FINE, Cumulative
from .quantile import erfinv
from .transformation import Invertible, Slopes, Transformation

if TYPE_CHECKING:
    from ..backends import Array, Backend

Bins = Annotated[int, Field(ge=2, le=LARGEST_SIZE, strict=True)]

EDGE: Final = 1e-9
FURTHEST: Final = 0.99999999
ROOT2: Final = 1.414213562  # as many digits as TMVA has


class Gaussianize(Transformation, Invertible):
    """Each variable to a normal density, or with `flat` to an even one, by its histogram.

    `inputs` are the positions that are read, from 0 (all where it is not given), `outputs` those
    that are written (the same).
    `bins` has the number of bins of each, two or more; `inverse` is the way back.
    """

    model_config = examples(
        {"bins": [3, 2, 5], "working_type": "float64"},
        {"bins": [4, 3, 3], "flat": True, "working_type": "float64"},
        {"bins": [3, 4], "inputs": [2, 0], "inverse": True, "working_type": "float64"},
        {"bins": [5, 4, 2], "flat": True, "inverse": True, "working_type": "float64"},
    )

    type: Literal["gauss"] = "gauss"
    bins: Annotated[tuple[Bins, ...], Field(min_length=1)]
    flat: Flag = False

    def output_shape(self, given: Shape) -> Shape:
        super().output_shape(given)
        if len(self.bins) != self.count(given):
            raise SpecError(
                f"wanted the number of bins of {self.count(given)} variables, found that of"
                f" {len(self.bins)}",
                path=("bins",),
            )
        if (edges := sum(self.bins) + len(self.bins)) > LARGEST_SIZE:
            raise SpecError(
                f"wanted at most {LARGEST_SIZE} edges together, found {edges}", path=("bins",)
            )
        return given

    def parameters(self, given: Shape) -> dict[str, Param]:
        ramps = Initializer.kinds["ramps"]
        edges = tuple(n + 1 for n in self.bins)
        return {
            "contents": Param(
                (sum(self.bins),), ramps(low=0.0, high=1.0, sizes=self.bins), trainable=False
            ),
            "edges": Param(
                (sum(edges),),
                ramps(low=-1.0, high=1.0, sizes=edges),
                trainable=False,
                dtype="float64",
                rising=edges,
            ),
        }

    def tables(self, b: Backend, p: Arrays) -> Array:
        """Give the fine table of every variable: (n, 10000), of the working type."""
        j = b.array(range(FINE))
        return b.stack([F.fine(b, j).astype(F.held) for F in self._cumulatives(p)], 0)

    def formula(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        v = v.astype("float64")
        run = self._back if self.inverse else self._there
        found = [run(b, F, v[..., k]) for k, F in enumerate(self._cumulatives(p))]
        w, slope = (b.stack(part, -1) for part in zip(*found, strict=True))
        return w, lambda dw: dw * slope.astype(dw.dtype)

    def _cumulatives(self, p: Arrays) -> Iterator[Cumulative]:
        held = self.working_type
        contents, edges = p["contents"].astype(held).astype("float64"), p["edges"]
        first = edge = 0
        for n in self.bins:
            yield Cumulative(contents[first : first + n], edges[edge : edge + n + 1], held)
            first, edge = first + n, edge + n + 1

    def _there(self, b: Backend, F: Cumulative, x: Array) -> tuple[Array, Array]:
        value, slope = F.value(b, x)
        c = b.maximum(b.minimum(value, 1 - EDGE), EDGE)
        slope = b.where(c == value, slope, 0.0)
        if self.flat:
            return c, slope
        u = 2 * c - 1
        kept = b.maximum(b.minimum(u, FURTHEST), -FURTHEST)
        w = erfinv(b, kept)
        return ROOT2 * w, b.where(kept == u, slope * (ROOT2 * sqrt(pi)) * b.exp(w * w), 0.0)

    def _back(self, b: Backend, F: Cumulative, y: Array) -> tuple[Array, Array]:
        if self.flat:
            return F.place(b, y)
        w = y / ROOT2
        x, slope = F.place(b, (b.erf(w) + 1) / 2)
        return x, slope * b.exp(-(w * w)) / (ROOT2 * sqrt(pi))
