"""A convolution of images, in the order of multiplication a correlation: no kernel is flipped.

    y[o, i, j] = f(b[o] + sum over c, r, q of W[o, c, r, q] x[c, i stride_h + r - padding_h,
                                                               j stride_w + q - padding_w])

Y. LeCun et al., Proc. IEEE 86 (1998) 2278. x is (channels, height, width) and +0 outside; y is
(filters, rows, columns), rows = (height + 2 padding_h - kernel_h) // stride_h + 1. A softmax goes
over the filters of a pixel. Each window is a row k = (c kernel_h + r) kernel_w + q of numbers:

    z = product(window, W, start = b)          y = f(z)
    dW = outer_sum(dz, window)                 events are the batch's, steps the pixels of y
    db = sum(dz)                               likewise
    dwindow = product(dz, W^T)
    dx[c, h, w] = +0 + dwindow[i, j, k] + ...  over the windows (i, j) on that pixel, row by row

Stored: W (filters, channels, kernel_h, kernel_w), b (filters,).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ..errors import SpecError
from ..options import LARGEST_SIZE, Flag, Size
from . import affine
from .activations import Activation, Linear
from .base import Arrays, Named, Param, Shape, StatelessLayer, WayBack, examples
from .images import Pair, counts, image, places

if TYPE_CHECKING:
    from ..backends import Array, Backend

AT_ONCE = 2**22  # numbers in windows
Margin = Annotated[int, Field(ge=0, le=LARGEST_SIZE, strict=True)]


class Convolution(StatelessLayer):
    """Filters over images: (channels, height, width) to (filters, rows, columns).

    `kernel`, `stride` and `padding`, the zeros on each side, are [height, width].
    """

    model_config = examples(
        {"filters": 3, "kernel": [3, 2]},
        {"filters": 2, "kernel": [3, 3], "padding": [1, 2], "activation": "tanh"},
        {"filters": 2, "kernel": [2, 3], "stride": [2, 1], "bias": False, "activation": "softmax"},
    )

    type: Literal["convolution"] = "convolution"
    filters: Size
    kernel: tuple[Size, Size]
    stride: tuple[Size, Size] = (1, 1)
    padding: tuple[Margin, Margin] = (0, 0)
    activation: Activation = Linear()
    bias: Flag = True

    @property
    def keeps_steps(self) -> bool:
        return False

    def output_shape(self, given: Shape) -> Shape:
        return (self.filters, *self._windows(image(given, "convolution")[1:]))

    def parameters(self, given: Shape) -> dict[str, Param]:
        W = Param((self.filters, image(given, "convolution")[0], *self.kernel))
        return {"W": W, "b": Param((self.filters,), "zeros")} if self.bias else {"W": W}

    def _windows(self, size: Pair) -> Pair:
        height, width = (n + 2 * margin for n, margin in zip(size, self.padding, strict=True))
        if height * width > LARGEST_SIZE:
            raise SpecError(
                f"wanted at most {LARGEST_SIZE} pixels with the padding, found {height} x {width}",
                path=("padding",),
            )
        return counts((height, width), self.kernel, self.stride)

    def apply(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        lengths: Array | None = None,
        state: Arrays | None = None,
    ) -> tuple[Array, Named]:
        """Run a few events at a time: their windows take more memory than they do."""
        numbers = prod(self._windows(x.shape[2:])) * x.shape[1] * prod(self.kernel)
        events = max(1, AT_ONCE // numbers)
        parts = [
            self.run(b, p, x[first : first + events], lengths)[0]
            for first in range(0, max(x.shape[0], 1), events)
        ]
        return parts[0] if len(parts) == 1 else b.concatenate(parts, 0), {}

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        W = p["W"].reshape(self.filters, prod(p["W"].shape[1:]))
        windows = self._cut(b, x)
        z = b.product(windows, W, p.get("b"))
        y = self.activation.apply(b, z)

        def back(dy: Array) -> tuple[Array, Named]:
            dz = self.activation.back(b, z, y, pixels_first(dy))
            if self.bias:
                weights = dict(zip("Wb", b.call(affine.slopes, dz, windows), strict=True))
            else:
                weights = {"W": b.outer_sum(dz, windows)}
            weights["W"] = weights["W"].reshape(p["W"].shape)
            return lambda: self._joined(b, b.product(dz, W.T), x), weights

        return y.swapaxes(2, 3).swapaxes(1, 2), back

    def _cut(self, b: Backend, x: Array) -> Array:
        """Give the windows of x, a row each: (batch, rows, columns, channels kernel_h kernel_w)."""
        batch, channels, height, width = x.shape
        top, left = self.padding
        count = self._windows((height, width))
        wide = b.zeros((batch, channels, height + 2 * top, width + 2 * left), x.dtype)
        wide[:, :, top : top + height, left : left + width] = x
        windows = b.empty((batch, *count, channels, *self.kernel), x.dtype)
        for r, q, rows, columns in places(self.kernel, self.stride, count):
            windows[..., r, q] = pixels_first(wide[:, :, rows, columns])
        return windows.reshape(batch, *count, channels * prod(self.kernel))

    def _joined(self, b: Backend, dwindows: Array, x: Array) -> Array:
        """Give the slopes in x: those in its windows, added up."""
        batch, channels, height, width = x.shape
        top, left = self.padding
        count = self._windows((height, width))
        dwindows = dwindows.reshape(batch, *count, channels, *self.kernel)
        wide = b.zeros((batch, channels, height + 2 * top, width + 2 * left), x.dtype)
        for r, q, rows, columns in reversed(list(places(self.kernel, self.stride, count))):
            own = dwindows[..., r, q].swapaxes(2, 3).swapaxes(1, 2)
            wide[:, :, rows, columns] = wide[:, :, rows, columns] + own
        return wide[:, :, top : top + height, left : left + width]


def pixels_first(x: Array) -> Array:
    """Give (batch, n, rows, columns) as (batch, rows, columns, n)."""
    return x.swapaxes(1, 2).swapaxes(2, 3)
