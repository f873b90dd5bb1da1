"""<BatchNormLayer Momentum= Epsilon=>: Training-mu, Training-variance, Gamma, Beta, each (1, n).

A negative Momentum means a plain average over all batches. After a dense or flattening layer n is
the number of features. After ConvLayer and MaxPoolLayer it is the number of channels: that is what
the layer is for, what a GPU computes, and what netspec does. ROOT's code for the CPU, and so its
Reader, goes through the memory of an event as if it were laid out otherwise and takes the numbers
of channel k for the k-th band of pixels, in all channels: `banded`, and with compat "root" netspec
does the same.

Elsewhere n would be one for every number of an image or of a sequence, over which TMVA's own
sources are in doubt; this is refused. S. Ioffe, C. Szegedy, arXiv:1502.03167.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
from lxml import etree

from ...errors import FormatError
from ...layers.batch_norm import BatchNorm
from .cells import ORDERS
from .elements import Around, Element, Piece, sizes_text
from .matrices import Array, add_matrix, attribute_float, read_matrix, seventeen_digits
from .shapes import OF_IMAGES

UNLIKE = (
    "a batch norm of images normalises channels, where ROOT's Reader takes bands of pixels for them"
)
PARTS = {
    "mean": "Training-mu",
    "variance": "Training-variance",
    "gamma": "Gamma",
    "beta": "Beta",
}


def read(node: Element, around: Around) -> Piece:
    """Read a BatchNormLayer, given a row or, after a ConvLayer or MaxPoolLayer, an image."""
    given = around.given
    if around.before in ORDERS or len(given) == 2:
        raise node.error(
            "a BatchNormLayer after a recurrent layer is not supported, since TMVA says not what"
            " it does with the steps: a ReshapeLayer with Flattening=1 is missing between them"
        )
    if len(given) == 3 and around.before not in OF_IMAGES:
        raise node.error(
            f"a BatchNormLayer of {sizes_text(given)} numbers, which comes neither after a"
            " ConvLayer nor after a MaxPoolLayer, is not supported"
        )
    momentum = shortest(node, "Momentum")
    epsilon = shortest(node, "Epsilon")
    if momentum >= 1:
        raise node.error(f"wanted a Momentum below 1, found {momentum}")
    if epsilon <= 0:
        raise node.error(f"wanted an Epsilon above 0, found {epsilon}")
    weights: dict[str, Any] = {
        name: read_matrix(node.child(tag), 1, given[0])[0] for name, tag in PARTS.items()
    }
    weights["batches"] = numpy.zeros(1, numpy.float32)
    row: dict[str, Any] = {
        "type": "batch_norm",
        "momentum": "cumulative" if momentum < 0 else momentum,
        "epsilon": epsilon,
    }
    unlike = ""
    if has_bands(given):
        if around.compat == "root":
            row["banded"] = True
        else:
            unlike = UNLIKE
    return Piece(row, weights, given, unlike)


def has_bands(given: tuple[int | None, ...]) -> bool:
    """Say whether ROOT's bands of an image are something else than its channels."""
    return len(given) == 3 and given[0] != 1 and given[1:] != (1, 1)


def shortest(node: Element, name: str) -> float:
    """Give a float32 attribute as the shortest decimal says it: 0.99 and not 0.9900000095."""
    return float(str(numpy.float32(attribute_float(node, name))))


def add(
    parent: Any,
    layer: BatchNorm,
    given: tuple[int, ...],
    weights: Mapping[str, Array],
    indent: str,
    before: str,
) -> None:
    """Write a BatchNormLayer as the last child of `parent`, after an element of tag `before`.

    Raises FormatError for what TMVA lacks.
    """
    if len(given) == 2 or before in ORDERS:
        raise FormatError(
            f"{layer.name}: TMVA says not how it normalises a batch after a recurrent layer:"
            " put a flatten layer between them"
        )
    if len(given) == 3 and before not in OF_IMAGES:
        raise FormatError(
            f"{layer.name}: TMVA normalises channels right after a convolution or a max_pool only,"
            f" found {before or 'the input'} before it: put it there, or a flatten layer before it"
        )
    momentum = -1.0 if layer.momentum == "cumulative" else layer.momentum
    attributes = {
        "Momentum": seventeen_digits(float(numpy.float32(momentum))),
        "Epsilon": seventeen_digits(float(numpy.float32(layer.epsilon))),
    }
    node = etree.SubElement(parent, "BatchNormLayer", attributes)
    for name, tag in PARTS.items():
        add_matrix(node, tag, weights[name][None, :], indent)
