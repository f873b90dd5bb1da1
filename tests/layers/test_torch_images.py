"""Convolution, max pooling and batch norm against PyTorch's own modules and autograd, asked now."""

import random

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.layers import stack
from netspec.network import Network
from netspec.randomness import Stream
from tests.specimens import close

torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)

from tests.oracles.torch_images import module  # noqa: E402 - after torch


def rows_of(pick: random.Random) -> list[dict[str, object]]:
    """Draw a few layers on images, and a head."""
    kernel = [pick.randint(1, 3), pick.randint(1, 3)]
    conv = {
        "type": "convolution",
        "filters": pick.randint(1, 4),
        "kernel": kernel,
        "stride": [pick.randint(1, 2), pick.randint(1, 3)],
        "padding": [pick.randint(0, k - 1) for k in kernel],
        "bias": pick.random() < 0.7,
        "activation": pick.choice(["relu", "tanh", "linear"]),
    }
    pool = {"type": "max_pool", "kernel": [pick.randint(1, 2), pick.randint(1, 2)]}
    if pick.random() < 0.6:
        pool["stride"] = [pick.randint(1, 2), pick.randint(1, 2)]
    norm = {"type": "batch_norm", "epsilon": pick.choice([1e-5, 0.1])}
    middle = [pool, norm]
    pick.shuffle(middle)
    end = [{"type": "flatten"}, {"type": "dense", "units": 3}, dict(norm)]
    return [conv, *middle, *end]


def network(rows, shape, b, seed):
    """Build it, with weights and statistics that are not what they start with."""
    spec = NetworkSpec(dtype="float64", input={"shape": shape}, layers=rows)
    draw = np.random.default_rng(seed)
    weights = {
        name: np.abs(array + draw.uniform(0.1, 0.9, array.shape))
        if "variance" in name
        else array + draw.normal(size=array.shape) / 4
        for name, array in build(spec, seed=seed).weights.items()
    }
    return Network(spec, weights, b)


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize("seed", range(40))
def test_a_random_network_of_images_agrees_in_outputs_and_slopes(seed, training, b):
    pick = random.Random(seed)
    rows, shape = rows_of(pick), (pick.randint(1, 3), pick.randint(5, 9), pick.randint(5, 9))
    own, draw = network(rows, shape, b, seed), np.random.default_rng(seed)
    other = module(rows, shape, dict(own.weights)).train(training)
    x = draw.normal(size=(pick.randint(2, 5), *shape))
    step = own.forward(x, rng=Stream("training") if training else None)
    seen = torch.tensor(x, requires_grad=True)
    y = other(seen)
    dy = draw.normal(size=y.shape)
    y.backward(torch.tensor(dy))
    slopes = step.back(b.array(dy))
    close(b.numpy(step.y), y.detach().numpy(), 1e-10)
    close(b.numpy(slopes.x), seen.grad.numpy(), 1e-9)
    trained = [name for name, held in other.held.items() if held.requires_grad]
    assert set(trained) == slopes.weights.keys()
    for name in trained:
        close(b.numpy(slopes.weights[name]), other.held[name].grad.numpy(), 1e-9, name)


def test_one_kernel_wider_than_its_stride_agrees_where_windows_overlap(b):
    rows = [{"type": "max_pool", "kernel": [3, 3], "stride": [1, 2]}]
    own = network(rows, (2, 6, 7), b, 0)
    x = np.random.default_rng(1).integers(-2, 3, (4, 2, 6, 7)).astype("float64")  # many are equal
    seen = torch.tensor(x, requires_grad=True)
    y = module(rows, (2, 6, 7), {})(seen)
    dy = np.random.default_rng(2).normal(size=y.shape)
    y.backward(torch.tensor(dy))
    step = own.forward(x)
    close(b.numpy(step.y), y.detach().numpy())
    close(b.numpy(step.back(b.array(dy)).x), seen.grad.numpy())


def test_a_shape_is_the_one_that_torch_gives():
    for seed in range(60):
        pick = random.Random(seed)
        rows, shape = rows_of(pick)[:2], (2, pick.randint(5, 9), pick.randint(5, 9))
        spec = NetworkSpec(dtype="float64", input={"shape": shape}, layers=rows)
        own = module(rows, shape, dict(build(spec).weights))
        found = own(torch.zeros(1, *shape, dtype=torch.float64)).shape[1:]
        assert tuple(found) == stack.output_shape(spec.layers, shape)
