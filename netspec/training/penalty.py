"""Penalties on large weights: l1, strength * sum |w|, and l2, strength * sum w^2.

They run over every trained matrix, those of a cell's gates included, never over biases. Under
TMVA's rules the value has gamma and beta of batch_norm, too, and the slope reaches dense layers and
convolutions only, with sign(0) = 1; under netspec's it reaches every matrix, with sign(0) = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..layers import stack

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..layers import Param
    from ..settings import Regularization
    from ..spec import NetworkSpec


class Penalty:
    """What a phase's `regularization` adds to the loss and to its slopes.

    `by_name` says by which rule, of which strength, the slope of a weight is changed.
    """

    def __init__(self, spec: NetworkSpec, said: Regularization, like_tmva: bool) -> None:
        """Find the matrices that are to be kept small."""
        table = spec.parameters()
        self._kind, self._strength, self._like_tmva = said.type, said.strength, like_tmva
        if said.type == "none" or said.strength == 0:
            table = {}
        type_of = {name: stack.holder(spec.layers, name).type for name in table}
        self._matrices = [
            name
            for name, param in table.items()
            if param.trainable
            and (_is_matrix(param) or (like_tmva and type_of[name] == "batch_norm"))
        ]
        rule = "l1_like_tmva" if like_tmva and said.type == "l1" else said.type
        self.by_name = {
            name: (rule, said.strength)
            for name in self._matrices
            if not like_tmva or type_of[name] in ("dense", "convolution")
        }

    def value(self, b: Backend, weights: Mapping[str, Array]) -> float:
        """Give what the penalty adds to the loss."""
        total = 0.0
        for name in self._matrices:
            w = weights[name].reshape(-1)
            total += float(b.numpy(b.sum(b.abs(w) if self._kind == "l1" else w * w, 0)))
        return self._strength * total

    def added(self, b: Backend, name: str, w: Array, slope: Array) -> Array:
        """Give the slope in the weight `name` with the penalty's own."""
        if name not in self.by_name:
            return slope
        if self._kind == "l2":
            return slope + (2 * self._strength) * w
        downhill = b.where(w < 0, slope - self._strength, slope + self._strength)
        return downhill if self._like_tmva else b.where(w == 0, slope, downhill)


def _is_matrix(param: Param) -> bool:
    """Whether an array has outputs and inputs, beside the gates that may stand side by side.

    >>> from ..layers.base import Param
    >>> _is_matrix(Param((4, 5, 3), blocks=("i", "f", "c", "o")))
    True
    >>> _is_matrix(Param((4, 5), blocks=("i", "f", "c", "o")))
    False
    """
    return len(param.shape) - bool(param.blocks) > 1
