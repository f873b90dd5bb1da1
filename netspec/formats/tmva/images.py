"""<ConvLayer> and <MaxPoolLayer>: windows that go over an image of depth x height x width.

    <ConvLayer Depth= FilterHeight= FilterWidth= StrideRows= StrideCols= PaddingHeight=
               PaddingWidth= ActivationFunction=>        Weights (Depth, in), Biases (Depth, 1)
    <MaxPoolLayer FilterHeight= FilterWidth= StrideRows= StrideCols=/>

Column c * h * w + r * w + q of the weights meets channel c, row r and column q of a window of
h x w, so that they are W (filters, channels, h, w) as it stands. The depth that comes out is that
of the filters, or of what came in; height and width are (in - filter + 2 padding) / stride + 1.

That must be a whole number: newer releases of ROOT end the program where it is none, so that
netspec does not write such a layer; older ones leave the rest of the division out, and so does
reading, with a warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy
from lxml import etree

from ...errors import FormatError, NetspecWarning
from ...layers.convolution import Convolution
from ...layers.max_pool import MaxPool
from ...specfile.tmva_windows import axes_of
from . import activations
from .elements import Around, Element, Piece, sizes_text
from .matrices import Array, add_matrix, read_matrix

Pair = tuple[int, int]
Sizes = tuple[int, ...]


def read_convolution(node: Element, around: Around) -> Piece:
    """Read a ConvLayer, given an image (channels, height, width)."""
    channels, *_ = image(node, around)
    filters, activation = node.integer("Depth", 1), activations.read(node)
    kernel, stride = pair(node, "Filter", 1), strides(node)
    padding = pair(node, "Padding", 0)
    shape = (filters, *places(node, around.given, kernel, stride, padding))
    columns = channels * kernel[0] * kernel[1]
    weights = {
        "W": read_matrix(node.child("Weights"), filters, columns).reshape(-1, channels, *kernel),
        "b": read_matrix(node.child("Biases"), filters, 1)[:, 0],
    }
    row = {
        "type": "convolution",
        "filters": filters,
        "kernel": list(kernel),
        "stride": list(stride),
        "padding": list(padding),
        "activation": activation,
    }
    return Piece(row, weights, shape)


def read_max_pool(node: Element, around: Around) -> Piece:
    """Read a MaxPoolLayer, given an image (channels, height, width)."""
    channels, *_ = image(node, around)
    kernel, stride = pair(node, "Filter", 1), strides(node)
    shape = (channels, *places(node, around.given, kernel, stride, (0, 0)))
    return Piece({"type": "max_pool", "kernel": list(kernel), "stride": list(stride)}, {}, shape)


def image(node: Element, around: Around) -> Sizes:
    """Give the image that comes in. Raises FormatError where it is none."""
    if len(around.given) != 3:
        raise node.error(
            "wanted an image of depth x height x width as input, found"
            f" {sizes_text(around.given)}: a ReshapeLayer with Flattening=0 is missing before it"
        )
    return around.given


def pair(node: Element, name: str, least: int) -> Pair:
    """Give the attributes `nameHeight` and `nameWidth`."""
    return node.integer(f"{name}Height", least), node.integer(f"{name}Width", least)


def strides(node: Element) -> Pair:
    """Give the attributes StrideRows and StrideCols."""
    return node.integer("StrideRows", 1), node.integer("StrideCols", 1)


def places(node: Element, given: Sizes, kernel: Pair, stride: Pair, padding: Pair) -> Sizes:
    """Give how many windows there are, one under another and side by side.

    Raises FormatError where there is none, warns where a rest is left out.
    """
    axes = axes_of(given, kernel, stride, padding)
    for axis in axes:
        if axis.room < 0:
            most = axis.size + 2 * axis.padding
            raise node.error(
                f"wanted a filter of at most {most} in {axis.name}, found {axis.kernel}"
            )
        if axis.rest:
            warnings.warn(
                f"{node.place}: <{node.tag}>: newer releases of ROOT refuse windows that do not"
                f" fit: {axis.remedy}",
                NetspecWarning,
                stacklevel=2,
            )
    return tuple(axis.windows for axis in axes)


def add_convolution(
    parent: Any, layer: Convolution, given: Sizes, weights: Mapping[str, Array], indent: str
) -> None:
    """Write a ConvLayer as the last child of `parent`. Raises FormatError for what TMVA lacks."""
    number = activations.number_of(layer)
    refuse_a_rest(layer.name, given, layer.kernel, layer.stride, layer.padding)
    node = etree.SubElement(parent, "ConvLayer", Depth=str(layer.filters))
    set_pairs(node, layer.kernel, layer.stride)
    for name, value in zip(("PaddingHeight", "PaddingWidth"), layer.padding, strict=True):
        node.set(name, str(value))
    node.set("ActivationFunction", number)
    biases = weights.get("b", numpy.zeros(layer.filters, numpy.float32))
    add_matrix(node, "Weights", weights["W"].reshape(layer.filters, -1), indent)
    add_matrix(node, "Biases", biases[:, None], indent)


def add_max_pool(parent: Any, layer: MaxPool, given: Sizes) -> None:
    """Write a MaxPoolLayer as the last child of `parent`. Raises FormatError for a rest."""
    stride = layer.stride or layer.kernel
    refuse_a_rest(layer.name, given, layer.kernel, stride, (0, 0))
    set_pairs(etree.SubElement(parent, "MaxPoolLayer"), layer.kernel, stride)


def set_pairs(node: Any, kernel: Pair, stride: Pair) -> None:
    """Write the attributes that both layers have."""
    names = ("FilterHeight", "FilterWidth", "StrideRows", "StrideCols")
    for name, value in zip(names, (*kernel, *stride), strict=True):
        node.set(name, str(value))


def refuse_a_rest(name: str, given: Sizes, kernel: Pair, stride: Pair, padding: Pair) -> None:
    """Raise FormatError unless the windows of a layer reach exactly from end to end."""
    for axis in axes_of(given, kernel, stride, padding):
        if axis.rest:
            raise FormatError(
                f"{name}/stride: TMVA wants windows that reach to the end, {axis.remedy}"
            )
