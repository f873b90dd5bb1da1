"""What every optimizer is: a frozen record of options with one formula for one step of one array.

What it carries from step to step travels beside it, arrays by name in the shape of the weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..options import Kind, Positive

if TYPE_CHECKING:
    from ..backends import Array, Backend

State = Mapping[str, Any]
Factors = tuple[float, ...]


class Optimizer(Kind):
    """An optimizer and its options; a schedule multiplies the `learning_rate`."""

    kinds: ClassVar[dict[str, Any]] = {}

    learning_rate: Positive

    @property
    def carried(self) -> tuple[str, ...]:
        """The names of the state arrays of one weight."""
        return ()

    def start(self, b: Backend, w: Array) -> dict[str, Array]:
        """Give the state before the first step: zeros in the shape and dtype of w."""
        return {name: b.zeros(w.shape, w.dtype) for name in self.carried}

    def factors(self, rate: float, step: int) -> Factors:
        """Give what depends on the step alone, for `update`: step counts from 1.

        Float64 by + - * / and square roots only, so that it is the same on every machine.
        """
        return (rate,)

    def update(
        self, b: Backend, w: Array, g: Array, state: State, factors: Factors
    ) -> tuple[Array, dict[str, Array]]:
        """Give the weight and the state after a step, as new arrays; nothing given is changed."""
        raise TypeError(f"the optimizer {type(self).__name__} has no formula")
