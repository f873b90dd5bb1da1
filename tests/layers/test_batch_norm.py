"""Batch norm against plain arithmetic: statistics, what is kept of them, lengths, bands, edges."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from netspec import NetworkSpec
from netspec.errors import SpecError
from netspec.layers import stack
from netspec.layers.batch_norm import BatchNorm
from netspec.randomness import Stream
from tests.asking import layers_of
from tests.layers.test_stack import refused

TRAINS = Stream("training")
SHAPES = {"features": (3,), "steps": (4, 3), "image": (3, 2, 5)}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


def started(layer, shape, dtype="float64"):
    """What a layer starts with: gamma 1, beta 0, mean 0, variance 1, no batch."""
    return {
        name: np.full(param.shape, param.initializer, dtype)
        for name, param in layer.parameters(shape).items()
    }


def drawn(layer, shape, seed=1):
    draw = np.random.default_rng(seed)
    return {
        "gamma": draw.uniform(0.5, 2, n := started(layer, shape)["mean"].shape),
        "beta": draw.normal(size=n),
        "mean": draw.normal(size=n),
        "variance": draw.uniform(0.5, 2, n),
        "batches": np.array([0.0]),
    }


def pair_of(layer, shape, at):
    """Give the number of the pair that a place of an event belongs to."""
    if len(shape) < 3:
        return at[-1]
    channels, height, width = shape
    if not layer.banded:
        return at[0]
    q = (at[1] * width + at[2]) * channels + at[0]  # channels lie fastest
    return q // (height * width)


def groups(layer, x, lengths=None):
    """Give the numbers of each pair, in a list, and the place of each."""
    found = {}
    for at in np.ndindex(x.shape):
        if lengths is None or at[1] < lengths[at[0]]:
            found.setdefault(pair_of(layer, x.shape[1:], at[1:]), []).append(at)
    return dict(sorted(found.items()))


def mean_and_variance(values):
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((v - mean) ** 2 for v in values) / len(values)


def normalized(layer, p, x, trains, lengths=None):
    """Number by number, by the formula of the paper."""
    y = np.zeros_like(x)
    for k, places in groups(layer, x, lengths).items():
        mean, variance = p["mean"][k], p["variance"][k]
        if trains:
            mean, variance = mean_and_variance([x[at] for at in places])
        for at in places:
            root = math.sqrt(variance + layer.epsilon)
            y[at] = p["gamma"][k] * (x[at] - mean) / root + p["beta"][k]
    return y


def events(shape, batch=5, seed=2):
    return np.random.default_rng(seed).normal(1.5, 2.0, (batch, *shape))


LAYERS = {
    "features": (BatchNorm(), (3,)),
    "steps": (BatchNorm(epsilon=0.1), (4, 3)),
    "image": (BatchNorm(), (3, 2, 5)),
    "banded": (BatchNorm(banded=True), (3, 2, 5)),
    "banded, more channels than pixels": (BatchNorm(banded=True), (7, 1, 3)),
}
every_layer = pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS.keys())


@every_layer
@pytest.mark.parametrize("trains", [False, True], ids=["inference", "training"])
def test_every_number_is_that_of_the_formula(layer, shape, trains, b):
    p, x = drawn(layer, shape), events(shape)
    step = layer.forward(b, p, x, rng=TRAINS if trains else None)
    np.testing.assert_allclose(step.y, normalized(layer, p, x, trains), rtol=1e-12, atol=1e-12)
    assert bool(step.updates) == trains
    if not trains:
        assert layer.apply(b, p, x)[0].tobytes() == step.y.tobytes()


@every_layer
def test_slopes_in_training_go_through_the_statistics(layer, shape, b):
    p, x = drawn(layer, shape), events(shape)
    dy = np.random.default_rng(3).normal(size=x.shape)

    def loss():
        return (normalized(layer, p, x, True) * dy).sum()

    slopes = layer.forward(b, p, x, rng=TRAINS).back(dy)
    for array, found in ((x, slopes.x), *((p[k], slopes.weights[k]) for k in ("gamma", "beta"))):
        for at in list(np.ndindex(array.shape))[:40]:
            keep, h = array[at], 1e-5
            array[at] = keep + h
            up = loss()
            array[at] = keep - h
            slope = (up - loss()) / (2 * h)
            array[at] = keep
            assert found[at] == pytest.approx(slope, rel=1e-6, abs=1e-8)
    np.testing.assert_allclose(slopes.x.sum(), 0, atol=1e-12)  # a shift of all changes nothing


@every_layer
@pytest.mark.parametrize("momentum", [0.9, 0.0, "cumulative"])
def test_what_is_kept_is_the_running_mean_of_plain_arithmetic(layer, shape, momentum, b):
    layer = layer.model_copy(update={"momentum": momentum})
    p = started(layer, shape)
    kept = {}
    for k in range(4):
        x = events(shape, batch=3 + k, seed=k)
        for pair, places in groups(layer, x).items():
            mean, variance = mean_and_variance([x[at] for at in places])
            n = len(places)
            new = np.array([mean, variance * n / (n - 1 + layer.epsilon)])
            share = k / (k + 1) if momentum == "cumulative" else momentum
            kept[pair] = new if k == 0 else share * kept[pair] + (1 - share) * new
        p = p | layer.forward(b, p, x, rng=TRAINS).updates
        np.testing.assert_allclose(p["mean"], [v[0] for v in kept.values()], rtol=1e-12)
        np.testing.assert_allclose(p["variance"], [v[1] for v in kept.values()], rtol=1e-12)
        assert p["batches"].tolist() == [k + 1]


def test_the_variance_that_is_kept_is_nearly_the_unbiased_one(b):
    x = events((3,), batch=7)
    kept = BatchNorm(epsilon=1e-9).forward(b, started(BatchNorm(), (3,)), x, rng=TRAINS).updates
    np.testing.assert_allclose(kept["variance"], x.var(0, ddof=1), rtol=1e-9)


def test_cumulative_means_are_those_over_all_batches(b):
    layer = BatchNorm(momentum="cumulative")
    p, batches = started(layer, (3,)), [events((3,), seed=seed) for seed in range(9)]
    for x in batches:
        p = p | layer.forward(b, p, x, rng=TRAINS).updates
    np.testing.assert_allclose(p["mean"], np.mean(batches, (0, 1)), rtol=1e-12)


def test_a_number_that_is_not_finite_before_the_first_batch_leaves_no_trace(b):
    layer = BatchNorm()
    p = started(layer, (3,))
    p["mean"][:], p["variance"][:] = np.nan, np.inf
    with b.computing():
        updates = layer.forward(b, p, events((3,)), rng=TRAINS).updates
    assert all(np.isfinite(array).all() for array in updates.values())


# Steps that are not valid


@pytest.mark.parametrize("content", [0.0, 1e9, np.nan, np.inf])
def test_steps_that_are_not_valid_have_no_influence(content, b):
    layer, shape, lengths = BatchNorm(), (4, 3), np.array([2, 0, 4, 1, 3])
    p, x = drawn(layer, shape), events(shape)
    x[np.arange(4) >= lengths[:, None]] = content
    (only,) = layers_of([{"type": "batch_norm"}])
    weights = {f"batch_norm_1/{k}": v for k, v in p.items()}
    with b.computing():
        step, _ = stack.forward([only], b, weights, x, rng=TRAINS, lengths=lengths)
        slopes = step.back(np.ones_like(x))
    np.testing.assert_allclose(step.y, normalized(layer, p, x, True, lengths), rtol=1e-12)
    valid = np.concatenate([x[n, :end] for n, end in enumerate(lengths)])
    np.testing.assert_allclose(step.updates["batch_norm_1/mean"], valid.mean(0), rtol=1e-12)
    assert np.isfinite(slopes.x).all()
    assert slopes.weights["batch_norm_1/beta"].tolist() == [10.0] * 3


def test_a_batch_without_a_valid_step_changes_nothing(b):
    layer, x = BatchNorm(), events((4, 3), batch=2)
    p = drawn(layer, (4, 3))
    step = layer.forward(b, p, x, rng=TRAINS, lengths=np.array([0, 0]))
    assert not step.updates
    assert np.isfinite(step.y).all()
    assert not any(array.any() for array in step.back(np.zeros_like(x)).weights.values())


# Edges


@every_layer
def test_no_event_gives_no_output_and_no_update(layer, shape, b):
    step = layer.forward(b, drawn(layer, shape), events(shape, batch=0), rng=TRAINS)
    assert step.y.shape == (0, *shape)
    assert not step.updates
    slopes = step.back(step.y)
    assert slopes.x.shape == (0, *shape)
    assert not any(array.any() for array in slopes.weights.values())


def test_one_event_alone_gives_beta_and_a_variance_of_0(b):
    layer, x = BatchNorm(), events((3,), batch=1)
    p = drawn(layer, (3,))
    step = layer.forward(b, p, x, rng=TRAINS)
    assert step.y.tolist() == [p["beta"].tolist()]
    assert step.updates["mean"].tolist() == x[0].tolist()
    assert step.updates["variance"].tolist() == [0, 0, 0]
    slopes = step.back(np.ones((1, 3)))
    assert not slopes.x.any()
    assert not slopes.weights["gamma"].any()


@every_shape
def test_equal_numbers_give_beta_and_no_nan(shape, b):
    layer, x = BatchNorm(), np.full((4, *shape), 0.1)
    y = layer.forward(b, started(layer, shape), x, rng=TRAINS).y
    np.testing.assert_allclose(y, np.zeros_like(y), atol=1e-12)


@every_layer
def test_float32_stays_float32(layer, shape, b):
    p = {k: v.astype("float32") for k, v in drawn(layer, shape).items()}
    step = layer.forward(b, p, events(shape).astype("float32"), rng=TRAINS)
    slopes = step.back(np.ones_like(step.y))
    arrays = (step.y, slopes.x, *slopes.weights.values(), *step.updates.values())
    assert {array.dtype.name for array in arrays} == {"float32"}


def test_numbers_far_from_0_are_not_cancelled(b):
    x = 1e4 + events((3,), batch=200)
    layer = BatchNorm()
    p = {k: v.astype("float32") for k, v in started(layer, (3,)).items()}
    kept = layer.forward(b, p, x.astype("float32"), rng=TRAINS).updates
    np.testing.assert_allclose(kept["variance"], x.var(0, ddof=1), rtol=1e-2)


def test_bands_of_an_image_of_one_channel_are_the_channel(b):
    p, x = drawn(BatchNorm(), (1, 3, 4)), events((1, 3, 4))
    one, other = (BatchNorm(banded=banded).apply(b, p, x)[0] for banded in (False, True))
    assert one.tobytes() == other.tobytes()


def test_updates_of_both_ways_of_a_bidirectional_layer_have_their_names(b):
    inner = [{"type": "batch_norm"}]
    layers = layers_of([{"type": "bidirectional", "layers": inner}])
    p = {k: np.ones(v.shape) for k, v in stack.parameters(layers, (4, 3)).items()}
    step, _ = stack.forward(layers, b, p, events((4, 3)), rng=TRAINS)
    assert len(step.updates) == 6
    assert step.updates.keys() <= p.keys()


@pytest.mark.parametrize(
    "options",
    [{"momentum": 1.0}, {"momentum": -1}, {"epsilon": 0.0}, {"epsilon": -1.0}, {"banded": 1}],
)
def test_options_that_cannot_be_are_refused(options):
    with pytest.raises(ValidationError):
        layers_of([{"type": "batch_norm"} | options])


@pytest.mark.parametrize(
    "given", [(), (None,), (5, None), (None, 4, 4), (2, None, 4), (1, 2, 3, 4)]
)
def test_numbers_whose_count_is_not_known_are_not_normalized(given):
    with pytest.raises(SpecError, match="a batch_norm layer wants"):
        BatchNorm().output_shape(given)
    assert BatchNorm().output_shape((None, 3)) == (None, 3)


def test_an_unknown_word_for_the_momentum_is_told_the_known_one():
    with pytest.raises(SpecError, match="cumulative") as error:
        NetworkSpec(input={"shape": [3]}, layers=[{"type": "batch_norm", "momentum": "mean"}])
    assert "\n" not in str(error.value)


def test_shapes_that_it_has_no_statistics_for_are_refused():
    row = {"type": "batch_norm"}
    refused("found 4 axes: put a flatten or reshape layer", row, given=(2, 3, 4, 5))
    path = refused("an image of .* where statistics are banded, found 1 axis",
                   row | {"banded": True}, given=(3,))  # fmt: skip
    assert path == ("layers", 0, "banded")
