"""Layers of images in small files: the numbers can be checked with a pencil.

A kernel of 1, 10, 100, 1000 over an image of digits spells the digits that it lies on, the last
first: so an output shows in which order a file's columns stand.
"""

from __future__ import annotations

import math

import pytest

from netspec.errors import FormatError
from netspec.formats import read
from tests.formats.tmva.agreement import agrees, comes_back, near, outputs
from tests.formats.tmva.typed import (
    batch_norm,
    convolution,
    dense,
    file_of,
    flatten,
    max_pool,
    reshape,
    same,
)

DIGITS = [1, 10, 100, 1000]
NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9]
KEYS = [[1.0 * v for v in NINE], [0.5, -1.25, 2, 0, -3, 1, 0.75, -0.5, 4]]


def both(text, events, b, literals):
    """Hold netspec and the model of ROOT's Reader to the literals of the first events."""
    found = agrees(text, events, b)
    near(found[: len(literals)], literals)
    comes_back(text, events, b)


def test_a_kernel_is_not_turned(b):
    # 1 2 3      the window over 1 2 4 5 spells 5421, over 2 3 5 6 6532, and so on; 0.5 is the bias
    # 4 5 6
    # 7 8 9
    text = file_of([convolution([DIGITS], [0.5], (2, 2)), flatten(4)], 9, dims=(1, 3, 3), outputs=4)
    both(text, KEYS, b, [[5421.5, 6532.5, 8754.5, 9865.5]])


def test_columns_are_channel_by_channel_row_by_row(b):
    # Two channels, [1 2] and [3 4], under a kernel of one row: 1 + 20 + 300 + 4000. The second
    # filter has the digits the other way round: 1000 + 200 + 30 + 4.
    text = file_of(
        [convolution([DIGITS, DIGITS[::-1]], [0, 0], (1, 2)), flatten(2)], 4, dims=(2, 1, 2),
        outputs=2,
    )  # fmt: skip
    both(text, [[1, 2, 3, 4], [5, 0, -1, 2]], b, [[4321, 1234]])


def test_padding_is_of_zeros_and_strides_are_of_rows_and_columns(b):
    # A column of zeros on either side, none above; rows 0 and 2, every column: (4 - 2)/2 + 1 = 2
    # rows of (2 - 2 + 2)/1 + 1 = 3 columns.   0|1 2|0     the first window has 0 1 0 3: 3010,
    #                                          0|3 4|0     then 1 2 3 4: 4321, then 2 0 4 0: 402
    text = file_of(
        [convolution([DIGITS], [0], (2, 2), stride=(2, 1), padding=(0, 1)), flatten(6)],
        8, dims=(1, 4, 2), outputs=6,
    )  # fmt: skip
    both(text, [[1, 2, 3, 4, 5, 6, 7, 8]], b, [[3010, 4321, 402, 7050, 8765, 806]])


def test_a_kernel_may_be_larger_than_the_image_with_its_padding(b):
    # 1 2 in the middle of a kernel of 3 x 3 ones and padding 1: every window has both.
    text = file_of(
        [convolution([[1] * 9], [0], (3, 3), padding=(1, 1)), flatten(2)], 2, dims=(1, 1, 2),
        outputs=2,
    )  # fmt: skip
    both(text, [[1, 2], [-4, 0.5]], b, [[3, 3], [-3.5, -3.5]])


# f(1.5) and f(-1.5): 1/(1 + e^-1.5), tanh, |x|, 1.5/2.5, e^-2.25.
SIGMOID, TANH, BELL = 1 / (1 + math.exp(-1.5)), math.tanh(1.5), math.exp(-2.25)
EIGHT = [
    (1.5, -1.5), (1.5, 0), (SIGMOID, 1 - SIGMOID), (TANH, -TANH), (1.5, 1.5), (0.6, -0.6),
    (BELL, BELL), (TANH, -TANH),
]  # fmt: skip


