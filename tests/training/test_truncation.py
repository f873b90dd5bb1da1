"""Long streams in windows: the state is carried on, the gradient is cut."""

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec
from netspec.errors import SpecError
from netspec.network import Network
from netspec.training.planned import Planned
from netspec.training.step import Step

torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)

from tests.oracles.torch_stacks import stack  # noqa: E402 - after torch

ROWS = [
    {"type": "lstm", "units": 3, "return_sequences": True},
    {"type": "gru", "units": 2, "return_sequences": True},
    {"type": "dense", "units": 1},
]
RATE = 0.1


def spec_of(**training):
    settings = {
        "loss": "squared_error", "batch_size": 4, "epochs": 2, "validation": 0, "shuffle": False,
        "optimizer": {"type": "sgd", "learning_rate": RATE}, **training,
    }  # fmt: skip
    return NetworkSpec(
        dtype="float64", seed=1, input={"features": 2}, layers=ROWS, training=settings
    )


def by_torch(weights, x, t, steps, lengths):
    """Two epochs of windows in torch: detached states, a step after every window."""
    p = {name: torch.tensor(array, requires_grad=True) for name, array in weights.items()}
    for _ in range(2):
        state = {}
        for first in range(0, x.shape[1], steps):
            part = slice(first, first + steps)
            left = np.clip(lengths - first, 0, x[:, part].shape[1])
            alive = np.flatnonzero(left)  # a packed sequence of torch's has a step at least
            own = {name: value[alive] for name, value in state.items()}
            y, final = stack(ROWS, p, torch.tensor(x[alive, part]), torch.tensor(left[alive]), own)
            kept = torch.arange(y.shape[1]) < torch.tensor(left[alive])[:, None]
            loss = ((y - torch.tensor(t[alive, part]))[kept] ** 2).mean()
            gradients = torch.autograd.grad(loss, list(p.values()))
            with torch.no_grad():
                for value, slope in zip(p.values(), gradients, strict=True):
                    value -= RATE * slope
            for name, value in final.items():
                whole = state.get(name, torch.zeros(len(x), value.shape[1], dtype=value.dtype))
                whole = whole.clone()
                whole[alive] = value.detach()
                state[name] = whole
    return {name: value.detach().numpy() for name, value in p.items()}


@pytest.mark.parametrize("steps", [1, 3, 5, 12, 50])
def test_every_window_is_a_step_and_goes_on_where_the_last_one_ended(steps, b):
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(4, 12, 2)), rng.normal(size=(4, 12, 1))
    lengths = np.array([12, 7, 3, 10])
    spec = spec_of(truncate=steps)
    network = Network(spec, netspec.build(spec).weights, b)
    wanted = by_torch(network.weights, x, t, steps, lengths)
    netspec.train(network, (x, t), lengths=lengths)
    for name, array in wanted.items():
        np.testing.assert_allclose(network.weights[name], array, rtol=1e-9, atol=1e-12)


def test_every_window_of_every_batch_draws_numbers_of_its_own(b, monkeypatch):
    names = []
    for kind in (Step, Planned):

        def noting(step, batch, rate, rng, *rest, take=kind.take, **more):
            names.append(rng.name)
            return take(step, batch, rate, rng, *rest, **more)

        monkeypatch.setattr(kind, "take", noting)
    spec = spec_of(truncate=4, dropout=[0.0, 0.5])
    rng = np.random.default_rng(2)
    x, t = rng.normal(size=(6, 7, 2)), rng.normal(size=(6, 7, 1))
    netspec.train(Network(spec, netspec.build(spec).weights, b), (x, t))
    windows = ("0/0", "0/1", "1/0", "1/1")  # batch, window
    assert names == [f"1/training/0/{epoch}/{window}" for epoch in (0, 1) for window in windows]


def test_one_window_that_holds_all_is_no_truncation(b):
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(6, 9, 2)), rng.normal(size=(6, 9, 1))
    files = []
    for truncate in (None, 9, 20):
        spec = spec_of(truncate=truncate)
        network = Network(spec, netspec.build(spec).weights, b)
        netspec.train(network, (x, t))
        files.append({name: array.tobytes() for name, array in network.weights.items()})
    assert files[0] == files[1] == files[2]


def test_a_network_without_an_answer_at_every_step_cannot_be_cut():
    spec = NetworkSpec(
        input={"features": 2}, layers=[{"type": "rnn", "units": 1}],
        training={"loss": "squared_error", "truncate": 3},
    )  # fmt: skip
    with pytest.raises(SpecError, match=r"training.truncate: .*answers at every step"):
        netspec.train(netspec.build(spec), (np.zeros((9, 4, 2)), np.zeros((9, 1))))
