"""Convolution against loops over its definition, and at its edges."""

import numpy as np
import pytest
from pydantic import ValidationError

from netspec.errors import SpecError
from netspec.layers import convolution
from netspec.layers.convolution import Convolution
from tests.asking import layers_of
from tests.layers.test_stack import refused

ROW = {"type": "convolution", "filters": 2, "kernel": [3, 3]}
CASES = [
    {},
    {"stride": (2, 1)},
    {"padding": (1, 2)},
    {"kernel": (1, 1)},
    {"kernel": (4, 2), "stride": (3, 2), "padding": (3, 1)},
    {"kernel": (5, 6)},
    {"kernel": (2, 3), "stride": (7, 9), "padding": (1, 1)},
]
every_case = pytest.mark.parametrize("options", CASES, ids=str)


def made(**options):
    return Convolution(**{"filters": 3, "kernel": (3, 2)} | options)


def drawn(layer, batch=2, channels=2, size=(5, 6), seed=1):
    draw = np.random.default_rng(seed).normal
    W = draw(size=(layer.filters, channels, *layer.kernel))
    return draw(size=(batch, channels, *size)), {"W": W, "b": draw(size=layer.filters)}


def by_loops(layer, p, x):
    """The sum of the definition, term by term, in float64; the slopes are collected beside it."""
    (sh, sw), (ph, pw), (kh, kw) = layer.stride, layer.padding, layer.kernel
    batch, channels, height, width = x.shape
    rows, columns = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    y = np.zeros((batch, layer.filters, rows, columns))
    terms = []
    for n, o, i, j in np.ndindex(y.shape):
        y[n, o, i, j] = p["b"][o]
        for c, r, q in np.ndindex(channels, kh, kw):
            h, w = i * sh + r - ph, j * sw + q - pw
            if 0 <= h < height and 0 <= w < width:
                y[n, o, i, j] += p["W"][o, c, r, q] * x[n, c, h, w]
                terms.append(((n, o, i, j), (o, c, r, q), (n, c, h, w)))

    def back(dy):
        dx, dW = np.zeros_like(x), np.zeros_like(p["W"])
        for out, weight, pixel in terms:
            dx[pixel] += dy[out] * p["W"][weight]
            dW[weight] += dy[out] * x[pixel]
        return dx, dW, dy.sum((0, 2, 3))

    return y, back


@every_case
def test_outputs_and_slopes_are_the_sums_of_the_definition(options, b):
    layer = made(**options)
    x, p = drawn(layer)
    wanted, wanted_back = by_loops(layer, p, x)
    step = layer.forward(b, p, x)
    assert step.y.shape[1:] == layer.output_shape((2, 5, 6)) == wanted.shape[1:]
    np.testing.assert_allclose(step.y, wanted, rtol=1e-12, atol=1e-13)
    assert layer.apply(b, p, x)[0].tobytes() == step.y.tobytes()
    dy = np.random.default_rng(2).normal(size=wanted.shape)
    slopes = step.back(dy)
    for found, of in zip((slopes.x, *slopes.weights.values()), wanted_back(dy), strict=True):
        np.testing.assert_allclose(found, of, rtol=1e-12, atol=1e-13)


def test_no_kernel_is_flipped(b):
    layer = made(filters=1, kernel=(2, 2), bias=False)
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    y, _ = layer.apply(b, {"W": np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])}, x)
    assert y[0, 0, 0, 0] == 0 + 10 * 1 + 100 * 3 + 1000 * 4


def test_channels_come_before_rows_and_rows_before_columns(b):
    """One number at each place of a kernel as large as the image is a dense layer's row."""
    layer = made(filters=1, kernel=(2, 3), bias=False)
    x = np.arange(12.0).reshape(1, 2, 2, 3)
    W = 2.0 ** np.arange(12)
    y, _ = layer.apply(b, {"W": W.reshape(1, 2, 2, 3)}, x)
    assert y.tolist() == [[[[(x.ravel() * W).sum()]]]]