@pytest.mark.parametrize("number", range(8))
def test_the_eight_activations_behind_a_convolution_and_a_dense_layer(b, number):
    layers = [convolution([[1], [-1]], [0, 0], (1, 1), f=number), flatten(2)]
    both(file_of(layers, 1, dims=(1, 1, 1), outputs=2), [[1.5], [0]], b, [EIGHT[number]])
    layers = [dense([[1], [-1]], [0, 0], number)]
    both(file_of(layers, 1, outputs=2), [[1.5], [-0.25]], b, [EIGHT[number]])


def test_pooling_takes_the_largest_of_every_window(b):
    # 1 5 2      windows 1 5 4 3, 5 2 3 6, 4 3 9 7 and 3 6 7 8
    # 4 3 6
    # 9 7 8
    image = [1, 5, 2, 4, 3, 6, 9, 7, 8]
    text = file_of([max_pool((2, 2), (1, 1)), flatten(4)], 9, dims=(1, 3, 3), outputs=4)
    below = [v - 10 for v in image]  # no zero from anywhere
    tied = [2, 2, 2, 2, 2, 2, 2, 2, 2]
    both(text, [image, below, tied], b, [[5, 6, 9, 8], [-5, -4, -1, -2], [2, 2, 2, 2]])


def test_a_pool_may_be_of_one_row_and_stride_over_another(b):
    # Rows 0 and 2 of each channel, pairs of columns: (3 - 1)/2 + 1 = 2 by (2 - 2)/1 + 1 = 1.
    text = file_of([max_pool((1, 2), (2, 1)), flatten(4)], 12, dims=(2, 3, 2), outputs=4)
    both(text, [[1, 2, 9, 9, 4, 3, -1, -2, 9, 9, -4, -3]], b, [[2, 4, -1, -3]])


def test_batch_norm_of_a_row_has_a_statistic_for_each_number(b):
    # sqrt(3 + 1) = 2 and sqrt(24 + 1) = 5: 10*(7 - 1)/2 + 0.5 and -1*(12 - 2)/5 + 0.
    layer = batch_norm([1, 2], [3, 24], [10, -1], [0.5, 0], 1.0)
    both(file_of([layer, same(2)], 2, outputs=2), [[7, 12], [0, 0]], b, [[30.5, -2], [-4.5, 0.4]])
    both(file_of([same(2), layer], 2, outputs=2), [[7, 12], [0, 0]], b, [[30.5, -2], [-4.5, 0.4]])


def minus(mean, channels, size):
    """A batch norm that takes nothing but the mean away: sqrt(0 + 1) = 1."""
    layer = batch_norm(mean, [0] * len(mean), [1] * len(mean), [0] * len(mean), 1.0)
    one = [[float(c == k) for c in range(channels)] for k in range(channels)]
    layers = [convolution(one, [0] * channels, (1, 1)), layer, flatten(channels * size)]
    return file_of(layers, channels * size, dims=(channels, 1, size), outputs=channels * size)


def test_batch_norm_of_an_image_has_a_statistic_for_each_channel_and_roots_reader_bands(b):
    # Two channels of four pixels. In ROOT's memory the channels of a pixel stand together, and
    # its loop takes four numbers at a stretch: the first two pixels of both, then the last two.
    text, event = minus([10, 20], 2, 4), [[11, 12, 13, 14, 31, 32, 33, 34]]
    near(agrees(text, event, b), [[1, 2, 3, 4, 11, 12, 13, 14]])
    near(agrees(text, event, b, "root"), [[1, 2, -7, -6, 21, 22, 13, 14]])
    comes_back(text, event, b)
    comes_back(text, event, b, "root")


def test_a_band_may_end_in_the_middle_of_a_pixel(b):
    # Three channels of two pixels, in ROOT's memory (c0 c1)(c2 c0)(c1 c2), two of a statistic each.
    text, event = minus([100, 200, 300], 3, 2), [[1, 2, 3, 4, 5, 6]]
    near(agrees(text, event, b), [[-99, -98, -197, -196, -295, -294]])
    near(agrees(text, event, b, "root"), [[-99, -198, -97, -296, -195, -294]])


