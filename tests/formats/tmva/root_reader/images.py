"""Layers of images, which stand as a row of pixels for each channel, and of rows without shape.

`x` is a list of channels (or steps), each a list of H*W numbers; `shape` is (channels, H, W). Each
reader gives the function of a layer and the shape of what comes out of it.

    convolution   out(o, i, j) = f(b_o + sum_(c,r,q) W[o][(c*fh + r)*fw + q] * x(c, u, v)), no flip,
                  u = i*sr - ph + r, v = j*sc - pw + q, x = 0 outside the image
    max pooling   the largest number of a window, without padding
    batch norm    y = gamma*(x - mean)/sqrt(variance + epsilon) + beta

Source: TMVA/DNN/CNN/{Conv,MaxPool}Layer.h, TMVA/DNN/{BatchNorm,Reshape,Dense}Layer.h and
DNN/Architectures/Cpu/Propagation.hxx of ROOT.
"""

from __future__ import annotations

import math

from .activations import ACTIVATIONS
from .text import attribute, cut, integer, matrix, number


def whole(size, window, padding, stride):
    assert (size - window + 2 * padding) % stride == 0, "Not compatible hyper parameters"
    return (size - window + 2 * padding) // stride + 1


def convolution(node, shape):
    C, H, W = shape
    D, fh, fw, sr, sc, ph, pw, f = (
        integer(node, name)
        for name in (
            "Depth", "FilterHeight", "FilterWidth", "StrideRows", "StrideCols", "PaddingHeight",
            "PaddingWidth", "ActivationFunction",
        )
    )  # fmt: skip
    weights, biases = list(node)
    assert (weights.tag, biases.tag) == ("Weights", "Biases")
    weights, biases = matrix(weights, D, C * fh * fw), matrix(biases, D, 1)
    rows, columns = whole(H, fh, ph, sr), whole(W, fw, pw, sc)

    def pixel(x, c, i, j):
        return x[c][i * W + j] if 0 <= i < H and 0 <= j < W else 0.0

    def run(x):
        out = []
        for o in range(D):
            out.append([])
            for i in range(rows):
                for j in range(columns):
                    total = biases[o][0]
                    for c in range(C):
                        for r in range(fh):
                            for q in range(fw):
                                value = pixel(x, c, i * sr - ph + r, j * sc - pw + q)
                                total += weights[o][(c * fh + r) * fw + q] * value
                    out[o].append(ACTIVATIONS[f](total))
        return out

    return run, (D, rows, columns)


def max_pool(node, shape):
    C, H, W = shape
    names = ("FilterHeight", "FilterWidth", "StrideRows", "StrideCols")
    fh, fw, sr, sc = (integer(node, name) for name in names)
    assert not list(node)
    rows, columns = whole(H, fh, 0, sr), whole(W, fw, 0, sc)

    def largest(pixels, i, j):
        window = [pixels[(i * sr + r) * W + j * sc + q] for r in range(fh) for q in range(fw)]
        return max(window)

    def run(x):
        places = [(i, j) for i in range(rows) for j in range(columns)]
        return [[largest(pixels, i, j) for i, j in places] for pixels in x]

    return run, (C, rows, columns)


def batch_norm(node, shape, before, banded):
    """Read a batch normalisation behind a layer; `banded` as ROOT's CPU does it on an image.

    There the memory of an event is channel by channel of one pixel after the other, and the loop
    takes H*W numbers at a stretch for a channel: position q = pixel*C + c takes the
    statistic q // (H*W).
    """
    C, H, W = shape
    row = before not in ("ConvLayer", "MaxPoolLayer")
    assert not row or C == H == 1, "a row of numbers, or an image that comes out of such a layer"
    n = W if row else C
    number(attribute(node, "Momentum"))
    epsilon = number(attribute(node, "Epsilon"))
    nodes = list(node)
    assert [child.tag for child in nodes] == ["Training-mu", "Training-variance", "Gamma", "Beta"]
    mean, variance, gamma, beta = (matrix(child, 1, n)[0] for child in nodes)

    def statistic(c, pixel):
        if row:
            return pixel
        return (pixel * C + c) // (H * W) if banded else c

    def one(value, k):
        return gamma[k] * (value - mean[k]) / math.sqrt(variance[k] + epsilon) + beta[k]

    def run(x):
        return [
            [one(value, statistic(c, pixel)) for pixel, value in enumerate(pixels)]
            for c, pixels in enumerate(x)
        ]

    return run, shape


def reshape(node, shape):
    sizes = tuple(integer(node, name) for name in ("Depth", "Height", "Width"))
    flat = integer(node, "Flattening")
    assert flat in (0, 1)
    assert math.prod(sizes) == math.prod(shape), "Dimensions not compatible"
    if flat:
        assert sizes[:2] == (1, 1)
        return lambda x: [[v for row in x for v in row]], sizes
    assert shape[:2] == (1, 1), "only a flat tensor is given a shape"
    return lambda x: cut(x[0], sizes[1] * sizes[2]), sizes


def dense(node, shape):
    width, f = integer(node, "Width"), integer(node, "ActivationFunction")
    weights, biases = list(node)
    assert (weights.tag, biases.tag) == ("Weights", "Biases")
    weights, biases = matrix(weights, width, math.prod(shape)), matrix(biases, width, 1)

    def run(x):
        assert len(x) == 1, "a dense layer takes a row"
        pairs = zip(weights, biases, strict=True)
        sums = [sum(w * v for w, v in zip(row, x[0], strict=True)) + b[0] for row, b in pairs]
        return [[ACTIVATIONS[f](z) for z in sums]]

    return run, (1, 1, width)
