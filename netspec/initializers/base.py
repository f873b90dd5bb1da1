"""What every initializer is: a frozen record of options that draws the first numbers of an array.

The last two axes of a shape are a matrix's outputs and inputs; what stands before them (the gates
of a cell) is a matrix each. The kernels of a convolution, (filters, channels, height, width), are
one matrix with a row for each filter. `blocks` lets single gates start in another way than the
rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy
from pydantic import AfterValidator, BeforeValidator

from ..elementary import normal_quantile
from ..errors import Problem, SpecError, nearest
from ..options import Kind, Table

if TYPE_CHECKING:
    from ..randomness import Stream

    AnyInitializer = Any  # what the folder's __init__ makes of all kinds


def as_record(value: Any) -> Any:
    """Give a number as the options of a constant, and anything else as it is."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"type": "constant", "value": value} if number else value


Blocks = Annotated[
    dict[str, Annotated["AnyInitializer", BeforeValidator(as_record)]], AfterValidator(Table)
]


class Initializer(Kind):
    """An initializer and its options; all bits of what it draws are the same everywhere."""

    kinds: ClassVar[dict[str, Any]] = {}
    of_matrices: ClassVar[bool] = False  # whether it asks for a matrix's outputs and inputs

    type: str
    blocks: Blocks = Table()

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        """Return float64 numbers of `shape`, (..., outputs, inputs), blocks left aside."""
        raise TypeError(f"the initializer {type(self).__name__} has no formula")

    def check(self, shape: Sequence[int], blocks: Sequence[str] = ()) -> None:
        """Raise SpecError where an array of `shape`, its first axis made of `blocks`, cannot start.

        The path of the error is that of the option to blame.
        """
        for name, own in self.blocks.items():
            if name not in blocks:
                known = nearest(name, blocks) or ": leave `blocks` out, the array has none"
                message = f"there is no block {name!r}{known}"
                raise SpecError(Problem(("blocks", name), message, key=True))
            if getattr(own, "stream", None) == "trandom3":
                message = "a block has no part in the one stream of a network: say `netspec`"
                raise SpecError(message, path=("blocks", name, "stream"))
            try:
                own.check(shape[1:])
            except SpecError as error:
                raise error.below("blocks", name) from None
        one = shape[1:] if blocks else shape
        if self.of_matrices and len(one) < 2:
            raise SpecError(
                f"{self.type} wants a matrix, found an array of {_sizes(one)} numbers:"
                " say `uniform`, `normal` or a number"
            )
        self.check_shape(shape)

    def check_shape(self, shape: Sequence[int]) -> None:
        """Raise SpecError where an array of `shape`, blocks and all, cannot start."""


def _sizes(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def normal(stream: Stream, shape: Sequence[int]) -> Any:
    """Draw numbers of mean 0 and standard deviation 1: float64 array of `shape`."""
    return normal_quantile(inside(stream, shape))


def cut_normal(stream: Stream, shape: Sequence[int]) -> Any:
    """Draw them as if those beyond +-2 were drawn again: float64 array of `shape`."""
    return normal_quantile(BELOW + (1 - 2 * BELOW) * inside(stream, shape))


BELOW = 0.022750131948179207  # the share of a normal distribution below -2


def inside(stream: Stream, shape: Sequence[int]) -> Any:
    """Draw odd multiples of 2^-53 in (0, 1), evenly: neither end comes."""
    return ((stream.words(shape) >> numpy.uint64(12)) + 0.5) * 2.0**-52


def tree_sum(x: Any) -> Any:
    """Sum over the first axis, halves laid on each other until one is left."""
    while len(x) > 1:
        half = (len(x) + 1) // 2
        folded = x[:half].copy()
        folded[: len(x) - half] += x[half:]
        x = folded
    return x[0]


def matrices(shape: Sequence[int]) -> tuple[int, int, int]:
    """Give the number of matrices in an array, their outputs and their inputs."""
    if len(shape) == 4:
        return 1, shape[0], prod(shape[1:])
    *before, outputs, inputs = shape
    return prod(before), outputs, inputs


def ends(shape: Sequence[int]) -> tuple[int, int]:
    """Give how many outputs an input of a matrix reaches, and how many inputs an output sees.

    >>> ends((4, 5, 3)), ends((8, 2, 3, 3))
    ((5, 3), (72, 18))
    """
    _, outputs, inputs = matrices(shape)
    return (outputs * prod(shape[2:]) if len(shape) == 4 else outputs), inputs
