"""What every loss is: a frozen record of options with one formula on a backend's primitives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..options import Kind

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Loss(Kind):
    """A loss and its options.

    `on_logits` says that it holds the output activation in itself: its y is what the last layer
    gives, before that activation.
    """

    kinds: ClassVar[dict[str, Any]] = {}
    on_logits: ClassVar[bool] = False

    @property
    def before_activation(self) -> bool:
        """Whether y is what the last layer gives; else it is what the network gives."""
        return self.on_logits

    def terms(self, b: Backend, y: Array, t: Array) -> tuple[Array, Array]:
        """Give value and slope for y and targets t, both (..., k).

        The value is (..., k), or (..., 1) of a loss that takes a row as one; the slope (..., k) is
        that of the sum of the row's values in y.
        """
        raise TypeError(f"the loss {type(self).__name__} has no formula")


class OutputLoss(Loss):
    """A loss of the output, after its activation or, `of: last_layer`, before it (TMVA's rule)."""

    of: Literal["output", "last_layer"] = "output"

    @property
    def before_activation(self) -> bool:
        return self.of == "last_layer"
