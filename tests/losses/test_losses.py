"""Losses, all that the folder holds: plain loops, slopes by differences, bits, far out."""

import math

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from netspec.losses import AnyLoss, Loss
from tests.losses.plain import PLAIN

CHOICES = [*sorted(Loss.kinds), {"type": "huber", "delta": 0.3}, {"type": "huber", "delta": 40.0}]
every_loss = pytest.mark.parametrize("choice", CHOICES, ids=str)
both_dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def made(choice):
    return TypeAdapter(AnyLoss).validate_python(choice)


def rows(count, width, seed=1):
    """Draw outputs, near and far, and targets in [0, 1], some of them hard."""
    g = np.random.Generator(np.random.PCG64(seed))
    y = g.standard_normal((count, width)) * np.exp(2 * g.standard_normal((count, 1)))
    t = g.random((count, width))
    t[::3] = np.round(t[::3])
    return y, t


def asked(b, loss, y, t):
    with b.computing():
        value, slope = loss.terms(b, b.array(y), b.array(t))
        return b.numpy(value), b.numpy(slope)


def test_no_loss_has_gone_missing():
    assert set(PLAIN) <= set(Loss.kinds)


def test_every_loss_is_written_out_once_more():
    assert set(Loss.kinds) <= set(PLAIN)


@every_loss
@both_dtypes
@pytest.mark.parametrize("width", [1, 2, 5])
def test_values_and_slopes_are_those_of_plain_loops(b, choice, dtype, width):
    loss = made(choice)
    y, t = (array.astype(dtype) for array in rows(60, width))
    value, slope = asked(b, loss, y, t)
    assert value.dtype == slope.dtype == dtype
    pairs = zip(y.tolist(), t.tolist(), strict=True)
    wanted = [PLAIN[loss.type](loss, *pair) for pair in pairs]
    eps = np.finfo(dtype).eps
    scale = max(np.abs(slope).max(), 1)
    np.testing.assert_allclose(value, [v for v, _ in wanted], rtol=12 * eps, atol=12 * eps)
    np.testing.assert_allclose(slope, [s for _, s in wanted], rtol=12 * eps, atol=8 * eps * scale)


@every_loss
def test_steps_in_time_are_rows_like_others(b, choice):
    loss, (y, t) = made(choice), rows(12, 3)
    value, slope = asked(b, loss, y, t)
    deep = asked(b, loss, y.reshape(4, 3, 3), t.reshape(4, 3, 3))
    assert deep[0].reshape(value.shape).tobytes() == value.tobytes()
    assert deep[1].reshape(slope.shape).tobytes() == slope.tobytes()


@every_loss
def test_slopes_are_central_differences_of_the_values(b, choice):
    loss, (y, t) = made(choice), rows(40, 3, seed=2)
    y = np.clip(y, -9, 9)
    _, slope = asked(b, loss, y, t)
    for k in range(3):
        step = np.zeros_like(y)
        step[:, k] = 1e-6
        above, below = (asked(b, loss, y + s, t)[0].sum(1) for s in (step, -step))
        np.testing.assert_allclose((above - below) / 2e-6, slope[:, k], rtol=1e-6, atol=2e-7)


@every_loss
@both_dtypes
def test_the_bits_of_a_row_do_not_depend_on_the_rows_beside_it(native, choice, dtype):
    loss, (y, t) = made(choice), rows(97, 4)
    y, t = y.astype(dtype), t.astype(dtype)
    whole = asked(native, loss, y, t)
    for size in (1, 2, 3, 7, 64):
        cuts = range(0, len(y), size)
        parts = [asked(native, loss, y[k : k + size], t[k : k + size]) for k in cuts]
        for n in (0, 1):
            assert np.concatenate([part[n] for part in parts]).tobytes() == whole[n].tobytes()


