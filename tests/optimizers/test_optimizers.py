"""Optimizers, all that the folder holds: plain loops, bits, and what they leave alone."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from netspec.optimizers import AnyOptimizer, Optimizer
from tests.optimizers.plain import PLAIN

CHOICES = [
    *sorted(Optimizer.kinds),
    {"type": "sgd", "momentum": 0.9},
    {"type": "sgd", "momentum": 0.7, "nesterov": True},
    {"type": "adam", "epsilon_hat": True, "epsilon": 1e-2, "beta1": 0.5},
    {"type": "adam", "epsilon": 1e-2, "learning_rate": 0.1, "beta1": 0.0},
    {"type": "adamw", "weight_decay": 0.3, "learning_rate": 0.1},
    {"type": "adamw", "weight_decay": 0.3, "epsilon_hat": True},
    {"type": "rmsprop", "momentum": 0.8, "rho": 0.5},
]
every_optimizer = pytest.mark.parametrize("choice", CHOICES, ids=str)
STEPS = 40


def made(choice):
    return TypeAdapter(AnyOptimizer).validate_python(choice)


def problem(dtype="float64", shape=(3, 4), steps=STEPS):
    """Draw a weight and its gradients, step by step; some are 0."""
    g = np.random.Generator(np.random.PCG64(3))
    gradients = g.standard_normal((steps, *shape))
    gradients[g.random(gradients.shape) < 0.1] = 0
    return g.standard_normal(shape).astype(dtype), gradients.astype(dtype)


def walked(b, optimizer, w, gradients):
    """Give the weight after every step."""
    found = []
    with b.computing():
        w = b.array(w)
        state = optimizer.start(b, w)
        for step, g in enumerate(gradients, 1):
            factors = optimizer.factors(optimizer.learning_rate, step)
            w, state = optimizer.update(b, w, b.array(g), state, factors)
            found.append(b.numpy(w))
    return np.stack(found)


def test_no_optimizer_has_gone_missing():
    assert set(PLAIN) <= set(Optimizer.kinds)


def test_every_optimizer_is_written_out_once_more():
    assert set(Optimizer.kinds) <= set(PLAIN)


@every_optimizer
def test_every_step_is_that_of_plain_loops(b, choice):
    optimizer, (w, gradients) = made(choice), problem()
    found = walked(b, optimizer, w, gradients)
    for at in np.ndindex(w.shape):
        wanted = list(
            PLAIN[optimizer.type](optimizer, float(w[at]), gradients[(..., *at)].tolist())
        )
        np.testing.assert_allclose(found[(..., *at)], wanted, rtol=1e-12, atol=1e-14)


@every_optimizer
def test_float32_stays_float32_and_is_near(b, choice):
    optimizer, (w, gradients) = made(choice), problem()
    found = walked(b, optimizer, w.astype("float32"), gradients.astype("float32"))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, walked(b, optimizer, w, gradients), rtol=1e-3, atol=1e-4)


@every_optimizer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_of_an_array_does_not_depend_on_the_others(b, choice, dtype):
    optimizer, (w, gradients) = made(choice), problem(dtype, shape=(29,))
    whole = walked(b, optimizer, w, gradients)
    for at in (slice(0, 1), slice(3, 20), slice(28, 29)):
        assert walked(b, optimizer, w[at], gradients[:, at]).tobytes() == whole[:, at].tobytes()


@every_optimizer
def test_nothing_that_is_given_is_changed(b, choice):
    optimizer, (w, gradients) = made(choice), problem()
    with b.computing():
        state = optimizer.start(b, b.array(w))
        assert all(not np.any(b.numpy(array)) for array in state.values())
        assert tuple(state) == optimizer.carried
        before = {name: b.numpy(array).copy() for name, array in state.items()}
        kept, g = w.copy(), gradients[0].copy()
        factors = optimizer.factors(0.5, 1)
        new, after = optimizer.update(b, b.array(w), b.array(g), state, factors)
    assert np.array_equal(w, kept)
    assert np.array_equal(g, gradients[0])
    assert all(np.array_equal(b.numpy(state[name]), before[name]) for name in before)
    assert after.keys() == state.keys()
    assert not np.array_equal(b.numpy(new), w)


@every_optimizer
def test_the_rate_of_a_step_is_the_one_that_is_given(b, choice):
    optimizer, (w, gradients) = made(choice), problem()
    twice = optimizer.model_copy(update={"learning_rate": 2 * optimizer.learning_rate})
    with b.computing():
        array, g = b.array(w), b.array(gradients[0])
        start = optimizer.start(b, array)
        factors = optimizer.factors(2 * optimizer.learning_rate, 3)
        assert factors == twice.factors(twice.learning_rate, 3)
        one, _ = optimizer.update(b, array, g, start, factors)
    assert not np.array_equal(b.numpy(one), walked(b, optimizer, w, gradients)[0])


@every_optimizer
def test_factors_are_plain_numbers_for_any_step(choice):
    optimizer = made(choice)
    for step in (1, 2, 1000, 2**31):
        factors = optimizer.factors(1e-3, step)
        assert all(type(factor) is float and np.isfinite(factor) for factor in factors)


def test_the_two_forms_of_adam_differ_by_where_epsilon_stands(b):
    w, gradients = problem()
    plain, hat = (
        walked(b, made({"type": "adam", "epsilon": 1e-2, "epsilon_hat": flag}), w, gradients)
        for flag in (False, True)
    )
    assert np.abs(plain - hat).max() > 1e-4


@every_optimizer
def test_an_optimizer_reads_back_from_its_own_words(choice):
    optimizer = made(choice)
    words = TypeAdapter(AnyOptimizer).dump_python(optimizer, mode="json")
    assert made(words) == optimizer
    assert hash(made(words)) == hash(optimizer)


@pytest.mark.parametrize(
    "wrong",
    [
        *["adm", 3, {"type": "adam", "rho": 0.1}, {"type": "adam", "beta1": 1.0}],
        *[{"type": "sgd", "nesterov": True}, {"type": "sgd", "learning_rate": 0}],
    ],
    ids=str,
)
def test_what_is_no_optimizer_is_refused(wrong):
    with pytest.raises(ValidationError):
        made(wrong)
