"""The waist: what every file format reads and writes.

A model is a spec, its weights by full name, and extras that change no output. `read` gives one,
`write` takes one, and no format knows more of another than this.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import WeightsError
from ..spec import NetworkSpec
from ..weights import fitting

Array = npt.NDArray[Any]

CONTRACT = "0"  # the version of the arithmetic that this netspec computes with


@dataclass(frozen=True, eq=False)
class Golden:
    """Inputs and the outputs they gave, kept to be replayed.

    `inputs` (n, *sizes of the spec's input) and `outputs` (n, ...) in the spec's dtype, `lengths`
    (n,) int64 or None. `engine` is the backend that made them and `contract` the version of its
    arithmetic. They hold exactly where `tolerance` is 0, which only an engine that promises bits
    may say; otherwise |found - kept| <= tolerance * max(1, |kept|).
    """

    inputs: Array
    outputs: Array
    lengths: Array | None
    engine: str
    contract: str
    tolerance: float

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays by name, in the order of a file."""
        arrays = {"inputs": self.inputs, "lengths": self.lengths, "outputs": self.outputs}
        return {name: np.asarray(a) for name, a in arrays.items() if a is not None}


@dataclass(frozen=True, eq=False)
class Extras:
    """What a file keeps beside spec and weights.

    `metadata` is free text by name; `history` numbers by epoch, by name (`loss`, ...); `encoding`
    is how netspec's own XML writes its arrays.
    """

    metadata: Mapping[str, str] = field(default_factory=dict)
    golden: Golden | None = None
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    encoding: Literal["decimal", "base64"] = "decimal"

    def replace(self, **changes: Any) -> Extras:
        """Give the same extras with some fields changed."""
        return dataclasses.replace(self, **changes)


class Model(NamedTuple):
    """A spec, its weights ({"lstm_1/W": array}; None where a file holds none) and extras."""

    spec: NetworkSpec
    weights: dict[str, Array] | None
    extras: Extras = Extras()


def exactly(spec: NetworkSpec, weights: Mapping[str, Any] | None) -> dict[str, Array]:
    """Give the weights in the spec's order and dtypes, every value kept, as read-only arrays.

    Raises WeightsError where arrays are missing, unknown or of the wrong shape, or would have to
    be rounded to the dtype that the spec wants of them.
    """
    if weights is None:
        raise WeightsError("wanted weights, found a spec alone: build a network of it first")
    own = fitting(spec, weights)
    for name, array in own.items():
        given = np.asarray(weights[name])
        if given.dtype != array.dtype and not np.array_equal(given, array, equal_nan=True):
            raise WeightsError(
                f"{name}: the spec says {array.dtype}, and the {given.dtype} given does not fit in"
                " it without rounding: round it first"
            )
    return own