def test_the_activation_is_applied_and_a_softmax_runs_over_the_filters(b):
    layer = made(activation="softmax")
    x, p = drawn(layer)
    y, _ = layer.apply(b, p, x)
    z = by_loops(layer, p, x)[0]
    np.testing.assert_allclose(y, np.exp(z) / np.exp(z).sum(1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(y.sum(1), np.ones_like(y[:, 0]), rtol=1e-14)


def test_what_stands_beside_the_image_counts_as_zero(b):
    layer = made(filters=1, kernel=(3, 3), padding=(1, 1), bias=False)
    W = np.ones((1, 1, 3, 3))
    x = np.ones((1, 1, 2, 2))
    y, _ = layer.apply(b, {"W": W}, x)
    assert y.tolist() == [[[[4.0, 4.0], [4.0, 4.0]]]]


def test_nan_spreads_to_the_windows_that_see_it_alone(b):
    layer = made(filters=2, kernel=(2, 2))
    x, p = drawn(layer, size=(4, 4))
    x[1, 0, 0, 3] = np.nan
    seen = np.isnan(layer.apply(b, p, x)[0])
    assert seen[1, :, 0, 2].all()
    assert seen.sum() == 2


def test_a_batch_in_parts_is_the_batch_whole(native, monkeypatch):
    layer = made(padding=(1, 1), activation="tanh")
    x, p = drawn(layer, 7)
    whole = layer.apply(native, p, x)[0]
    for numbers in (1, 1000):
        monkeypatch.setattr(convolution, "AT_ONCE", numbers)
        assert layer.apply(native, p, x)[0].tobytes() == whole.tobytes()


@pytest.mark.parametrize("batch", [0, 1])
def test_no_event_and_one_event(batch, b):
    layer = made()
    x, p = drawn(layer, batch)
    step = layer.forward(b, p, x)
    slopes = step.back(np.ones_like(step.y))
    assert step.y.shape == (batch, 3, 3, 5)
    assert slopes.x.shape == x.shape
    assert slopes.weights["b"].tolist() == [15.0 * batch] * 3
    assert slopes.weights["W"].any() == bool(batch)


def test_float32_stays_float32(b):
    layer = made(padding=(1, 1), activation="tanh")
    x, p = drawn(layer)
    small = {name: array.astype("float32") for name, array in p.items()}
    step = layer.forward(b, small, x.astype("float32"))
    slopes = step.back(np.ones_like(step.y))
    arrays = (step.y, slopes.x, *slopes.weights.values())
    assert {array.dtype.name for array in arrays} == {"float32"}
    np.testing.assert_allclose(step.y, layer.apply(b, p, x)[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "given", "message", "path"),
    [
        ({}, (6,), r"images of \(channels, height, width\), found 1 axis: put a reshape", ()),
        ({}, (4, 6), "found 2 axes: put a reshape layer in front", ()),
        ({}, (1, 2, 9), "at most the image's 2 x 9 pixels, found 3 x 3", ("kernel",)),
        ({"padding": [1, 0]}, (1, 2, 2), "at most the image's 4 x 2 pixels", ("kernel",)),
    ],
)
def test_what_cannot_be_given_is_refused_with_a_remedy(options, given, message, path):
    assert refused(message, ROW | options, given=given) == ("layers", 0, *path)


@pytest.mark.parametrize(
    "options",
    [
        {"kernel": [3]},
        {"kernel": [3, 3, 3]},
        {"kernel": [0, 3]},
        {"kernel": 3},
        {"stride": [0, 1]},
        {"stride": [1.0, 1]},
        {"padding": [-1, 0]},
        {"filters": 0},
        {"padding": [2**31, 0]},
    ],
    ids=str,
)
def test_numbers_that_cannot_be_are_refused(options):
    with pytest.raises(ValidationError):
        layers_of([ROW | options])


def test_a_padding_that_makes_an_image_too_large_is_refused():
    wide = {"kernel": (1, 1), "stride": (2 * 10**9, 2 * 10**9), "padding": (10**9, 10**9)}
    with pytest.raises(SpecError, match="padding: wanted at most 2147483647 pixels with the padd"):
        Convolution(filters=1, **wide).output_shape((1, 2, 2))


def test_a_sequence_of_images_of_any_number_is_refused():
    with pytest.raises(SpecError, match="of a known size, found one of any"):
        made().output_shape((None, 5, 5))
