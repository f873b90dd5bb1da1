"""The largest number of each window of an image, channel by channel.

    y[c, i, j] = max over r, q of x[c, i stride_h + r, j stride_w + q]

The window is looked through row by row; a number takes the place of the largest so far only where
it is larger, so that of equal ones, -0 and +0 among them, the first counts. A NaN comes out: it
takes the place of any number, and nothing takes its own. The windows are those that fit into the
image, without padding.

    dx[c, h, w] = +0 + dy[c, i, j] + ...       over the windows (i, j) whose number stands at that
                                               pixel, row by row
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..options import Size
from .base import Arrays, Named, Shape, StatelessLayer, WayBack, examples
from .images import Pair, counts, image, places

if TYPE_CHECKING:
    from ..backends import Array, Backend


class MaxPool(StatelessLayer):
    """The largest of each window: (channels, height, width) to (channels, rows, columns).

    `kernel` and `stride` are [height, width]; `stride` is the kernel where it is not given.
    """

    model_config = examples(
        {"kernel": [2, 2]},
        {"kernel": [3, 2], "stride": [1, 2]},
        {"kernel": [2, 3], "stride": [2, 1]},
    )

    type: Literal["max_pool"] = "max_pool"
    kernel: tuple[Size, Size]
    stride: tuple[Size, Size] | None = None

    @property
    def keeps_steps(self) -> bool:
        return False

    def output_shape(self, given: Shape) -> Shape:
        channels, height, width = image(given, "max_pool")
        return (channels, *self._windows((height, width)))

    def _windows(self, size: Pair) -> Pair:
        return counts(size, self.kernel, self.stride or self.kernel)

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        height, width = x.shape[2:]
        stride, count = self.stride or self.kernel, self._windows((height, width))
        around = list(places(self.kernel, stride, count))
        _, _, rows, columns = around[0]
        first = x[:, :, rows, columns]
        y = first
        for _, _, rows, columns in around[1:]:
            y, _ = larger(b, y, x[:, :, rows, columns])

        def back(dy: Array) -> tuple[Array, Named]:
            most, winner = first, b.zeros(first.shape, "int64")
            for k, (_, _, rows, columns) in enumerate(around[1:], 1):
                most, stays = larger(b, most, x[:, :, rows, columns])
                winner = b.where(stays, winner, k)
            dx = b.zeros(x.shape, dy.dtype)
            for k, (_, _, rows, columns) in reversed(list(enumerate(around))):
                dx[:, :, rows, columns] = dx[:, :, rows, columns] + b.where(winner == k, dy, 0.0)
            return dx, {}

        return y, back


def larger(b: Backend, most: Array, other: Array) -> tuple[Array, Array]:
    """Give the larger of two, entry by entry, and whether it is `most`; see above."""
    stays = b.where(most != most, True, most >= other)
    return b.where(stays, most, other), stays