def test_where_one_channel_is_all_there_is_the_bands_are_the_channel(b):
    text, event = minus([10], 1, 3), [[11, 12, 13]]
    near(agrees(text, event, b), [[1, 2, 3]])
    assert (outputs(text, event, b) == agrees(text, event, b, "root")).all()


@pytest.mark.parametrize("momentum", [-1.0, 0.9, 0.0, 0.99])
def test_the_momentum_is_of_training_alone_and_comes_back(b, momentum):
    layer = batch_norm([1, 2], [3, 24], [10, -1], [0.5, 0], 1.0, momentum)
    text = file_of([layer, same(2)], 2, outputs=2)
    both(text, [[7, 12]], b, [[30.5, -2]])
    found = read(text.encode()).spec.layers[0].momentum
    assert found == ("cumulative" if momentum < 0 else momentum)


def test_a_row_is_made_an_image_and_an_image_a_row(b):
    # 1 2 3 4 5 6 7 8 as two channels of 2 x 2: the kernel 1 10 / 100 1000 on the first, 0 on the
    # second, spells 4321; on the second alone 8765.
    zeros = [0] * 4
    layers = [
        reshape(2, 2, 2),
        convolution([DIGITS + zeros, zeros + DIGITS], [0, 0], (2, 2)),
        flatten(2),
    ]
    both(file_of(layers, 8, outputs=2), [NINE[:8]], b, [[4321, 8765]])


def test_a_flattened_image_is_channel_by_channel(b):
    # Digit k of the output has place k: channel*H*W + row*W + column, the channels slowest.
    weights = [[10.0**k for k in range(6)]]
    layers = [reshape(3, 1, 2), flatten(6), dense(weights, [0])]
    both(file_of(layers, 6), [[1, 2, 3, 4, 5, 6]], b, [[654321]])


def test_convolution_pool_batch_norm_and_dense_together_as_in_roots_tutorial(b):
    filters = [[0.5, -1, 0.25, 0, 1, -0.5, 0.125, 0.75, -0.25], [1, 0, 0, 0, -1, 0, 0, 0, 1]]
    statistics = ([0.25, -0.5], [1.5, 0.75], [1.25, 0.5], [0.1, -0.2])
    second = [[((3 * k + 5 * o) % 7 - 3) / 4 for k in range(18)] for o in range(3)]
    head = [[((k * k + o) % 5 - 2) / 8 for k in range(12)] for o in range(4)]
    layers = [
        convolution(filters, [0.1, -0.1], (3, 3), padding=(1, 1), f=1),
        batch_norm(*statistics, 1e-4),
        convolution(second, [0, 0.5, -0.5], (3, 3), padding=(1, 1), f=1),
        max_pool((2, 3), (2, 1)),
        flatten(12),
        dense(head, [0.5, 0, -0.5, 1], 1),
        dense([[1, -0.5, 0.25, 2]], [-0.125]),
    ]
    text = file_of(
        layers, 16, dims=(1, 4, 4), letter="S", analysis="Classification",
        layout="CONV|2|3|3|1|1|1|1|RELU,BNORM,CONV|3|3|3|1|1|1|1|RELU,MAXPOOL|2|3|2|1,"
        "RESHAPE|FLAT,DENSE|4|RELU,DENSE|1|LINEAR",
    )  # fmt: skip
    events = [[((7 * k + 3 * e) % 11 - 5) / 8 for k in range(16)] for e in range(5)]
    right, banded = agrees(text, events, b), agrees(text, events, b, "root")
    assert abs(right - banded).max() > 1e-3
    comes_back(text, events, b)
    comes_back(text, events, b, "root")


def test_a_first_reshape_of_what_is_no_row_is_refused_with_what_is_missing():
    text = file_of([reshape(1, 2, 2), flatten(4)], 4, dims=(2, 1, 2), outputs=4)
    with pytest.raises(FormatError, match="found 2 x 1 x 2: Flattening=0 wants a ReshapeLayer"):
        read(text.encode())