@every_loss
def test_nan_comes_out_where_nan_went_in(b, choice):
    loss = made(choice)
    value, slope = asked(b, loss, np.array([[math.nan, 1.0], [0.5, 1.0]]), np.ones((2, 2)))
    assert np.isnan(value[0, 0])
    assert not np.isnan(value[1]).any()
    assert np.isnan(slope[0, 0]) or loss.type == "cross_entropy"
    assert not np.isnan(slope[1]).any()


@every_loss
@both_dtypes
def test_large_numbers_give_no_nan_and_no_false_zero(b, choice, dtype):
    y = np.array([[1e30, -1e30], [-1e30, 1e30], [1e4, 2e4]], dtype)
    t = np.array([[0, 1], [0, 1], [0.5, 0.5]], dtype)
    value, slope = asked(b, made(choice), y, t)
    assert not np.isnan(value).any()
    assert not np.isnan(slope).any()
    assert (value[0] > 1e20).all()


@both_dtypes
def test_an_infinite_logit_on_the_right_side_costs_nothing(b, dtype):
    y = np.array([[math.inf, -math.inf]], dtype)
    value, slope = asked(b, made("cross_entropy"), y, np.array([[1, 0]], dtype))
    assert value.tolist() == slope.tolist() == [[0, 0]]
    value, slope = asked(b, made("cross_entropy"), y, np.array([[0, 0.5]], dtype))
    assert value.tolist() == [[math.inf, math.inf]]
    assert slope.tolist() == [[1, -0.5]]
    for row in ([math.inf, 3, -math.inf], [5, -math.inf, -math.inf]):
        y, t = np.array([row], dtype), np.array([[1, 0, 0]], dtype)
        value, slope = asked(b, made("softmax_cross_entropy"), y, t)
        assert value.tolist() == [[0]]
        assert slope.tolist() == [[0, 0, 0]]


@both_dtypes
def test_cross_entropy_is_even_in_its_two_classes(b, dtype):
    y, _ = rows(50, 3)
    y, t = y.astype(dtype), np.broadcast_to(np.array([0, 0.25, 1], dtype), (50, 3))
    value, slope = asked(b, made("cross_entropy"), y, t)
    turned, back = asked(b, made("cross_entropy"), -y, 1 - t)
    assert turned.tobytes() == value.tobytes()
    assert np.array_equal(back, -slope)


def test_cross_entropy_is_accurate_where_the_probability_is_nearly_certain(b):
    y = np.array([[20.0, -20.0, 40.0, -80.0]], np.float32)
    value, slope = asked(b, made("cross_entropy"), y, np.array([[1, 0, 1, 0]], np.float32))
    tails = [math.log1p(math.exp(-x)) for x in (20, 20, 40, 80)]
    np.testing.assert_allclose(value[0], tails, rtol=4e-7)
    chances = [math.exp(-x) / (1 + math.exp(-x)) for x in (20, 20, 40, 80)]
    np.testing.assert_allclose(slope[0], np.array(chances) * [-1, 1, -1, 1], rtol=4e-7)


def test_which_losses_see_the_numbers_before_the_output_activation():
    assert {k for k, cls in Loss.kinds.items() if cls.on_logits} == {
        "cross_entropy",
        "softmax_cross_entropy",
    }
    for kind in ("squared_error", "absolute_error", "huber"):
        assert not made(kind).before_activation
        assert made({"type": kind, "of": "last_layer"}).before_activation
    assert made("cross_entropy").before_activation


@every_loss
def test_a_loss_reads_back_from_its_own_words(choice):
    loss = made(choice)
    words = TypeAdapter(AnyLoss).dump_python(loss, mode="json")
    assert made(words) == loss
    assert hash(made(words)) == hash(loss)


@pytest.mark.parametrize(
    "wrong",
    [
        *["croos_entropy", {"delta": 1.0}, 3, {"type": "huber", "delta": 0}],
        *[{"type": "cross_entropy", "of": "output"}, {"type": "huber", "of": "logits"}],
    ],
    ids=str,
)
def test_what_is_no_loss_is_refused(wrong):
    with pytest.raises(ValidationError):
        made(wrong)
