"""How many windows of CONV and MAXPOOL there are along one axis: TMVA wants them to fit exactly.

    (size - kernel + 2 padding) / stride + 1

Newer releases of ROOT end the program where the division leaves a rest; older ones drop it.
"""

from __future__ import annotations

from typing import NamedTuple


class Axis(NamedTuple):
    """One axis of an image and the windows that go along it."""

    name: str
    size: int
    kernel: int
    stride: int
    padding: int

    @property
    def room(self) -> int:
        """How far the first window can be moved; below 0 there is none."""
        return self.size - self.kernel + 2 * self.padding

    @property
    def windows(self) -> int:
        """The number of windows, a rest dropped."""
        return self.room // self.stride + 1

    @property
    def rest(self) -> int:
        """What the last window does not reach."""
        return self.room % self.stride

    @property
    def remedy(self) -> str:
        """What is wrong with a rest, and what would be none."""
        return (
            f"found a {self.name} of {self.size} with kernel {self.kernel}, stride {self.stride},"
            f" padding {self.padding}, which leaves {self.rest}: stride"
            f" {nearest_divisor(self.room, self.stride)} would fit, or a {self.name} of"
            f" {self.size - self.rest}"
        )


def axes_of(
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...] = (0, 0),
) -> list[Axis]:
    """Give height and width of an image (channels, height, width) with their windows."""
    rows = zip(("height", "width"), sizes[1:], kernel, stride, padding, strict=True)
    return [Axis(*row) for row in rows]


def nearest_divisor(number: int, wanted: int) -> int:
    """Give the divisor of a number that is nearest to the one wanted, the smaller of two.

    >>> nearest_divisor(12, 5), nearest_divisor(26, 3), nearest_divisor(3, 100)
    (4, 2, 3)
    """
    if wanted >= number:
        return number
    near = (n for gap in range(number) for n in (wanted - gap, wanted + gap))
    return next(n for n in near if n > 0 and number % n == 0)
