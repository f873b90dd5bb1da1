"""Max pooling against loops over its definition: ties, zeros of both signs, NaN, overlaps."""

import numpy as np
import pytest
from pydantic import ValidationError

from netspec.layers.max_pool import MaxPool
from tests.asking import layers_of
from tests.layers.test_stack import refused

INF, NAN = np.inf, np.nan
CASES = [((2, 2), None), ((3, 2), (1, 2)), ((1, 4), (2, 1)), ((5, 6), None), ((2, 3), (4, 4))]
every_case = pytest.mark.parametrize(("kernel", "stride"), CASES, ids=str)


def by_loops(x, kernel, stride):
    """The first largest number of each window, and where it stood."""
    (kh, kw), (sh, sw) = kernel, stride or kernel
    rows, columns = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    y = np.zeros((*x.shape[:2], rows, columns))
    where = {}
    for n, c, i, j in np.ndindex(y.shape):
        window = x[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        best = int(np.argmax(window))  # NumPy's takes the first, and the first NaN before all
        r, q = divmod(best, kw)
        y[n, c, i, j], where[n, c, i, j] = window[r, q], (n, c, i * sh + r, j * sw + q)
    return y, where


@every_case
@pytest.mark.parametrize("levels", [None, 3], ids=["all_differ", "many_are_equal"])
def test_outputs_and_slopes_are_those_of_the_first_largest_numbers(kernel, stride, levels, b):
    draw = np.random.default_rng(4)
    shape = (3, 2, 5, 6)
    x = draw.normal(size=shape) if levels is None else draw.integers(levels, size=shape) - 1.0
    layer = MaxPool(kernel=kernel, stride=stride)
    step = layer.forward(b, {}, x)
    wanted, where = by_loops(x, kernel, stride)
    assert step.y.tolist() == wanted.tolist()
    assert step.y.shape[1:] == layer.output_shape(shape[1:])
    dy = draw.normal(size=wanted.shape)
    dx = np.zeros(shape)
    for at, pixel in where.items():  # row by row, as slopes are added up
        dx[pixel] += dy[at]
    assert step.back(dy).x.tolist() == dx.tolist()


def pooled(b, numbers, dtype="float64"):
    """Pool one row of numbers; give the largest and, by the slope of 1, the place it stood at."""
    x = np.array(numbers, dtype).reshape(1, 1, 1, -1)
    layer = MaxPool(kernel=(1, len(numbers)))
    with b.computing():
        step = layer.forward(b, {}, x)
        dx = step.back(np.ones_like(step.y)).x
    return step.y.item(), dx.ravel().tolist().index(1.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("numbers", "largest", "place"),
    [
        ([1, 2, 2], 2, 1),
        ([-0.0, 0.0], -0.0, 0),
        ([0.0, -0.0], 0.0, 0),
        ([-1, 0.0, -0.0], 0.0, 1),
        ([-INF, -INF], -INF, 0),
        ([1, INF, INF], INF, 1),
        ([1, NAN, 3], NAN, 1),
        ([NAN, 5, NAN], NAN, 0),
        ([INF, NAN], NAN, 1),
    ],
    ids=str,
)
def test_the_first_of_equal_numbers_counts_and_a_nan_comes_out(numbers, largest, place, dtype, b):
    found = pooled(b, numbers, dtype)
    assert found == (largest, place) or (np.isnan(largest) and np.isnan(found[0]))
    assert found[1] == place
    assert np.signbit(found[0]) == np.signbit(largest) or np.isnan(largest)


def test_slopes_of_overlapping_windows_are_added_row_by_row(b):
    """1 + 2^-53 + 2^-53 depends on the order: the largest pixel is in all four windows."""
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1
    layer = MaxPool(kernel=(2, 2), stride=(1, 1))
    tiny = 2.0**-53
    for dy, wanted in (([1, tiny, tiny, 0], 1.0), ([tiny, tiny, 1, 0], 1 + 2 * tiny)):
        step = layer.forward(b, {}, x)
        dx = step.back(np.array(dy, "float64").reshape(1, 1, 2, 2)).x
        assert dx[0, 0, 1, 1] == wanted


@pytest.mark.parametrize("batch", [0, 1])
def test_no_event_and_one_event(batch, b):
    layer = MaxPool(kernel=(2, 2))
    step = layer.forward(b, {}, np.ones((batch, 3, 4, 5), "float32"))
    assert step.y.shape == (batch, 3, 2, 2)
    dx = step.back(np.ones_like(step.y)).x
    assert dx.shape == (batch, 3, 4, 5)
    assert dx.dtype == "float32"
    assert dx.sum() == 12 * batch


ROW = {"type": "max_pool", "kernel": [2, 3]}


@pytest.mark.parametrize(
    ("given", "message", "path"),
    [
        ((6,), "a max_pool layer wants images of .* found 1 axis: put a reshape layer", ()),
        ((2, 1, 4), "at most the image's 1 x 4 pixels, found 2 x 3", ("kernel",)),
        ((2, 4, 2), "at most the image's 4 x 2 pixels, found 2 x 3", ("kernel",)),
    ],
)
def test_what_cannot_be_given_is_refused_with_a_remedy(given, message, path):
    assert refused(message, ROW, given=given) == ("layers", 0, *path)


@pytest.mark.parametrize("options", [{"kernel": [0, 1]}, {"stride": [1, 0]}, {"padding": [1, 1]}])
def test_options_that_cannot_be_are_refused(options):
    with pytest.raises(ValidationError):
        layers_of([ROW | options])
