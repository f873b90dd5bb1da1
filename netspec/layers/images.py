"""Images (channels, height, width) and the windows that convolution and pooling look at.

Window (i, j) has its first row at `i * stride_h`, its first column at `j * stride_w`; along each
axis there are as many windows as fit:

    count = (size - kernel) // stride + 1

A way back adds, at every pixel, what the windows over it say, from +0, in the order of the
windows, row by row: that is from the last place inside a window to the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import SpecError
from .base import Shape

Pair = tuple[int, int]


def image(given: Shape, what: str) -> tuple[int, int, int]:
    """Give the channels, height and width of an image.

    Raises SpecError, which says `what` wants one, for any other shape.
    """
    if len(given) != 3:
        raise SpecError(
            f"a {what} layer wants images of (channels, height, width), found {len(given)}"
            f" {'axis' if len(given) == 1 else 'axes'}: put a reshape layer in front"
        )
    channels, height, width = given
    if channels is None or height is None or width is None:
        raise SpecError(f"a {what} layer wants images of a known size, found one of any")
    return channels, height, width


def counts(size: Pair, kernel: Pair, stride: Pair) -> Pair:
    """Give the number of windows in rows and columns; `size` holds the padding, too.

    Raises SpecError, with the path of the kernel, where not one fits.
    """
    if kernel[0] > size[0] or kernel[1] > size[1]:
        raise SpecError(
            f"wanted a kernel of at most the image's {size[0]} x {size[1]} pixels,"
            f" found {kernel[0]} x {kernel[1]}",
            path=("kernel",),
        )
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(size, kernel, stride, strict=True))
    return rows, columns


def places(kernel: Pair, stride: Pair, count: Pair) -> Iterator[tuple[int, int, slice, slice]]:
    """Yield each place (r, q) in a window, row by row, with the pixels that stand there.

    >>> list(places((1, 2), (3, 3), (2, 1)))
    [(0, 0, slice(0, 4, 3), slice(0, 1, 3)), (0, 1, slice(0, 4, 3), slice(1, 2, 3))]
    """
    for r in range(kernel[0]):
        for q in range(kernel[1]):
            rows = slice(r, r + stride[0] * (count[0] - 1) + 1, stride[0])
            columns = slice(q, q + stride[1] * (count[1] - 1) + 1, stride[1])
            yield r, q, rows, columns
